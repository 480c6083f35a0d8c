package doctor_test

// Seeded faults: each must be named by its code, and nothing else be said. What a
// fault brings along is said in also.

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/doctor"
)

var named, seeded, falseAlarms int

// TestMain says how the doctor did.
func TestMain(m *testing.M) {
	code := m.Run()
	if seeded > 0 {
		fmt.Printf("doctor: %d of %d faults named, %d false alarms\n", named, seeded, falseAlarms)
	}
	os.Exit(code)
}

type fault struct {
	name string
	want doctor.Code
	seed func(*world)
	also []doctor.Code
	// connects: clients still do. spared: they do not even ask there.
	connects, spared bool
}

const prm, asm = "/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server"

// redirects answers a redirect with a status.
func redirects(status int, to string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Access-Control-Allow-Origin", "*")
		rw.Header().Set("Location", to)
		rw.WriteHeader(status)
	}
}

func answers(status int, body any) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Access-Control-Allow-Origin", "*")
		rw.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type, MCP-Protocol-Version")
		reply(rw, status, body)
	}
}

// with adds a header to every answer of a path, before it is written.
func with(path, name, value string) func(*world) {
	return func(w *world) {
		next := w.paths[path]
		w.paths[path] = func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set(name, value)
			next(rw, r)
		}
	}
}

// rewritten changes what a path answers behind its handler.
func rewritten(path, name, value string) func(*world) {
	return func(w *world) {
		next := w.paths[path]
		w.paths[path] = func(rw http.ResponseWriter, r *http.Request) { next(&rewriter{rw, name, value}, r) }
	}
}

type rewriter struct {
	http.ResponseWriter
	name, value string
}

func (r *rewriter) WriteHeader(status int) {
	r.Header().Del(r.name)
	if r.value != "" {
		r.Header().Set(r.name, r.value)
	}
	r.ResponseWriter.WriteHeader(status)
}

func says(member string, value any) func(*world) {
	return func(w *world) {
		if w.metadata[member] = value; value == "delete" {
			delete(w.metadata, member)
		}
	}
}

func resourceSays(member string, value any) func(*world) {
	return func(w *world) { w.resource[member] = value }
}

func challenges(lines ...string) func(*world) {
	return func(w *world) { w.challenge = lines }
}

func answered(path string, h http.HandlerFunc) func(*world) {
	return func(w *world) { w.paths[path] = h }
}

var faults = []fault{
	{name: "200 without a token", want: "D102", seed: answered("/mcp", answers(200, map[string]any{}))},
	{name: "no challenge", want: "D103", seed: challenges(), connects: true},
	{name: "Basic before Bearer", want: "D104", connects: true, seed: func(w *world) { w.challenge = append([]string{`Basic realm="x"`}, w.challenge...) }},
	{name: "no resource_metadata", want: "D105", seed: challenges(`Bearer realm="mcp"`), connects: true},
	{name: "named metadata is not there", want: "D106", seed: func(w *world) { w.challenge = []string{`Bearer resource_metadata="` + w.URL + `/nothing"`} }},
	{name: "named metadata fails", want: "D106", seed: answered(prm, html(500))},
	{name: "challenge asks offline_access", want: "D107", connects: true, seed: func(w *world) {
		w.challenge = []string{strings.Replace(w.challenge[0], `"read"`, `"read offline_access"`, 1)}
	}},
	{name: "challenge does not parse", want: "D108", seed: challenges(`Bearer resource_metadata="https://unterminated`), connects: true},

	{name: "no protected resource metadata", want: "D201", seed: func(w *world) { w.challenge = []string{"Bearer"}; delete(w.paths, prm) }, also: []doctor.Code{"D105"}},
	{name: "resource of another server", want: "D202", seed: resourceSays("resource", "https://other.example/mcp")},
	{name: "resource with a slash", want: "D203", seed: func(w *world) { w.resource["resource"] = w.mcpURL() + "/" }},
	{name: "authorization_servers empty", want: "D204", seed: resourceSays("authorization_servers", []string{})},
	{name: "page instead of resource metadata", want: "D205", seed: answered(prm, html(200))},
	{name: "resource metadata as text", want: "D206", seed: rewritten(prm, "Content-Type", "text/plain")},
	{name: "resource lists offline_access", want: "D207", seed: resourceSays("scopes_supported", []string{"read", "offline_access"}), connects: true},
	{name: "well-known of the resource fails", want: "D208", seed: func(w *world) {
		w.challenge = []string{"Bearer"}
		w.paths[prm] = html(502)
	}, also: []doctor.Code{"D105"}},
	{name: "resource metadata redirects", want: "D209", seed: answered(prm, redirects(302, "/elsewhere"))},
	{name: "null in resource metadata", want: "D210", seed: resourceSays("resource_name", nil), connects: true},
	{name: "several authorization servers", want: "D211", connects: true, seed: func(w *world) { w.resource["authorization_servers"] = []string{w.URL, "https://other.example"} }},
	{name: "copies of resource metadata disagree", want: "D212", connects: true, seed: func(w *world) {
		w.challenge = []string{`Bearer resource_metadata="` + w.URL + `/copy"`}
		w.paths["/copy"] = w.paths[prm]
		w.paths[prm] = answers(200, map[string]any{"resource": w.URL + "/mcp", "authorization_servers": []string{w.URL + "/old"}})
	}},

	{name: "metadata 404", want: "D301", seed: func(w *world) { delete(w.paths, asm) }},
	{name: "issuer of another server", want: "D302", seed: says("issuer", "https://other.example")},
	{name: "issuer with a slash", want: "D303", seed: func(w *world) { w.metadata["issuer"] = w.URL + "/" }},
	{name: "no S256", want: "D304", seed: says("code_challenge_methods_supported", "delete")},
	{name: "plain instead of S256", want: "D304", seed: says("code_challenge_methods_supported", []string{"plain"})},
	{name: "null in metadata", want: "D305", seed: says("scopes_supported", nil)},
	{name: "metadata as text", want: "D306", seed: rewritten(asm, "Content-Type", "text/plain; charset=utf-8")},
	{name: "metadata 500", want: "D307", seed: answered(asm, html(500))},
	{name: "page on unknown well-known URLs", want: "D308", seed: answered("*", html(200)), also: []doctor.Code{"D205"}, connects: true, spared: true},
	{name: "no token_endpoint", want: "D309", seed: says("token_endpoint", "delete")},
	{name: "http authorization endpoint", want: "D310", seed: says("authorization_endpoint", "http://auth.example/authorize"), also: []doctor.Code{"D507"}},
	{name: "iss not promised", want: "D311", seed: says("authorization_response_iss_parameter_supported", "delete"), connects: true},
	{name: "incomplete OpenID document", want: "D312", connects: true, seed: func(w *world) {
		w.paths["/.well-known/openid-configuration"] = w.paths[asm]
	}},
	{name: "copies of metadata disagree", want: "D313", connects: true, seed: answered("/.well-known/openid-configuration", answers(200, map[string]any{
		"issuer": "https://other.example", "jwks_uri": "x", "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
	}))},
	{name: "no none", want: "D314", seed: says("token_endpoint_auth_methods_supported", []string{"client_secret_basic"}), also: []doctor.Code{"D402"}, connects: true},
	{name: "resource in authorization_endpoint", want: "D315", connects: true, seed: func(w *world) { w.metadata["authorization_endpoint"] = w.URL + "/authorize?resource=x" }},
	{name: "no authorization_code", want: "D316", seed: says("grant_types_supported", []string{"refresh_token"}), connects: true},
	{name: "issuer with a query", want: "D317", connects: true, seed: func(w *world) {
		w.resource["authorization_servers"] = []string{w.URL + "?tenant=1"}
		w.metadata["issuer"] = w.URL + "?tenant=1"
	}},
	{name: "metadata redirects", want: "D318", seed: answered(asm, redirects(301, "/elsewhere"))},
	{name: "empty list", want: "D319", seed: says("scopes_supported", []string{}), connects: true},

	{name: "no way to register", want: "D401", also: []doctor.Code{"D403"}, seed: func(w *world) {
		delete(w.metadata, "registration_endpoint")
		delete(w.metadata, "client_id_metadata_document_supported")
	}},
	{name: "registration 404", want: "D404", seed: func(w *world) { delete(w.paths, "/register") }},
	{name: "registration redirects", want: "D405", seed: answered("/register", redirects(308, "/register/"))},
	{name: "registration wants a token", want: "D406", seed: answered("/register", answers(401, map[string]any{"error": "invalid_token"}))},
	{name: "registration fails", want: "D407", seed: answered("/register", answers(500, nil)), connects: true, also: []doctor.Code{"D624"}},

	{name: "token endpoint 404", want: "D501", seed: func(w *world) { delete(w.paths, "/token") }},
	{name: "307 on token", want: "D502", seed: answered("/token", redirects(307, "/token/"))},
	{name: "invalid_client as a page", want: "D503", seed: rewritten("/token", "Content-Type", "text/html"), connects: true},
	{name: "unknown client is invalid_grant", want: "D504", seed: answered("/token", cors(answers(400, map[string]any{"error": "invalid_grant"}), "POST", "Authorization, Content-Type")), connects: true},
	{name: "token endpoint answers GET", want: "D505", connects: true, seed: func(w *world) {
		next := w.paths["/token"]
		w.paths["/token"] = func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				answers(200, map[string]any{})(rw, r)
				return
			}
			next(rw, r)
		}
	}},
	{name: "authorization endpoint 404", want: "D506", seed: func(w *world) { delete(w.paths, "/authorize") }},
	{name: "unreachable token endpoint", want: "D507", seed: says("token_endpoint", "http://127.0.0.1:1/token")},
	{name: "no key set", want: "D508", seed: func(w *world) { delete(w.paths, "/keys") }, connects: true},
	{name: "secret key in the key set", want: "D509", connects: true, seed: answered("/keys", answers(200, map[string]any{"keys": []any{map[string]any{"kty": "oct", "k": "c2VjcmV0"}}}))},

	{name: "clock ahead", want: "D606", seed: with("/mcp", "Date", "Thu, 01 Jan 2099 00:00:00 GMT"), connects: true},
	{name: "cached for a year", want: "D611", seed: with(asm, "Cache-Control", "public, max-age=31536000"), connects: true},
	{name: "no CORS on resource metadata", want: "D620", seed: rewritten(prm, "Access-Control-Allow-Origin", ""), connects: true},
	{name: "no CORS on metadata", want: "D621", seed: rewritten(asm, "Access-Control-Allow-Origin", ""), connects: true},
	{name: "no CORS on token errors", want: "D622", connects: true, seed: func(w *world) {
		next := w.paths["/token"]
		w.paths["/token"] = func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				rw = &rewriter{rw, "Access-Control-Allow-Origin", ""}
			}
			next(rw, r)
		}
	}},
	{name: "no CORS on registration", want: "D623", connects: true, seed: rewritten("/register", "Access-Control-Allow-Origin", ""), also: []doctor.Code{"D624"}},
	{name: "preflight forgets MCP-Protocol-Version", want: "D624", seed: rewritten(asm, "Access-Control-Allow-Headers", "Content-Type"), connects: true},
	{name: "credentials for every origin", want: "D625", connects: true, seed: func(w *world) {
		rewritten("/token", "Access-Control-Allow-Origin", "https://doctor.example")(w)
		rewritten("/token", "Access-Control-Allow-Credentials", "true")(w)
	}},
}

func TestFaults(t *testing.T) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			w := newWorld(t)
			w.start(f.seed)
			f.check(t, w.examine())
		})
	}
}

// check counts a fault as named if its code is there, and everything else as a false
// alarm.
func (f fault) check(t *testing.T, r doctor.Report) {
	t.Helper()
	seeded++
	found := codes(r)
	if slices.Contains(found, f.want) {
		named++
	} else {
		t.Errorf("%s is not named:\n%s", f.want, describe(r))
	}
	for _, code := range found {
		if code != f.want && !slices.Contains(f.also, code) {
			falseAlarms++
			t.Errorf("%s is a false alarm:\n%s", code, describe(r))
		}
	}
	for _, code := range f.also {
		if !slices.Contains(found, code) {
			t.Errorf("%s should be found as well", code)
		}
	}
	refused := slices.ContainsFunc(r.Clients, func(c doctor.ClientVerdict) bool { return !c.Connects })
	if f.connects && refused {
		t.Errorf("some clients are said not to connect:\n%s", describe(r))
	}
	if d, _ := doctor.Lookup(f.want); (d.Severity == doctor.Stop || !f.connects) && r.Healthy() && !f.spared {
		t.Error("the server is said to be healthy")
	}
}

func TestHealthy(t *testing.T) {
	w := newWorld(t)
	w.start(nil)
	r := w.examine()
	if found := codes(r); len(found) > 0 || !r.Healthy() {
		falseAlarms += len(found)
		t.Errorf("a healthy server is said to have:\n%s", describe(r))
	}
	if len(r.Clients) < 10 {
		t.Errorf("only %d clients were judged", len(r.Clients))
	}
	if w.registrations != 0 {
		t.Errorf("%d clients were registered without being told to", w.registrations)
	}
}

// An authorization server is examined alone; a slash that its user typed is no fault.
func TestAuthorizationServer(t *testing.T) {
	for _, slash := range []string{"", "/"} {
		w := newWorld(t)
		w.start(func(w *world) { delete(w.paths, prm) })
		r := w.examine(func(o *doctor.Options) { o.Target = w.URL + slash })
		if r.Kind != doctor.KindAuthorizationServer || r.Issuer != w.URL || !r.Healthy() || len(r.Findings()) > 0 {
			t.Errorf("%s %s:\n%s", r.Kind, r.Issuer, describe(r))
		}
		w.metadata["code_challenge_methods_supported"] = []string{"plain"}
		fault{want: "D304"}.check(t, w.examine(func(o *doctor.Options) { o.Target = w.URL + slash }))
	}
}
