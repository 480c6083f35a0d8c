package symbolon_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// A way for clients to come that is switched off is closed to those who came by it
// before. Nothing is lost: switched on again, they go on where they were.
func TestClientsOfAKindThatIsSwitchedOff(t *testing.T) {
	server := symbolontest.StartServer(t, withDocuments)
	host := newDocumentHost(&scene{t, server, nil})
	registered := &scene{t, server, server.Register(nil)}
	described := &scene{t, server, nil}
	described.client = described.documented(host, "/client.json", nil)
	for name, tt := range map[string]struct {
		x    *scene
		flip func(*symbolon.MCPServer)
	}{
		"dynamic_registration":         {registered, func(s *symbolon.MCPServer) { s.DynamicRegistration = !s.DynamicRegistration }},
		"client_id_metadata_documents": {described, func(s *symbolon.MCPServer) { s.ClientIDMetadataDocuments = !s.ClientIDMetadataDocuments }},
	} {
		_, tokens := tt.x.tokens()
		flip := func() { server.Restart(func(c *symbolon.Config) { tt.flip(&c.MCPServers[0]) }) }
		flip()
		tt.x.dead(tokens)
		if r := tt.x.another(); !strings.Contains(r.VisibleText()+r.Header.Get("Location"), "unauthorized_client") && !strings.Contains(r.VisibleText(), "client_refused_by_policy") {
			t.Errorf("%s off: a new login got %d: %s", name, r.Status, r.VisibleText())
		}
		flip()
		tt.x.alive(tokens)
	}
}

// A document client's id is a URL, and so may be a sub: a token whose sub is its
// client's id would look like a client's own.
func TestAUserWhoIsTheClient(t *testing.T) {
	server := symbolontest.StartServer(t, withDocuments)
	x := &scene{t, server, nil}
	host := newDocumentHost(x)
	x.client = x.documented(host, "/client.json", nil)
	u := symbolontest.Alice()
	u["sub"] = x.client.ID
	_, _, page := x.visited(u)
	if page.Status != http.StatusForbidden || !strings.Contains(page.Body, "user_is_client") || strings.Contains(page.Body, "<form") {
		t.Errorf("%d: %s", page.Status, page.VisibleText())
	}
	u["sub"] = x.client.ID + "/alice" // a URL is as good a sub as any
	if _, _, page := x.visited(u); page.Status != http.StatusOK {
		t.Errorf("a sub that is a URL: %d: %s", page.Status, page.VisibleText())
	}
}
