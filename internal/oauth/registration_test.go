package oauth_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// What clients in the wild send must be accepted as it is.
func TestParseRegistrationOfKnownClients(t *testing.T) {
	tests := map[string]struct {
		body   string
		uris   []string
		auth   oauth.AuthMethod
		grants []string
	}{
		"Cursor": {
			`{"redirect_uris":["cursor://anysphere.cursor-mcp/oauth/callback","https://www.cursor.com/agents/mcp/oauth/callback","http://localhost:8787/callback"],
			"client_name":"Cursor","token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"],"response_types":["code"]}`,
			[]string{"cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/agents/mcp/oauth/callback", "http://localhost:8787/callback"},
			oauth.AuthNone,
			[]string{"authorization_code", "refresh_token"},
		},
		"VS Code": {
			`{"redirect_uris":["https://insiders.vscode.dev/redirect","https://vscode.dev/redirect","http://127.0.0.1/","http://127.0.0.1:33418/"],
			"client_name":"Visual Studio Code","client_uri":"https://code.visualstudio.com","token_endpoint_auth_method":"none","application_type":"native",
			"grant_types":["authorization_code","refresh_token","urn:ietf:params:oauth:grant-type:device_code"],"response_types":["code"]}`,
			[]string{"https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect", "http://127.0.0.1/", "http://127.0.0.1:33418/"},
			oauth.AuthNone,
			[]string{"authorization_code", "refresh_token"},
		},
		"Claude": {
			`{"redirect_uris":["https://claude.ai/api/mcp/auth_callback"],"client_name":"Claude","token_endpoint_auth_method":"client_secret_post","scope":"claudeai"}`,
			[]string{"https://claude.ai/api/mcp/auth_callback"},
			oauth.AuthClientSecretPost,
			[]string{"authorization_code", "refresh_token"},
		},
		"Inspector": {
			`{"redirect_uris":["http://localhost:6274/oauth/callback"],"token_endpoint_auth_method":"none","grant_types":["authorization_code"],"response_types":["code"],"client_name":"MCP Inspector","scope":""}`,
			[]string{"http://localhost:6274/oauth/callback"},
			oauth.AuthNone,
			[]string{"authorization_code"},
		},
		"nulls": {
			`{"redirect_uris":["https://a/cb"],"client_name":null,"client_uri":null,"logo_uri":"","scope":null,"grant_types":null,"response_types":null,
			"token_endpoint_auth_method":null,"contacts":null,"jwks":null,"jwks_uri":null,"software_id":null,"application_type":null}`,
			[]string{"https://a/cb"},
			oauth.AuthClientSecretBasic,
			[]string{"authorization_code", "refresh_token"},
		},
		"empty lists and repetition": {
			`{"redirect_uris":["https://a/cb","https://a/cb"],"grant_types":[],"response_types":[]}`,
			[]string{"https://a/cb"},
			oauth.AuthClientSecretBasic,
			[]string{"authorization_code", "refresh_token"},
		},
		"keys by reference": {
			`{"redirect_uris":["https://a/cb"],"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"https://a/jwks"}`,
			[]string{"https://a/cb"},
			oauth.AuthPrivateKeyJWT,
			[]string{"authorization_code", "refresh_token"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := oauth.ParseRegistration([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(r.RedirectURIs, tt.uris) || r.AuthMethod != tt.auth || !slices.Equal(r.GrantTypes, tt.grants) || !slices.Equal(r.ResponseTypes, []string{"code"}) {
				t.Errorf("got %+v", r)
			}
			client := r.Client("x")
			for _, s := range tt.uris {
				if _, err := client.Match(s); err != nil {
					t.Errorf("Match(%q): %v", s, err)
				}
			}
			checkResponse(t, &r)
		})
	}
}

// checkResponse holds what clients demand of the answer: nothing null or
// empty, and reading it back gives the same registration.
func checkResponse(t *testing.T, r *oauth.RegistrationRequest) {
	t.Helper()
	secret := ""
	if r.AuthMethod.Secret() {
		secret = "s3cret"
	}
	body, err := json.Marshal(r.Response("dcr_1", secret, time.Unix(1, 0)))
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		t.Fatal(err)
	}
	for name, value := range members {
		if list, ok := value.([]any); value == nil || value == "" || ok && len(list) == 0 {
			t.Errorf("%s is %v in %s", name, value, body)
		}
	}
	expires, ok := members["client_secret_expires_at"]
	if ok != r.AuthMethod.Secret() || ok && expires != 0.0 {
		t.Errorf("client_secret_expires_at = %v, %v in %s", expires, ok, body)
	}
	again, wireErr := oauth.ParseRegistration(body)
	if wireErr != nil {
		t.Fatalf("the echo %s is refused: %v", body, wireErr)
	}
	if a, b := fmt.Sprintf("%+v", again), fmt.Sprintf("%+v", *r); a != b {
		t.Errorf("the echo reads\n%s\nwant\n%s", a, b)
	}
}

// Members that would give a client more than any client has.
func TestParseRegistrationIgnoresPrivileges(t *testing.T) {
	r, err := oauth.ParseRegistration([]byte(`{"redirect_uris":["https://a/cb"],"skip_consent":true,"trusted":true,"first_party":true,"verified":true,
		"client_id":"https://claude.ai/x","client_secret":"chosen","scope":"admin","grant_types":["client_credentials","authorization_code","password"],
		"sector_identifier_uri":"https://evil/","request_uris":["https://evil/"],"initiate_login_uri":"javascript:x","software_statement":"e30",
		"default_max_age":99999,"contacts":7,"REDIRECT_URI":["javascript:x"],"logo_uri":"javascript:alert(1)","client_uri":"http://a/","tos_uri":"data:,x","policy_uri":"//a"}`))
	if err != nil {
		t.Fatal(err)
	}
	client := r.Client("dcr_1")
	if client.ID != "dcr_1" || client.Verified || client.Kind != oauth.Dynamic || client.SecretHashes != nil ||
		client.Allows("client_credentials") || client.Allows("password") || client.Allows("refresh_token") || !client.Allows("authorization_code") {
		t.Errorf("client = %+v", client)
	}
	if r.LogoURI+r.ClientURI+r.TosURI+r.PolicyURI != "" {
		t.Errorf("links = %+v", r)
	}
	body, _ := json.Marshal(r.Response("dcr_1", "minted", time.Time{}))
	for _, bad := range []string{"skip_consent", "trusted", "first_party", "verified", "chosen", "claude.ai", "client_credentials", "password", "evil", "javascript", "issued_at"} {
		if strings.Contains(string(body), bad) {
			t.Errorf("%q in the answer %s", bad, body)
		}
	}
	checkResponse(t, &r)
}

func TestParseRegistrationRefused(t *testing.T) {
	with := func(rest string) string { return `{"redirect_uris":["https://a/cb"],` + rest + `}` }
	manyURIs := strings.TrimSuffix(strings.Repeat(`"https://a/cb",`, 21), ",")
	tests := []struct {
		body, code, names string
		status            int
	}{
		{``, "invalid_client_metadata", "", 400},
		{`[]`, "invalid_client_metadata", "object", 400},
		{`null`, "invalid_client_metadata", "object", 400},
		{`"x"`, "invalid_client_metadata", "object", 400},
		{`{}`, "invalid_redirect_uri", "redirect_uris", 400},
		{`{"REDIRECT_URIS":["https://a/cb"]}`, "invalid_redirect_uri", "redirect_uris", 400},
		{`{"redirect_uris":null}`, "invalid_redirect_uri", "redirect_uris", 400},
		{`{"redirect_uris":[]}`, "invalid_redirect_uri", "redirect_uris", 400},
		{`{"redirect_uris":[""]}`, "invalid_redirect_uri", "", 400},
		{`{"redirect_uris":["https://a/cb","javascript:alert(1)"]}`, "invalid_redirect_uri", "'javascript:alert(1)'", 400},
		{`{"redirect_uris":["https://a/cb","http://a.example/cb"]}`, "invalid_redirect_uri", "'http://a.example/cb'", 400},
		{`{"redirect_uris":["https://a/cb#"]}`, "invalid_redirect_uri", "'https://a/cb#'", 400},
		{`{"redirect_uris":[` + manyURIs + `]}`, "invalid_redirect_uri", "20", 400},
		{`{"redirect_uris":[` + strings.Repeat(`"https://a/cb",`, 1000) + `"https://a/cb"]}`, "invalid_client_metadata", "redirect_uris", 400},
		{`{"redirect_uris":"https://a/cb"}`, "invalid_client_metadata", "redirect_uris", 400},
		{`{"redirect_uris":[null]}`, "invalid_client_metadata", "redirect_uris", 400},
		{`{"redirect_uris":[1]}`, "invalid_client_metadata", "redirect_uris", 400},
		{with(`"client_name":1`), "invalid_client_metadata", "client_name", 400},
		{with(`"client_name":["x"]`), "invalid_client_metadata", "client_name", 400},
		{with(`"client_name":{}`), "invalid_client_metadata", "client_name", 400},
		{with(`"client_name":"a\u0000b"`), "invalid_client_metadata", "client_name", 400},
		{with(`"grant_types":"authorization_code"`), "invalid_client_metadata", "grant_types", 400},
		{with(`"grant_types":["client_credentials"]`), "invalid_client_metadata", "grant_types", 400},
		{with(`"grant_types":["refresh_token"]`), "invalid_client_metadata", "grant_types", 400},
		{with(`"response_types":["token"]`), "invalid_client_metadata", "response_types", 400},
		{with(`"response_types":["code token"]`), "invalid_client_metadata", "response_types", 400},
		{with(`"token_endpoint_auth_method":"client_secret_jwt"`), "invalid_client_metadata", "token_endpoint_auth_method", 400},
		{with(`"token_endpoint_auth_method":"NONE"`), "invalid_client_metadata", "token_endpoint_auth_method", 400},
		{with(`"token_endpoint_auth_method":"private_key_jwt"`), "invalid_client_metadata", "jwks_uri", 400},
		{with(`"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"http://a/jwks"`), "invalid_client_metadata", "jwks_uri", 400},
		{with(`"jwks":{"keys":[]}`), "invalid_client_metadata", "jwks", 400},
		{with(`"scope":"a\"b"`), "invalid_client_metadata", "scope", 400},
		{with(`"scope":["a"]`), "invalid_client_metadata", "scope", 400},
		{with(`"client_name":"a","client_name":"b"`), "invalid_client_metadata", "'client_name'", 400},
		{with(`"client_name":"a","Client_Name":"b"`), "invalid_client_metadata", "'Client_Name'", 400},
		{with(`"client_name":"a"`) + `{}`, "invalid_client_metadata", "", 400},
		{with(`"x":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000)), "invalid_client_metadata", "nested", 400},
		{with(`"client_name":"` + strings.Repeat("a", 1<<20) + `"`), "invalid_client_metadata", "64 KB", http.StatusRequestEntityTooLarge},
	}
	for _, tt := range tests {
		_, err := oauth.ParseRegistration([]byte(tt.body))
		shown := tt.body[:min(len(tt.body), 120)]
		if err == nil {
			t.Errorf("%s: accepted", shown)
			continue
		}
		if string(err.Code) != tt.code || !strings.Contains(err.Description, tt.names) || err.HTTPStatus() != tt.status {
			t.Errorf("%s: %v, status %d, want %s naming %s, status %d", shown, err, err.HTTPStatus(), tt.code, tt.names, tt.status)
		}
	}
}

func TestParseRegistrationCleansTheName(t *testing.T) {
	r, err := oauth.ParseRegistration([]byte(`{"redirect_uris":["https://a/cb"],"client_name":"\u202eClaude\u200b` + strings.Repeat("x", 500) + `"}`))
	if err != nil || len([]rune(r.ClientName)) != 60 || !strings.HasPrefix(r.ClientName, "Claudexxx") {
		t.Errorf("name = %q, %v", r.ClientName, err)
	}
}

func FuzzParseRegistration(f *testing.F) {
	f.Add([]byte(`{"redirect_uris":["cursor://anysphere.cursor-mcp/oauth/callback","http://localhost:8787/callback"],"scope":"a b a","client_name":"x"}`))
	f.Add([]byte(`{"redirect_uris":["https://a/cb"],"client_name":null,"grant_types":["authorization_code"],"token_endpoint_auth_method":"none","logo_uri":"https://a/l"}`))
	f.Add([]byte(`{"redirect_uris":["https://a/cb"],"software_id":"\ud83d\ude00","application_type":"native","jwks_uri":"https://a","token_endpoint_auth_method":"private_key_jwt"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := oauth.ParseRegistration(body)
		if err != nil {
			return
		}
		for _, s := range r.RedirectURIs {
			if oauth.ParseRegisteredRedirectURI(s) != nil {
				t.Errorf("registered %q", s)
			}
		}
		checkResponse(t, &r)
	})
}
