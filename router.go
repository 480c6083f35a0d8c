package symbolon

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/web"
)

// router registers each route by a verb that names its trust class: who calls it,
// and so what protects it.
type router struct {
	server *steps
	paths  map[string]map[string]http.Handler // path → method → handler
	cross  *http.CrossOriginProtection
}

func newRouter(s *steps) *router {
	rt := &router{server: s, paths: map[string]map[string]http.Handler{}, cross: http.NewCrossOriginProtection()}
	if err := rt.cross.AddTrustedOrigin(s.config.BaseURL); err != nil {
		panic("symbolon: base_url was checked: " + err.Error())
	}
	rt.cross.SetDenyHandler(http.HandlerFunc(s.authorize.CrossSite))
	return rt
}

func (rt *router) add(pattern string, h http.Handler) {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		panic("symbolon: a route needs its method: " + pattern)
	}
	if rt.paths[path] == nil {
		rt.paths[path] = map[string]http.Handler{}
	}
	rt.paths[path][method] = h
}

// browser: a page of ours in the user's browser. Forms of other sites are refused;
// the loopback twin of base_url is sent to base_url, where the cookies are.
func (rt *router) browser(pattern string, h http.HandlerFunc) {
	rt.add(pattern, rt.limitedBy(rt.server.browserKind, rt.server.authorize.Busy, rt.twin(rt.cross.Handler(h))))
}

// entry: where other sites send the browser, and may post to.
func (rt *router) entry(pattern string, h http.HandlerFunc) {
	rt.add(pattern, rt.limitedBy(rt.server.browserKind, rt.server.authorize.Busy, rt.twin(h)))
}

// machine: OAuth clients, scripts in browsers among them: every origin may call,
// without cookies. What they read, anybody may.
func (rt *router) machine(pattern string, h http.HandlerFunc) {
	if strings.HasPrefix(pattern, "GET ") { // a document; a HEAD must not move a login
		rt.crossOrigin(pattern, rt.limited(callerReader, busyOAuth, h), http.MethodHead)
		return
	}
	rt.crossOrigin(pattern, rt.limited(callerClient, busyOAuth, h))
}

// stranger: a machine that nobody knows yet, because it registers. A flood of
// strangers must not cost a client its tokens.
func (rt *router) stranger(pattern string, h http.HandlerFunc) {
	rt.crossOrigin(pattern, rt.limited(callerStranger, busyOAuth, h))
}

// crossOrigin registers a route, also under other methods, with its preflight.
func (rt *router) crossOrigin(pattern string, h http.Handler, also ...string) {
	method, path, _ := strings.Cut(pattern, " ")
	methods := append([]string{method}, also...)
	for _, m := range methods {
		rt.add(m+" "+path, httpx.CORS(h))
	}
	rt.add("OPTIONS "+path, httpx.Preflight(methods...))
}

// backend: the company's servers, which prove themselves by a machine token or
// secret. No script of a browser has business here: no CORS.
func (rt *router) backend(pattern string, h http.HandlerFunc) {
	rt.add(pattern, rt.limited(callerBackend, busyBackend, h))
}

// public: anybody, nothing to protect.
func (rt *router) public(pattern string, h http.HandlerFunc) {
	rt.get(pattern, rt.limited(callerReader, busyOAuth, h))
}

// probe: whoever watches the process, who must learn of it also, and above all,
// while everything else is refused.
func (rt *router) probe(pattern string, h http.HandlerFunc) { rt.get(pattern, h) }

// get registers a GET route, which HEAD may ask for, too.
func (rt *router) get(pattern string, h http.Handler) {
	rt.add(pattern, h)
	if path, ok := strings.CutPrefix(pattern, "GET "); ok {
		rt.add("HEAD "+path, h)
	}
}

// handler builds the mux. A path is registered with all its methods at once, so
// that ServeMux never answers with a redirect: it would use 307, which forwards
// POST bodies.
func (rt *router) handler() http.Handler {
	mux := http.NewServeMux()
	for path, methods := range rt.paths {
		pattern := path
		if path == "/" {
			pattern = "/{$}"
		}
		mux.Handle(pattern, byMethod(methods))
	}
	mux.HandleFunc("/", rt.server.notFound)
	return rt.server.leaving(rt.server.proxies().Client(rt.server.tracer.HTTP(rt.server.metrics.HTTP(rt.recover(httpx.CleanPaths(mux))))))
}

// byMethod answers 405 with Allow to a method that the path does not have.
func byMethod(methods map[string]http.Handler) http.Handler {
	allow := strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := methods[r.Method]; ok {
			h.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Allow", allow)
		http.Error(w, "This method is not allowed here.", http.StatusMethodNotAllowed)
	})
}

// twin sends GET requests for another name of the same loopback address to
// base_url: the cookie of localhost is not sent to 127.0.0.1.
func (rt *router) twin(next http.Handler) http.Handler {
	base, err := url.Parse(rt.server.config.BaseURL)
	if err != nil || !loopback(base.Hostname()) {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := &url.URL{Host: r.Host}
		if r.Method == http.MethodGet && asked.Hostname() != base.Hostname() && loopback(asked.Hostname()) && asked.Port() == base.Port() {
			httpx.NoStore(w.Header())
			w.Header().Set("Location", rt.server.config.BaseURL+r.URL.RequestURI())
			w.WriteHeader(http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func loopback(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// recover turns a panic into a 500 that says nothing, and a log entry that says
// where. net/http would close the connection without an answer.
func (rt *router) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch cause := recover(); cause {
			case nil:
			case http.ErrAbortHandler:
				panic(cause)
			default:
				rt.server.log.LogAttrs(r.Context(), slog.LevelError, "panic",
					slog.String("route", r.Pattern), slog.String("cause", fmt.Sprint(cause)), slog.String("stack", string(debug.Stack())))
				http.Error(w, "Something went wrong here. Try again.", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// notFound: well-known paths get CORS, since clients in browsers try several of
// them and must be able to read the 404; people get a page.
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.URL.Path, "/.well-known/") {
		httpx.CORS(http.HandlerFunc(http.NotFound)).ServeHTTP(w, r)
		return
	}
	if r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html") {
		s.pages.Problem(w, r, http.StatusNotFound, web.Problem{Kind: web.ProblemMissing})
		return
	}
	http.Error(w, "Not found.", http.StatusNotFound)
}
