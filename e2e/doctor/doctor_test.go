package doctor

import (
	"fmt"
	"os"
	"slices"
	"testing"
)

var named, falseAlarms int

// TestMain says at the end how the doctor did, so that a green run without the real
// servers cannot be mistaken for a whole one.
func TestMain(m *testing.M) {
	code := m.Run()
	fmt.Printf("doctor: %d of %d faults named, %d false alarms\n", named, len(faults), falseAlarms)
	os.Exit(code)
}

// healthy are the servers without a fault, with what is true of them nevertheless:
// the SDK's example promises no iss, understands no client documents, and gives
// opaque access tokens without a refresh token.
var healthy = map[string][]string{
	"oidc-provider": nil,
	"MCP SDK":       {"D311", "D403", "D702", "D709"},
}

// A fault is a case of servers.mjs, the code that names it, and the codes of what it
// brings along. flags are what the doctor needs to see it.
type fault struct {
	server, name, want string
	also               []string
	flags              []string
}

var faults = []fault{
	{"oidc-provider", "no S256 advertised", "D304", nil, nil},
	{"oidc-provider", "issuer with a slash", "D303", nil, nil},
	{"oidc-provider", "null in metadata", "D305", nil, nil},
	{"oidc-provider", "pages cannot use it", "D623", []string{"D622", "D624"}, nil},
	{"oidc-provider", "307 on token", "D502", nil, nil},
	{"oidc-provider", "no way to register", "D401", []string{"D403"}, nil},
	{"oidc-provider", "registration wants a token", "D406", nil, []string{"--register"}},
	{"oidc-provider", "public clients not allowed", "D314", []string{"D402"}, nil},
	{"oidc-provider", "iss not promised", "D311", nil, nil},
	{"oidc-provider", "metadata fails", "D307", nil, nil},
	{"oidc-provider", "metadata as text", "D306", nil, nil},
	{"oidc-provider", "invalid_client as a page", "D503", nil, nil},
	{"oidc-provider", "clock in the past", "D606", nil, nil},
	{"oidc-provider", "cached for a year", "D611", nil, nil},
	{"oidc-provider", "http endpoints behind a proxy", "D310", []string{"D507"}, nil},
	{"oidc-provider", "wrong aud", "D704", nil, login},
	{"oidc-provider", "refresh tokens do not rotate", "D711", nil, login},
	{"oidc-provider", "access tokens live for a year", "D707", nil, login},
	{"oidc-provider", "signed with a shared secret", "D703", nil, login},

	{"MCP SDK", "no authentication at all", "D102", nil, nil},
	{"MCP SDK", "no resource_metadata", "D105", nil, nil},
	{"MCP SDK", "resource_metadata is not there", "D106", nil, nil},
	{"MCP SDK", "resource is localhost", "D202", nil, nil},
	{"MCP SDK", "no resource metadata", "D201", []string{"D105"}, nil},
	{"MCP SDK", "resource lists offline_access", "D207", nil, nil},
	{"MCP SDK", "challenge asks offline_access", "D107", nil, nil},
	{"MCP SDK", "Basic first", "D104", nil, nil},
	{"MCP SDK", "not at the root", "D301", nil, nil},
	{"MCP SDK", "registration not possible", "D401", nil, nil},
	{"MCP SDK", "a page for every path", "D308", nil, nil},
}

var login = []string{"--login", "--print-url"}

func TestFaults(t *testing.T) {
	urls := servers(t)
	for _, f := range faults {
		t.Run(f.server+"/"+f.name, func(t *testing.T) {
			r := examine(t, urls[f.server+": "+f.name], f.flags...)
			found := r.codes()
			if slices.Contains(found, f.want) {
				named++
			} else {
				t.Errorf("%s is not named, found %v", f.want, found)
			}
			for _, code := range found {
				if code != f.want && !slices.Contains(f.also, code) && !slices.Contains(healthy[f.server], code) {
					falseAlarms++
					t.Errorf("%s is a false alarm: %s", code, r.detail(code))
				}
			}
		})
	}
}

// A healthy server is said to be healthy, login and registration included.
func TestHealthy(t *testing.T) {
	urls := servers(t)
	for server, known := range healthy {
		r := examine(t, urls[server+": healthy"], append([]string{"--register"}, login...)...)
		for _, code := range r.codes() {
			if !slices.Contains(known, code) {
				falseAlarms++
				t.Errorf("%s: %s is a false alarm: %s", server, code, r.detail(code))
			}
		}
		for _, c := range r.Clients {
			if !c.Connects && !slices.Contains(refused[server], c.Client) {
				falseAlarms++
				t.Errorf("%s: %s is said not to connect: %s", server, c.Client, c.Why)
			}
		}
		if len(r.Clients) < 10 || !slices.ContainsFunc(r.Results, func(x result) bool { return x.Code == "D701" && x.Passed }) {
			t.Errorf("%s: %d clients judged, or no login: %s", server, len(r.Clients), r.detail("D701"))
		}
	}
}

// refused are the clients whose registration a healthy server refuses. It says so
// itself in its answer; the doctor repeats it.
var refused = map[string][]string{
	// It takes custom schemes from clients that say application_type native, which
	// Cursor does not, and no empty scope, which the Inspector sends.
	"oidc-provider": {"Cursor", "Cursor (cursor://)", "MCP Inspector", "MCP Inspector (CLI)"},
}
