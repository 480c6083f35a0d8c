package knownclients_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/knownclients"
)

// TestFaults breaks a healthy server's answers on their way, one fault at a time: the
// clients that mind must stop, where and only where they would, and Judge must say
// of the same answers what Play met.
func TestFaults(t *testing.T) {
	w := newWorld(t)
	w.withoutDocuments() // so that every client registers
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			var stopped []string
			for _, c := range knownclients.All() {
				result, met := w.playWith(t, f, c)
				if judged := knownclients.Judge(c, result.Facts); !same(met, judged) {
					t.Errorf("%s: played %v, judged %+v", c.ID, met, judged)
				}
				if met == nil {
					continue
				}
				stopped = append(stopped, c.ID)
				if f.check != "" && met.Check != f.check || met.Why == "" || met.Change == "" {
					t.Errorf("%s stops for the check %q, want %q: %v", c.ID, met.Check, f.check, met)
				}
			}
			if want := f.minding(); !slices.Equal(stopped, want) {
				t.Errorf("these stop: %v\nwant:       %v", stopped, want)
			}
		})
	}
}

// playWith plays a client against the broken server and returns why it stops, nil if
// it does not. It goes as far as the browser where the fault cannot matter later.
func (w *world) playWith(t *testing.T, f fault, c knownclients.Client) (knownclients.Result, *knownclients.Verdict) {
	t.Helper()
	const farEnough = "far enough"
	target := w.target(t)
	target.Transport = f
	if !f.login && f.at != token {
		target.Browse = func(context.Context, string, string) (url.Values, error) { return nil, errors.New(farEnough) }
	}
	result, err := knownclients.Play(t.Context(), c, target)
	met, ok := errors.AsType[*knownclients.Verdict](err)
	if err != nil && !ok {
		t.Fatal(err)
	}
	if ok && met.Why == farEnough {
		return result, nil
	}
	return result, met
}

// same reports whether a played and a judged login ended alike. What only a browser
// or an MCP server can refuse is in no facts.
func same(met *knownclients.Verdict, judged knownclients.Verdict) bool {
	if met == nil {
		return judged.Connects
	}
	return !judged.Connects && judged.Step == met.Step && judged.Check == met.Check
}

// fault is a transport that breaks answers.
type fault struct {
	name  string
	at    string // what the URL contains
	check knownclients.Check
	all   bool // every client stops, whatever it checks
	// change breaks a JSON answer; header and status break any.
	change func(document map[string]any)
	header [2]string
	status int
	login  bool // the fault matters in a whole login
}

var faults = []fault{
	{name: "nothing", login: true},
	{name: "resource of another path", at: protectedResource, all: true, change: set("authorization_servers", []any{})},
	{name: "resource is the origin's", at: protectedResource, change: func(d map[string]any) {
		d["resource"] = strings.TrimSuffix(d["resource"].(string), "/mcp")
	}},
	{name: "issuer with a slash", at: metadata, login: true, change: func(d map[string]any) { d["issuer"] = d["issuer"].(string) + "/" }},
	{name: "other issuer", at: metadata, login: true, change: set("issuer", "https://other.example")},
	{name: "no issuer", at: metadata, login: true, change: unset("issuer")},
	{name: "null in the metadata", at: metadata, check: "server-no-nulls", change: set("service_documentation", nil)},
	{name: "no challenge methods", at: metadata, change: unset("code_challenge_methods_supported")},
	{name: "plain only", at: metadata, change: set("code_challenge_methods_supported", []any{"plain"})},
	{name: "no response types", at: metadata, check: "response-type-code", change: unset("response_types_supported")},
	{name: "metadata as text", at: metadata, check: "server-json", header: [2]string{"Content-Type", "text/plain"}},
	{name: "resource metadata as text", at: protectedResource, check: "resource-json", header: [2]string{"Content-Type", "text/plain"}},
	{name: "token endpoint without TLS", at: metadata, check: "endpoints-secure", change: func(d map[string]any) {
		d["token_endpoint"] = strings.Replace(d["token_endpoint"].(string), "127.0.0.1", notLoopback, 1)
	}},
	{name: "metadata is broken", at: metadata, all: true, status: 500},
	{name: "no metadata", at: metadata, all: true, status: 404},
	{name: "no registration", at: metadata, all: true, change: unset("registration_endpoint")},
	{name: "null in the registration", at: registration, check: "registration-no-nulls", change: set("logo_uri", nil)},
	{name: "registration without redirect_uris", at: registration, check: "registration-echoes-uris", change: unset("redirect_uris")},
	{name: "registration refused", at: registration, all: true, status: 403},
	{name: "iss is not promised", at: metadata, login: true, check: "iss-only-if-promised", change: unset("authorization_response_iss_parameter_supported")},
	{name: "token redirects", at: token, all: true, status: 307},
	{name: "token response without type", at: token, change: unset("token_type")},
	{name: "null in the token response", at: token, check: "token-no-nulls", change: set("id_token", nil)},
	{name: "more scope than asked", at: token, check: "scope-not-exceeded", change: set("scope", "todo:read todo:write admin")},
	{name: "token endpoint is broken", at: token, all: true, status: 500},
	{name: "dead refresh token is invalid_request", at: token, check: "dead-refresh-token", change: func(d map[string]any) {
		if d["error"] == "invalid_grant" {
			d["error"] = "invalid_request"
		}
	}},
}

// notLoopback is a host that the transport sends to 127.0.0.1.
const notLoopback = "intranet.example"

const (
	protectedResource = "/.well-known/oauth-protected-resource"
	metadata          = "/.well-known/oauth-authorization-server"
	registration      = "clients:register"
	token             = "/oauth/token"
)

// minding are the clients that must stop for the fault, by the checks they make.
func (f fault) minding() []string {
	var ids []string
	for _, c := range knownclients.All() {
		if f.all || slices.ContainsFunc(f.checks(), func(check knownclients.Check) bool { return slices.Contains(c.Checks, check) }) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func (f fault) checks() []knownclients.Check {
	switch f.name {
	case "issuer with a slash":
		return []knownclients.Check{"issuer-exact", "issuer-exact-or-shorter", "issuer-but-root-slash", "iss-when-present"}
	case "other issuer":
		return []knownclients.Check{"issuer-exact", "issuer-exact-or-shorter", "issuer-but-root-slash", "issuer-but-slash", "iss-when-present"}
	case "no issuer":
		return []knownclients.Check{"issuer-exact", "issuer-exact-or-shorter", "issuer-but-root-slash", "issuer-but-slash", "issuer-present", "iss-when-present"}
	case "no challenge methods":
		return []knownclients.Check{"s256-listed", "challenge-methods-listed"}
	case "plain only":
		return []knownclients.Check{"s256-listed", "s256-unless-unlisted"}
	case "token response without type":
		return []knownclients.Check{"token-type", "token-type-bearer"}
	case "resource is the origin's":
		return []knownclients.Check{"resource-exact", "resource-same"}
	default:
		return []knownclients.Check{f.check}
	}
}

func set(name string, value any) func(map[string]any) {
	return func(d map[string]any) { d[name] = value }
}

func unset(name string) func(map[string]any) {
	return func(d map[string]any) { delete(d, name) }
}

// RoundTrip implements http.RoundTripper.
func (f fault) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Hostname() == notLoopback {
		req = req.Clone(req.Context())
		req.URL.Host = "127.0.0.1:" + req.URL.Port()
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil || f.at == "" || !strings.Contains(req.URL.Path, f.at) {
		return res, err
	}
	if f.header[0] != "" {
		res.Header.Set(f.header[0], f.header[1])
	}
	if f.status != 0 {
		res.StatusCode = f.status
		res.Header.Set("Location", "https://elsewhere.example/token")
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	var document map[string]any
	if f.change != nil && json.Unmarshal(body, &document) == nil {
		f.change(document)
		body, err = json.Marshal(document)
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	res.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return res, err
}
