package knownclients_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/knownclients"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// TestMain says at the end which clients connect.
func TestMain(m *testing.M) {
	code := m.Run()
	connected.print()
	os.Exit(code)
}

// connected is the roll of the clients that were played.
var connected roll

type roll struct {
	all   int
	lines []string
}

// add counts a client as connected if it was by every way that it knows.
func (r *roll) add(c knownclients.Client, seen []knownclients.Way) {
	r.all++
	if !slices.ContainsFunc(c.Registration.Ways, func(w knownclients.Way) bool { return !slices.Contains(seen, w) }) {
		names := make([]string, len(seen))
		for i, way := range seen {
			names[i] = string(way)
		}
		r.lines = append(r.lines, c.Name+" ("+strings.Join(names, ", ")+")")
	}
}

func (r *roll) print() {
	if r.all > 0 {
		fmt.Printf("%d of %d clients connect: %s\n", len(r.lines), r.all, strings.Join(r.lines, ", "))
	}
}

// TestClients plays every client of the table against a real server, over HTTP, from
// the challenge of the MCP server to a refreshed token: once by the way that it
// prefers, and where that is its document, once more where documents are not
// understood.
func TestClients(t *testing.T) {
	w, results := newWorld(t), played{}
	for _, c := range knownclients.All() {
		t.Run(c.ID, func(t *testing.T) {
			result := w.play(t, c, c.Registration.Ways[0])
			results[c.ID] = append(results[c.ID], result.Way)
			if verdict := knownclients.Judge(c, result.Facts); !verdict.Connects {
				t.Errorf("it connects, but is judged: %s", verdict.Error())
			}
			if result.Facts.Login.Refresh == nil && !c.Refresh.Never {
				t.Error("it did not refresh: there was no refresh token")
			}
		})
	}
	w.withoutDocuments()
	for _, c := range knownclients.All() {
		if c.Registration.Ways[0] == knownclients.WayDCR {
			continue
		}
		t.Run(c.ID+" by registration", func(t *testing.T) {
			results[c.ID] = append(results[c.ID], w.play(t, c, knownclients.WayDCR).Way)
		})
	}
	for _, c := range knownclients.All() {
		connected.add(c, results[c.ID])
	}
	if !t.Failed() {
		writePage(t, results)
	}
}

// play lets a client log in, which must become known by the way.
func (w *world) play(t *testing.T, c knownclients.Client, way knownclients.Way) knownclients.Result {
	t.Helper()
	result, err := knownclients.Play(t.Context(), c, w.target(t))
	if err != nil {
		t.Fatalf("%v\nit asked: %s", err, strings.Join(result.Requests, ", "))
	}
	if result.Way != way {
		t.Fatalf("it became known by %s, want %s", result.Way, way)
	}
	return result
}

// TestClientsAtBase does the same for an MCP server that names the base issuer, as
// installations of the older kind do.
func TestClientsAtBase(t *testing.T) {
	w := newWorld(t)
	w.issuer = func() string { return w.server.URL }
	for _, c := range knownclients.All() {
		t.Run(c.ID, func(t *testing.T) {
			if result, err := knownclients.Play(t.Context(), c, w.target(t)); err != nil {
				t.Errorf("%v\nit asked: %s", err, strings.Join(result.Requests, ", "))
			}
		})
	}
}

// TestClientsWithoutPath does the same for an MCP server whose URL has no path, where
// URL libraries add a slash. There is one client for which the published resource
// must have it, and others for which it must not.
func TestClientsWithoutPath(t *testing.T) {
	w := newWorld(t)
	w.path = ""
	for _, resource := range []string{w.mcp.URL, w.mcp.URL + "/"} {
		w.server.Restart(func(c *symbolon.Config) { c.MCPServers[0].URL, c.MCPServers[0].Aliases = resource, nil })
		for _, c := range knownclients.All() {
			_, err := knownclients.Play(t.Context(), c, w.target(t))
			exact := slices.Contains(c.Checks, "resource-exact")
			if refuses := exact && c.Discovery.AddsSlash != strings.HasSuffix(resource, "/"); refuses != (err != nil) {
				t.Errorf("%s, resource %s: %v", c.ID, resource, err)
			}
		}
	}
}

// world is a server, an MCP server that trusts it, and a user.
type world struct {
	server *symbolontest.Server
	signer *signer
	mcp    *httptest.Server
	path   string
	issuer func() string // what the MCP server names; nil is what Symbolon says
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{path: "/mcp", signer: newSigner(t)}
	w.mcp = httptest.NewServer(http.HandlerFunc(w.serveMCP))
	t.Cleanup(w.mcp.Close)
	w.server = symbolontest.StartServer(t, func(c *symbolon.Config) {
		c.MCPServers[0].URL, c.MCPServers[0].Aliases = w.mcp.URL+w.path, []symbolon.Alias{{URL: w.mcp.URL}}
		c.MCPServers[0].ClientIDMetadataDocuments = true
		c.CIMD.PinnedDir = w.signer.documents(t)
	})
	return w
}

func (w *world) withoutDocuments() {
	w.server.Restart(func(c *symbolon.Config) { c.MCPServers[0].ClientIDMetadataDocuments = false })
}

func (w *world) target(t *testing.T) knownclients.Target {
	t.Helper()
	return knownclients.Target{
		MCPServer: w.mcp.URL + w.path,
		Document:  applicationDocument,
		Sign:      w.signer.sign,
		Browse: func(_ context.Context, authorizationURL, redirectURI string) (url.Values, error) {
			return browse(w.server.For(t).NewBrowser(), authorizationURL, redirectURI)
		},
	}
}

// browse signs in, allows, and returns what the client gets.
func browse(browser *symbolontest.Browser, authorizationURL, redirectURI string) (url.Values, error) {
	client, err := url.Parse(redirectURI)
	if err != nil {
		return nil, err
	}
	answer := browser.Follow(browser.Get(authorizationURL), client.Host)
	if answer.Location() == nil {
		if answer.Status != http.StatusOK || len(answer.Forms()) == 0 {
			return nil, fmt.Errorf("the user sees %d at %s: %s", answer.Status, answer.URL.Path, answer.VisibleText())
		}
		answer = browser.Submit(answer, "decision", "allow")
	}
	to := answer.Location()
	if to == nil {
		return nil, fmt.Errorf("the user allows and gets %d: %s", answer.Status, answer.VisibleText())
	}
	if got := to.Scheme + "://" + to.Host + to.EscapedPath(); got != redirectURI {
		return nil, errors.New("the user is sent to " + got + " instead of " + redirectURI)
	}
	return to.Query(), nil
}

// serveMCP is the resource server: it publishes what Symbolon says of it, and lets
// in whoever has a token that Symbolon calls active.
func (w *world) serveMCP(rw http.ResponseWriter, r *http.Request) {
	const wellKnown = "/.well-known/oauth-protected-resource"
	switch {
	case r.URL.Path == wellKnown+w.path:
		rw.Header().Set("Content-Type", "application/json")
		_, _ = rw.Write([]byte(w.metadata()))
	case r.URL.Path != w.path && w.path+"/" != r.URL.Path:
		http.NotFound(rw, r)
	case !w.admits(r):
		rw.Header().Set("WWW-Authenticate", `Bearer resource_metadata="`+w.mcp.URL+wellKnown+w.path+`"`)
		http.Error(rw, "Sign in.", http.StatusUnauthorized)
	default:
		_, _ = rw.Write([]byte("{}"))
	}
}

func (w *world) admits(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && w.server.Introspect(token).JSON()["active"] == true
}

func (w *world) metadata() string {
	document := w.server.Get(w.server.Issuer() + "/.well-known/oauth-protected-resource").Body
	if w.issuer != nil {
		document = strings.Replace(document, w.server.Issuer(), w.issuer(), 1)
	}
	return document
}
