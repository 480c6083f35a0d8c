package doctor_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/doctor"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// Whoever recommends the doctor is examined by it: this project's own server, with a
// login, a refresh and the registration of every client that registers.
func TestOwnServer(t *testing.T) {
	var server *symbolontest.Server
	mcp := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		const wellKnown = "/.well-known/oauth-protected-resource/mcp"
		switch r.URL.Path {
		case wellKnown:
			cors(func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set("Content-Type", "application/json")
				_, _ = rw.Write([]byte(server.Get(server.Issuer() + "/.well-known/oauth-protected-resource").Body))
			}, http.MethodGet, "MCP-Protocol-Version")(rw, r)
		case "/mcp":
			rw.Header().Set("WWW-Authenticate", `Bearer resource_metadata="http://`+r.Host+wellKnown+`"`)
			rw.WriteHeader(http.StatusUnauthorized)
		default:
			http.NotFound(rw, r)
		}
	}))
	t.Cleanup(mcp.Close)
	server = symbolontest.StartServer(t, func(c *symbolon.Config) { c.MCPServers[0].URL = mcp.URL + "/mcp" })

	r, err := doctor.Examine(t.Context(), doctor.Options{
		Target: mcp.URL + "/mcp", Register: true,
		Open: func(_ context.Context, authorizationURL string) error {
			browser := server.NewBrowser()
			page := browser.Follow(browser.Get(authorizationURL))
			if len(page.Forms()) == 0 {
				return errors.New("there is no consent page: " + page.VisibleText())
			}
			browser.Follow(browser.Submit(page, "decision", "allow"))
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Findings()) > 0 || !r.Healthy() || r.Issuer != server.Issuer() {
		t.Errorf("%s:\n%s", r.Issuer, describe(r))
	}
	for _, code := range []doctor.Code{"D408", "D701", "D703", "D704", "D705", "D710", "D711", "D712"} {
		if !slices.ContainsFunc(r.Results, func(x doctor.Result) bool { return x.Code == code && x.Passed }) {
			t.Errorf("%s was not examined", code)
		}
	}
}
