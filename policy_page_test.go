package symbolon_test

// A client that may not connect is told who would have to change what.

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

func TestWhoMustChangeWhat(t *testing.T) {
	h := newDocumentHost(t)
	host, _ := url.Parse(h.URL)
	const agent = "https://agent.example/callback"
	document := func(x *scene) *symbolontest.Client {
		c := x.documented(h, "/client.json", map[string]any{"redirect_uris": []string{agent}})
		c.RedirectURI = agent
		return c
	}
	registered := func(x *scene) *symbolontest.Client { return x.client }
	listed := symbolon.ClientPolicy{RedirectHosts: []string{"listed.example"}}
	for name, test := range map[string]struct {
		client func(*scene) *symbolontest.Client
		change func(*symbolon.Config)
		want   []string
	}{
		"a document, off": {
			document, func(c *symbolon.Config) { c.MCPServers[0].ClientIDMetadataDocuments = false },
			[]string{"client_refused_by_policy", "switch on client_id_metadata_documents of the MCP server"},
		},
		"a document, off here": {
			document, func(c *symbolon.Config) {
				twoServers(c)
				c.MCPServers[1].ClientIDMetadataDocuments = true
				c.MCPServers[0].ClientIDMetadataDocuments = false
			},
			[]string{"client_refused_by_policy", "switch on client_id_metadata_documents of res_todo"},
		},
		"a document, not listed": {
			document, func(c *symbolon.Config) { c.MCPServers[0].Clients = listed },
			[]string{"client_refused_by_policy", "add " + host.Host + " to clients.cimd_hosts of res_todo, or add agent.example to clients.redirect_hosts of res_todo"},
		},
		"a registration, off": {
			registered, func(c *symbolon.Config) { c.MCPServers[0].DynamicRegistration = false },
			[]string{"client_refused_by_policy", "switch on dynamic_registration of res_todo"},
		},
		"a registration, not listed": {
			registered, func(c *symbolon.Config) { c.MCPServers[0].Clients = listed },
			[]string{"client_refused_by_policy", "add agent.example to clients.redirect_hosts of res_todo"},
		},
		"no document": {
			func(x *scene) *symbolontest.Client { return x.server.Client(h.URL+"/nothing", "") }, func(*symbolon.Config) {},
			[]string{"client_document_unreachable", "It must answer this server with status 200"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := symbolontest.StartServer(t, withDocuments)
			x := &scene{t, server, server.Register(map[string]any{"redirect_uris": []string{agent}})}
			x.client = test.client(x)
			server.Restart(test.change)
			page := x.another()
			if page.Status < 400 {
				t.Fatalf("%d %s", page.Status, page.Header.Get("Location"))
			}
			for _, want := range test.want {
				if !strings.Contains(page.VisibleText(), want) {
					t.Errorf("the page does not say %q: %s", want, page.VisibleText())
				}
			}
			if !strings.Contains(server.Logs(), test.want[0]) {
				t.Errorf("the log does not say %s", test.want[0])
			}
		})
	}
}

// The operator learns more than the stranger: what came instead of the document.
func TestTheLogSaysWhatCameInsteadOfADocument(t *testing.T) {
	server := symbolontest.StartServer(t, withDocuments)
	h := newDocumentHost(t)
	h.serve("/client.json", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	x := &scene{t, server, server.Client(h.URL+"/client.json", "")}
	page := x.another()
	const cause = "the host answered with status 403, not 200"
	if !strings.Contains(server.Logs(), cause) || strings.Contains(page.Body, cause) {
		t.Errorf("the page: %s\nthe log: %s", page.VisibleText(), server.Logs())
	}
}

// An id that an MCP server's issuer gave is good at the base, for that MCP server.
func TestAnIDOfOneIssuerAtTheBase(t *testing.T) {
	server := symbolontest.StartServer(t, twoServers, func(c *symbolon.Config) { c.MCPServers[1].DynamicRegistration = true })
	x := &scene{t, server, server.Register(nil)}
	x.client.Issuer, x.client.Resource = server.URL, ""
	_, tokens := x.tokens()
	if aud := server.Claims(tokens.Access)["aud"].([]any); aud[1] != symbolontest.ServerID {
		t.Errorf("the token is for %v", aud)
	}
	x.client.Resource = notesURL
	answer := x.another().Location().Query()
	if answer.Get("error") != "unauthorized_client" || !strings.Contains(answer.Get("error_description"), "registered at the issuer of another MCP server") {
		t.Errorf("for another MCP server: %v", answer)
	}
}
