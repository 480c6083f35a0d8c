package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"testing"
)

// The hosted service's page, step by step: the app posts the user with the page's two
// curl commands and redirects with the state alone.
func TestHostedCurlSteps(t *testing.T) {
	t.Parallel()
	var base string
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if answer, err := hostedSteps(r.Context(), base, query.Get("login_request_id")); err != nil {
			t.Errorf("the curl steps: %v: %s", err, answer)
		} else if !strings.Contains(answer, `"auth_request_id":"req_`) {
			t.Errorf("the user-details call answered %s", answer)
		}
		back := base + "/sso/v1/connections/conn_declared/partner:callback?" + url.Values{"state": {query.Get("state")}}.Encode()
		http.Redirect(w, r, back, http.StatusFound)
	}))
	t.Cleanup(app.Close)
	connections, servers := bothHandoffs(app.URL + "/login")
	s := startServer(t, config{BaseURL: "http://" + freeAddress(t), Connections: connections, MCPServers: servers})
	base = s.base

	c := registerClient(t, s, "res_declared", "http://localhost:7777/callback", nil)
	code := c.code(t, newRobot(t, s).login(t, c.authorizeURL("todo:read")))
	c.redeem(t, code)
	peers.add("curl " + versionOf(t, "curl", "--version"))
}

func hostedSteps(ctx context.Context, base, loginRequestID string) (string, error) {
	cmd := exec.CommandContext(ctx, "sh", "testdata/hosted-steps.sh")
	cmd.Env = append(cmd.Environ(), "env_url="+base, "sk_client_id="+apiClient, "sk_client_secret="+apiSecret,
		"connection_id=conn_declared", "login_request_id="+loginRequestID)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// versionOf runs a program that prints its version and takes the first number from it.
func versionOf(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).Output()
	if err != nil {
		t.Fatalf("%s is missing: run e2e/setup (%v)", name, err)
	}
	for word := range strings.FieldsSeq(string(out)) {
		if strings.ContainsAny(word[:1], "0123456789") {
			return word
		}
	}
	return strings.TrimSpace(string(out))
}
