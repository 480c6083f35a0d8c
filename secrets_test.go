package symbolon_test

// Secrets that change without an outage: two count for a while, and what the old one
// bought ends with it.

import (
	"net/http"
	"testing"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// secretNumber is one of several secrets.
func secretNumber(n int) symbolon.Secret {
	return symbolon.Secret("secret-number-" + string(rune('0'+n)) + "-of-the-tests-0123456789")
}

// buys returns a machine token, "" if the secret is refused.
func (x *scene) buys(secret symbolon.Secret) string {
	x.Helper()
	r := x.server.PostForm("/oauth/token", pairs("grant_type", "client_credentials",
		"client_id", symbolontest.LoginClientID, "client_secret", string(secret)))
	if r.Status != http.StatusOK && (r.Status != http.StatusUnauthorized || r.Error() != "invalid_client") {
		x.Fatalf("%d %s", r.Status, r.Body)
	}
	return r.Text("access_token")
}

// mayAsk reports whether a machine token is good for something.
func (x *scene) mayAsk(machine string) bool {
	x.Helper()
	r := x.server.PostJSON("/api/v1/connections/"+symbolontest.ConnectionID+"/users:grants", `{"sub":"nobody"}`,
		"Authorization", "Bearer "+machine)
	if r.Status != http.StatusOK && r.Status != http.StatusUnauthorized {
		x.Fatalf("%d %s", r.Status, r.Body)
	}
	return r.Status == http.StatusOK
}

func TestSecretsOfAnAPIClient(t *testing.T) {
	server := symbolontest.StartServer(t)
	x := &scene{t, server, nil}
	first := symbolon.Secret(symbolontest.LoginClientSecret)
	bought := map[symbolon.Secret]string{first: x.buys(first)}

	for _, step := range []struct {
		what    string
		secrets []symbolon.Secret
	}{
		{"a second one", []symbolon.Secret{secretNumber(1), first}},
		{"the other way round", []symbolon.Secret{first, secretNumber(1)}},
		{"the new one alone", []symbolon.Secret{secretNumber(1)}},
		{"four", []symbolon.Secret{secretNumber(4), secretNumber(3), secretNumber(2), secretNumber(1)}},
		{"two of them", []symbolon.Secret{secretNumber(3), secretNumber(1)}},
		{"all others", []symbolon.Secret{secretNumber(5)}},
	} {
		server.Restart(func(c *symbolon.Config) {
			a := &c.APIClients[0]
			if a.Secret, a.Secrets = "", step.secrets; len(step.secrets) == 1 {
				a.Secret, a.Secrets = step.secrets[0], nil
			}
		})
		counts := map[symbolon.Secret]bool{}
		for _, s := range step.secrets {
			counts[s] = true
			if bought[s] == "" {
				bought[s] = x.buys(s)
			}
		}
		for _, s := range []symbolon.Secret{first, secretNumber(1), secretNumber(2), secretNumber(3), secretNumber(4), secretNumber(5), secretNumber(6)} {
			if got := x.buys(s) != ""; got != counts[s] {
				t.Errorf("%s: %s counts: %t", step.what, string(s), got)
			}
			if bought[s] != "" && x.mayAsk(bought[s]) != counts[s] {
				t.Errorf("%s: what %s bought is good: %t", step.what, string(s), !counts[s])
			}
		}
	}
}

func TestSecretsOfAResourceServer(t *testing.T) {
	old := symbolon.Secret(symbolontest.ResourceClientSecret)
	server := symbolontest.StartServer(t, func(c *symbolon.Config) {
		c.APIClients[1].Secret, c.APIClients[1].Secrets = "", []symbolon.Secret{secretNumber(1), old}
	})
	introspect := func(secret symbolon.Secret) int {
		return server.PostForm("/oauth/introspect", pairs("token", "x", "client_id", symbolontest.ResourceClientID, "client_secret", string(secret))).Status
	}
	for secret, want := range map[symbolon.Secret]int{
		old: http.StatusOK, secretNumber(1): http.StatusOK, secretNumber(2): http.StatusUnauthorized,
	} {
		if got := introspect(secret); got != want {
			t.Errorf("%s: %d, want %d", string(secret), got, want)
		}
	}
}

func TestSecretsOfAClient(t *testing.T) {
	const id = "cli_several"
	with := func(secrets ...symbolon.Secret) func(c *symbolon.Config) {
		return func(c *symbolon.Config) {
			c.Clients = []symbolon.Client{{
				ID: id, MCPServers: []string{symbolontest.ServerID}, RedirectURIs: []string{"http://127.0.0.1/callback"},
				TokenEndpointAuthMethod: "client_secret_post", Secrets: secrets,
			}}
		}
	}
	server := symbolontest.StartServer(t, with(secretNumber(1)))
	x := &scene{t, server, server.Client(id, string(secretNumber(1)))}
	_, tokens := x.tokens()
	refresh := tokens.Refresh
	for _, step := range []struct{ secrets, good, bad []symbolon.Secret }{
		{[]symbolon.Secret{secretNumber(2), secretNumber(1)}, []symbolon.Secret{secretNumber(1), secretNumber(2)}, []symbolon.Secret{secretNumber(3)}},
		{[]symbolon.Secret{secretNumber(2)}, []symbolon.Secret{secretNumber(2)}, []symbolon.Secret{secretNumber(1)}},
	} {
		server.Restart(with(step.secrets...))
		for _, s := range step.bad {
			x.refusedAs("a secret that does not count", server.Client(id, string(s)).Refresh(refresh), "invalid_client")
		}
		for _, s := range step.good {
			refresh = server.Client(id, string(s)).MustRefresh(refresh).Refresh
		}
	}
}
