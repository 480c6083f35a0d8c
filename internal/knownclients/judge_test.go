package knownclients_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/knownclients"
)

// A vendor's server as the doctor sees it from outside: documents alone, no login.
const (
	vendorMCP      = "https://mcp.vendor.example/mcp"
	vendorResource = "https://mcp.vendor.example/.well-known/oauth-protected-resource/mcp"
	vendorServer   = "https://login.vendor.example/.well-known/oauth-authorization-server/t1"
)

func vendor() knownclients.Facts {
	return knownclients.Facts{
		MCPServer: vendorMCP,
		Challenge: &knownclients.Answer{Status: http.StatusUnauthorized, Header: http.Header{
			"Www-Authenticate": {`Bearer resource_metadata="` + vendorResource + `"`},
		}},
		Documents: map[string]knownclients.Answer{
			vendorResource: document(`{"resource":"` + vendorMCP + `","authorization_servers":["https://login.vendor.example/t1"]}`),
			vendorServer: document(`{"issuer":"https://login.vendor.example/t1","authorization_endpoint":"https://login.vendor.example/a",
				"token_endpoint":"https://login.vendor.example/t","registration_endpoint":"https://login.vendor.example/r",
				"response_types_supported":["code"],"code_challenge_methods_supported":["S256"],
				"token_endpoint_auth_methods_supported":["none"],"client_id_metadata_document_supported":true,
				"authorization_response_iss_parameter_supported":true}`),
		},
	}
}

func document(body string) knownclients.Answer {
	return knownclients.Answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, Body: []byte(body)}
}

func TestJudgeHealthy(t *testing.T) {
	for _, c := range knownclients.All() {
		verdict := knownclients.Judge(c, vendor())
		if !verdict.Connects || verdict.Way != c.Registration.Ways[0] || verdict.Client != c.Name {
			t.Errorf("%s: %+v", c.ID, verdict)
		}
	}
}

// What TestFaults cannot break on a real server: how it is reached, and what it offers.
func TestJudgeFaults(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(*knownclients.Facts)
		stopped string // one that must stop, or "every"
		fine    string // one that must not
		says    string
	}{
		{"open MCP server", func(f *knownclients.Facts) { f.Challenge.Status = http.StatusOK }, "every", "", "401"},
		{"only DCR clients refused", edit(`"registration_endpoint":"https://login.vendor.example/r",`, ""), "cursor", "zed", "no registration_endpoint"},
		{"no documents", edit(`"client_id_metadata_document_supported":true`, `"x":1`), "", "zed", ""},
		{"neither", func(f *knownclients.Facts) {
			edit(`"client_id_metadata_document_supported":true`, `"x":1`)(f)
			edit(`"registration_endpoint":"https://login.vendor.example/r",`, "")(f)
		}, "every", "", "Support client id metadata documents"},
		{"documents without none", func(f *knownclients.Facts) {
			edit(`["none"]`, `["client_secret_basic"]`)(f)
			edit(`"registration_endpoint":"https://login.vendor.example/r",`, "")(f)
		}, "claude", "vscode", "lacks the method"},
		{"page instead of metadata", func(f *knownclients.Facts) { f.Documents[vendorServer] = document("<html>") }, "every", "", "no JSON object"},
		{"metadata redirects away", redirect("https://cdn.example/metadata"), "typescript-sdk-2", "zed", "redirects"},
		{"metadata redirects at home", redirect("https://login.vendor.example/metadata"), "", "typescript-sdk-2", ""},
		{"DCR refused", func(f *knownclients.Facts) {
			f.Registrations = map[string]knownclients.Answer{"cursor": {Status: http.StatusBadRequest, Body: []byte(`{"error":"invalid_redirect_uri"}`)}}
		}, "cursor", "gemini-cli", "invalid_redirect_uri"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			facts := vendor()
			tt.change(&facts)
			for _, c := range knownclients.All() {
				verdict := knownclients.Judge(c, facts)
				if stops := c.ID == tt.stopped || tt.stopped == "every"; stops && (verdict.Connects || verdict.Unknown) {
					t.Errorf("%s connects: %+v", c.ID, verdict)
				} else if stops && !strings.Contains(verdict.Why+verdict.Change, tt.says) {
					t.Errorf("%s: %s", c.ID, verdict.Error())
				}
				if c.ID == tt.fine && !verdict.Connects {
					t.Errorf("%s does not connect: %s", c.ID, verdict.Error())
				}
			}
		})
	}
}

// edit replaces part of the authorization server's metadata.
func edit(old, replacement string) func(*knownclients.Facts) {
	return func(f *knownclients.Facts) {
		f.Documents[vendorServer] = document(strings.Replace(string(f.Documents[vendorServer].Body), old, replacement, 1))
	}
}

func redirect(to string) func(*knownclients.Facts) {
	return func(f *knownclients.Facts) {
		f.Documents[to] = f.Documents[vendorServer]
		f.Documents[vendorServer] = knownclients.Answer{Status: http.StatusFound, Header: http.Header{"Location": {to}}}
	}
}

// TestWanted asks as the doctor does, and must have asked for all that any client
// asks for, and for nothing after a document was found.
func TestWanted(t *testing.T) {
	there, facts := vendor().Documents, vendor()
	facts.Documents = map[string]knownclients.Answer{}
	var asked []string
	for {
		next := knownclients.Wanted(knownclients.All(), facts)
		if len(next) == 0 {
			break
		}
		for _, url := range next {
			if slices.Contains(asked, url) {
				t.Fatalf("%s is wanted twice", url)
			}
			asked = append(asked, url)
			answer, ok := there[url]
			if !ok {
				answer.Status = http.StatusNotFound
			}
			facts.Documents[url] = answer
		}
	}
	if want := []string{vendorResource, vendorServer}; !slices.Equal(asked, want) {
		t.Errorf("asked for %v, want %v", asked, want)
	}
	for _, c := range knownclients.All() {
		if verdict := knownclients.Judge(c, facts); !verdict.Connects {
			t.Errorf("%s: %s", c.ID, verdict.Error())
		}
	}
	if verdict := knownclients.Judge(knownclients.All()[0], knownclients.Facts{MCPServer: vendorMCP}); verdict.Connects || !verdict.Unknown {
		t.Errorf("judged by nothing: %+v", verdict)
	}
}
