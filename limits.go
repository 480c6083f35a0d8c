package symbolon

// What anonymous callers may ask for: the classes of callers, and how a caller of
// each is told to come back later.

import (
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/symbolon-auth/symbolon/internal/cimd"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/limit"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// caller is a kind of caller with limits of its own, so that a flood of one kind
// costs the others nothing. The names are labels of metrics.
type caller string

const (
	callerUser     caller = "user"     // browsers that show who vouched for their user
	callerBrowser  caller = "browser"  // browsers of which nothing is known yet
	callerStranger caller = "stranger" // clients that register
	callerClient   caller = "client"   // OAuth clients: codes, refreshes, revocations
	callerBackend  caller = "backend"  // the company's servers, before they are known to be
	callerReader   caller = "reader"   // of metadata, keys and other documents
)

// inFlight is how many requests of a kind may be under way at once: under overload
// it is anonymous requests that are refused first. A request is under way from when all of it
// has come to when its answer begins: who sends or reads slowly takes nobody's place. The
// feed of revocations, which backends wait on, has up to a thousand open.
var inFlight = map[caller]int{
	callerUser: 256, callerBrowser: 256, callerStranger: 64, callerClient: 1024, callerBackend: 2048, callerReader: 256,
}

// guesses is how many wrong secrets a source may present for one client: 20 at
// once. A secret has at least 32 characters, so this is against noise and for the
// log; no legitimate client is wrong more often.
var guesses = limit.Rate{PerSecond: 1, Burst: 20}

func newCallers(l Limits) map[caller]*limit.Class {
	classes := map[caller]*limit.Class{}
	for name, n := range inFlight {
		classes[name] = limit.New(limit.Options{
			PerSource: limit.Rate{PerSecond: l.PerAddress.Rate, Burst: l.PerAddress.Burst},
			Global:    limit.Rate{PerSecond: l.Global.Rate, Burst: l.Global.Burst},
			InFlight:  n,
		})
	}
	return classes
}

// proxies are those of the configuration, which Check has seen.
func (s *Server) proxies() httpx.Proxies {
	proxies, err := httpx.ParseProxies(s.config.TrustedProxies)
	if err != nil {
		panic("symbolon: trusted_proxies were checked: " + err.Error())
	}
	return proxies
}

// refusal says in the words of the caller that it is refused, and why.
type refusal func(http.ResponseWriter, *http.Request, *oauth.Error)

// limited lets next answer as many requests as the kind of caller may send; the
// others are refused in the words that the caller understands.
func (rt *router) limited(kind caller, refuse refusal, next http.Handler) http.Handler {
	return rt.limitedBy(func(*http.Request) caller { return kind }, refuse, next)
}

// limitedBy is limited where the kind of caller depends on what it shows.
func (rt *router) limitedBy(kindOf func(*http.Request) caller, refuse refusal, next http.Handler) http.Handler {
	s := rt.server
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Value(ownRequest{}) != nil {
			next.ServeHTTP(w, r)
			return
		}
		kind := kindOf(r)
		class := s.callers[kind]
		if wait := class.Admit(httpx.Source(r), s.config.Now()); wait > 0 {
			s.turnAway(w, r, kind, wait, errTooMany, refuse)
			return
		}
		received, ok := s.inbox.Receive(w, r, httpx.Source(r))
		defer received.Done()
		if !ok || !class.Enter() {
			received.Done()
			s.turnAway(w, r, kind, time.Second, errOverloaded, refuse)
			return
		}
		begun := sync.OnceFunc(func() {
			class.Leave()
			if w.Header().Get("Content-Type") != "text/event-stream" { // which has no end, and a bound of its own
				received.Answering()
			}
		})
		defer begun()
		next.ServeHTTP(httpx.Answering(w, begun), r.WithContext(cimd.OnBehalfOf(r.Context(), httpx.Source(r))))
	})
}

// browserKind tells a user whom the company has vouched for from anybody's browser: a
// flood of the latter must not keep the former from deciding. What the browser shows was
// sealed here after the company's backend had posted the user, so each belongs to one.
func (s *steps) browserKind(r *http.Request) caller {
	if s.authorize.PastLogin(r) || s.manage.Visits(r) {
		return callerUser
	}
	return callerBrowser
}

var (
	errTooMany = oauth.E(oauth.TemporarilyUnavailable, "too_many_requests",
		"Too many requests came from your address. Wait, then try again.").WithStatus(http.StatusTooManyRequests)
	errOverloaded = oauth.E(oauth.TemporarilyUnavailable, "overloaded", "The server has too much to do. Try again in a moment.")
)

// turnAway logs quietly: a flood must not become a flood of lines.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, kind caller, wait time.Duration, refusal *oauth.Error, refuse refusal) {
	s.log.LogAttrs(r.Context(), slog.LevelDebug, "turned away", slog.String("caller", string(kind)),
		slog.String("source", httpx.Source(r)), slog.String("reason", refusal.Reason))
	s.metrics.TurnedAway(string(kind), refusal.Reason)
	httpx.RetryAfter(w.Header(), wait)
	refuse(w, r, refusal)
}

// busyOAuth is for OAuth clients.
func busyOAuth(w http.ResponseWriter, _ *http.Request, refusal *oauth.Error) {
	httpx.OAuthError(w, refusal, false)
}

// busyBackend is for backends: RFC 9457, but for the endpoint of OAuth that they call.
func busyBackend(w http.ResponseWriter, r *http.Request, refusal *oauth.Error) {
	if strings.HasSuffix(r.URL.Path, "/oauth/introspect") {
		busyOAuth(w, r, refusal)
		return
	}
	httpx.WriteProblem(w, httpx.Problem{Status: refusal.HTTPStatus(), Code: refusal.Reason, Detail: refusal.Description})
}
