package symbolon_test

// M: clients that a document describes. The fetch itself is attacked where it is
// made, in internal/cimd; here is what a document can do to a login.

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// another takes a new browser to authorize: the answer to a client of now.
func (x *scene) another() *symbolontest.Response {
	x.Helper()
	return symbolontest.NewBrowser(x).Get(x.client.Authorize().URL)
}

// pageSays says that an answer is a page for this reason, and no redirect.
func (x *scene) pageSays(what string, r *symbolontest.Response, reason string) {
	x.Helper()
	x.refused(what, r)
	if !strings.Contains(r.VisibleText(), reason) {
		x.Errorf("%s: the page does not say %s: %s", what, reason, r.VisibleText())
	}
}

// pinned is a directory of documents for hosts that nobody can reach.
func (x *scene) pinned(h *documentHost, ids ...string) string {
	x.Helper()
	dir := x.TempDir()
	for i, id := range ids {
		h.publish("/pinned", h.document("", map[string]any{"client_id": id, "client_name": "Pinned"}))
		body := x.server.Get(h.URL + "/pinned").Body
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.json", i)), []byte(body), 0o600); err != nil {
			x.Fatal(err)
		}
	}
	return dir
}

var attacksM = []attack{
	{"M12_rotated_document", func(x *scene) {
		h, old, evil := newDocumentHost(x), newSigner(), newSigner()
		keyed := map[string]any{"token_endpoint_auth_method": "private_key_jwt", "jwks": old.keys()}
		x.client = x.documented(h, "/client.json", keyed)
		b := symbolontest.NewBrowser(x)
		a, page := x.asked(b)
		x.server.Clock.Advance(40 * time.Second)
		answer := b.Submit(page, "decision", "allow").Location()
		code := answer.Query().Get("code")

		x.documented(h, "/client.json", map[string]any{
			"token_endpoint_auth_method": "private_key_jwt", "jwks": evil.keys(), "redirect_uris": []string{"https://evil.example/cb"},
		})
		x.server.Clock.Advance(40 * time.Second) // the old document is stale, the code is not
		x.pageSays("the old redirect URI", x.another(), "redirect_uri_not_registered")

		if answer.Host != "127.0.0.1:8765" {
			x.Errorf("the code went to %s", answer.Host)
		}
		x.refusedAs("the keys of the new document", x.client.Redeem(a, code, x.proof(evil)...), "invalid_client")
		x.refusedAs("the redirect URI of the new document", x.client.Redeem(a, code, append(x.proof(old), "redirect_uri", "https://evil.example/cb")...), "invalid_grant")
		r := x.client.Redeem(a, code, x.proof(old)...)
		if r.Status != http.StatusOK {
			x.Fatalf("what the user agreed to: %d %s", r.Status, r.Body)
		}
		x.mustRefresh(r.Text("refresh_token"), old)
	}},
	{"M13_silent_change", func(x *scene) {
		h := newDocumentHost(x)
		for name, change := range map[string]map[string]any{
			"name": {"client_name": "Another name"}, "logo": {"logo_uri": "https://evil.example/logo.png"},
			"redirect host": {"redirect_uris": []string{symbolontest.RedirectURI, "https://evil.example/cb"}},
			"method":        {"token_endpoint_auth_method": "private_key_jwt", "jwks": newSigner().keys()},
		} {
			x.client = x.documented(h, "/client.json", nil)
			x.server.Clock.Advance(61 * time.Second)
			b := symbolontest.NewBrowser(x)
			_, page := x.asked(b)
			x.documented(h, "/client.json", change)
			x.server.Clock.Advance(61 * time.Second)
			x.pageSays(name, b.Submit(page, "decision", "allow"), "client_document_changed")
			if page := x.client.Consent(symbolontest.NewBrowser(x), x.client.Authorize()); len(page.Forms()) == 0 {
				x.Errorf("%s: nobody was asked again", name)
			}
		}
	}},
	{"M14_withdrawn", func(x *scene) {
		h := newDocumentHost(x)
		for name, page := range map[string]http.HandlerFunc{
			"404": nil,
			"410": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) },
			"invalid": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(`{"client_id":"x"}`))
			},
		} {
			x.client = x.documented(h, "/client.json", nil)
			x.server.Clock.Advance(61 * time.Second)
			_, tokens := x.tokens()
			h.serve("/client.json", page)
			if r := x.another(); r.Status != http.StatusSeeOther {
				x.Errorf("%s, while the document is fresh: %d", name, r.Status)
			}
			x.server.Clock.Advance(61 * time.Second)
			x.refused(name, x.another())
			x.client.MustRefresh(tokens.Refresh)
		}
	}},
	{"M14_outage", func(x *scene) {
		h := newDocumentHost(x)
		x.client = x.documented(h, "/client.json", nil)
		x.tokens()
		h.serve("/client.json", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		x.server.Clock.Advance(time.Hour)
		x.tokens()
		if !strings.Contains(x.server.Logs(), "the last known or pinned copy is used") {
			x.Error("the operator learns nothing")
		}
		x.server.Clock.Advance(24 * time.Hour)
		x.pageSays("after a day", x.another(), "client_document_unreachable")
	}},
	{"M15_dead_host", func(x *scene) {
		for name, keyed := range map[string]bool{"public": false, "with keys": true} {
			h, key := newDocumentHost(x), newSigner()
			h.publish("/keys", key.keys())
			change, proof := map[string]any{}, func() []string { return nil }
			if keyed {
				change = map[string]any{"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": h.URL + "/keys"}
				proof = func() []string { return x.proof(key) }
			}
			x.client = x.documented(h, "/client.json", change)
			a, code := x.code()
			h.Close()
			tokens := x.client.Redeem(a, code, proof()...)
			for range 3 {
				x.server.Clock.Advance(25 * time.Hour)
				if tokens = x.client.Refresh(tokens.Text("refresh_token"), proof()...); tokens.Status != http.StatusOK {
					x.Fatalf("%s: %d %s", name, tokens.Status, tokens.Body)
				}
			}
			if !x.server.Active(tokens.Text("access_token")) {
				x.Errorf("%s: the access token is dead", name)
			}
			if r := x.revoke(tokens.Text("access_token"), proof()); r.Status != http.StatusOK || x.server.Active(tokens.Text("access_token")) {
				x.Errorf("%s: revocation: %d %s", name, r.Status, r.Body)
			}
			x.refusedAs(name+", revoked", x.client.Refresh(tokens.Text("refresh_token"), proof()...), "invalid_grant")
		}
	}},
	{"M19_local_impostor", func(x *scene) {
		h := newDocumentHost(x)
		x.client = x.documented(h, "/client.json", map[string]any{"redirect_uris": []string{"http://localhost/callback"}})
		x.client.RedirectURI = "http://localhost:4711/callback"
		_, page := x.asked(symbolontest.NewBrowser(x))
		host, _ := url.Parse(h.URL)
		for _, want := range []string{"this computer", "localhost", "Published by " + host.Host} {
			if !strings.Contains(page.VisibleText(), want) {
				x.Errorf("the page does not say %q: %s", want, page.VisibleText())
			}
		}
	}},
	{"M21_hosts_alike", func(x *scene) {
		h := newDocumentHost(x)
		const good = "https://trusted.example/client.json"
		bad := []string{
			"https://trusted.example.evil.example/client.json", "https://eviltrusted.example/client.json", "https://evil.example/trusted.example",
			"https://sub.trusted.example/client.json", "https://xn--trustd-g1a.example/client.json",
		}
		dir := x.pinned(h, append(bad, good)...)
		server := symbolontest.StartServer(x, withDocuments, func(c *symbolon.Config) {
			c.CIMD.PinnedDir = dir
			c.MCPServers[0].Clients = symbolon.ClientPolicy{CIMDHosts: []string{"trusted.example"}, RedirectHosts: []string{"agent.example"}}
		})
		x = &scene{x.T, server, server.Client(good, "")}
		x.tokens()
		for _, id := range bad {
			x.client = x.server.Client(id, "")
			if r := x.another(); r.Location().Query().Get("error") != "unauthorized_client" {
				x.Errorf("%s: %d %s", id, r.Status, r.Location())
			}
		}
		for _, id := range []string{"https://trusted.example./client.json", "https://trusted.example:8443/client.json", "https://trusted.example@evil.example/client.json", "https://TRUSTED.example/client.json"} {
			x.client = x.server.Client(id, "")
			x.refused(id, x.another())
		}
		x.client = x.documented(h, "/client.json", nil) // on a host that is not listed
		if r := x.another(); r.Location().Query().Get("error") != "unauthorized_client" {
			x.Errorf("a host that is not listed: %d %s", r.Status, r.Location())
		}
	}},
	{"M23_self_loop", func(x *scene) {
		base, _ := url.Parse(x.server.URL)
		for _, id := range []string{
			x.server.URL + "/.well-known/oauth-authorization-server", x.server.Issuer() + "/oauth/authorize?client_id=x",
			"http://localhost:" + base.Port() + "/keys", "http://[::1]:" + base.Port() + "/keys", "https://127.0.0.1:" + base.Port() + "/",
		} {
			x.client = x.server.Client(id, "")
			for _, r := range atOnce(x.rounds(10, 100), func(int) *symbolontest.Response { return x.another() }) {
				x.pageSays(id, r, "client_id_url_invalid")
			}
		}
		x.client = x.server.Register(nil)
		x.honest()
	}},
	{"M24_reflected", func(x *scene) {
		const secret = "AKIA-INTERNAL-SECRET<script>alert(1)</script>"
		h := newDocumentHost(x)
		for name, page := range map[string]http.HandlerFunc{
			"an error page": func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, secret, http.StatusForbidden)
			},
			"HTML": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>" + secret)) },
			"broken JSON": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(`{"client_id": "` + secret + `"`))
			},
			"values": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(`{"client_id": "` + secret + `", "client_name": 7, "` + secret + `": 1, "redirect_uris": ["javascript:` + secret + `"]}`))
			},
			"headers": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/"+secret)
				w.Header().Set("Content-Type", secret)
				w.WriteHeader(http.StatusFound)
			},
		} {
			h.serve("/client.json", page)
			x.client = x.server.Client(h.URL+"/client.json", "")
			if r := x.another(); r.Status != http.StatusBadRequest || strings.Contains(r.Body, "AKIA") {
				x.Errorf("%s: %d %s", name, r.Status, r.Body)
			}
		}
		if strings.Contains(x.server.Logs(), "AKIA") {
			x.Error("the log repeats what the host sent")
		}
	}},
	{"D08_blocked_client", func(x *scene) {
		h := newDocumentHost(x)
		host, _ := url.Parse(h.URL)
		block := func(entries ...string) {
			x.server.Restart(func(c *symbolon.Config) { c.BlockedClients = entries })
		}
		defer block()
		bystander := x.client
		registered := x.server.Register(map[string]any{"client_name": "Blocked"})
		documented := x.documented(h, "/client.json", nil)
		for entry, client := range map[string]*symbolontest.Client{
			registered.ID: registered, documented.ID: documented, host.Host: documented,
		} {
			x.client = bystander
			_, other := x.tokens()
			x.client = client
			_, tokens := x.tokens()
			a, code := x.code()
			b := symbolontest.NewBrowser(x)
			_, page := x.asked(b)
			asked := h.asked.Load()
			block(entry)

			for what, r := range map[string]*symbolontest.Response{"authorize": x.another(), "the consent page": b.Submit(page, "decision", "allow")} {
				x.pageSays(what, r, "client_blocked")
				x.pageSays(what, r, "take it, or the host of its metadata document, off blocked_clients")
			}
			x.refusedAs("the code", client.Redeem(a, code), "invalid_client")
			x.refusedAs("a refresh", client.Refresh(tokens.Refresh), "invalid_client")
			if x.server.Active(tokens.Access) {
				x.Errorf("%s: the access token is active", entry)
			}
			if h.asked.Load() != asked {
				x.Errorf("%s: something was fetched for a blocked client", entry)
			}
			if !x.server.Active(other.Access) {
				x.Errorf("%s: another client was ended, too", entry)
			}

			block()
			x.refusedAs("a refresh when the block is lifted", client.Refresh(tokens.Refresh), "invalid_grant")
			x.refusedAs("a code when the block is lifted", client.Redeem(a, code), "invalid_grant")
			if x.server.Active(tokens.Access) {
				x.Errorf("%s: the access token came back", entry)
			}
			x.tokens() // whoever asks the user anew is welcome
		}
	}},
}
