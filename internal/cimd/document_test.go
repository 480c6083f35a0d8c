package cimd_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/cimd"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

const (
	someID = "https://client.example/client.json"
	// An Ed25519 key: RFC 8037 appendix A.2.
	publicKey  = `{"kty":"OKP","crv":"Ed25519","kid":"one","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	privateKey = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}`
	inlineKeys = `"jwks":{"keys":[` + publicKey + `]}`
	remoteKeys = `"jwks_uri":"https://client.example/jwks.json"`
)

// TestAuthMethods is the negotiation: what the client may do, and what it does by
// preference.
func TestAuthMethods(t *testing.T) {
	const none, jwt, both = "none", "private_key_jwt", "private_key_jwt none"
	for _, c := range []struct{ members, want string }{
		{``, none},
		{`"token_endpoint_auth_method":"none"`, none},
		{`"token_endpoint_auth_method":"none",` + remoteKeys, none},
		{`"token_endpoint_auth_method":"private_key_jwt",` + remoteKeys, jwt},
		{`"token_endpoint_auth_method":"private_key_jwt",` + inlineKeys, jwt},
		{`"token_endpoint_auth_methods_supported":["private_key_jwt"],` + remoteKeys, jwt},
		{`"token_endpoint_auth_methods_supported":["none","private_key_jwt"],` + remoteKeys, both},
		{`"token_endpoint_auth_methods_supported":["none","private_key_jwt"]`, none},
		{`"token_endpoint_auth_methods_supported":["none","tls_client_auth"]`, none},
		{`"token_endpoint_auth_methods_supported":[]`, none},
		// ChatGPT's document.
		{`"token_endpoint_auth_method":"private_key_jwt","token_endpoint_auth_methods_supported":["none","private_key_jwt"],"token_endpoint_auth_signing_alg":"RS256",` + remoteKeys, both},
		{`"token_endpoint_auth_method":"none","token_endpoint_auth_methods_supported":["private_key_jwt"],` + inlineKeys, both},
		{`"token_endpoint_auth_method":"self_signed_tls_client_auth","token_endpoint_auth_methods_supported":["none"]`, none},
	} {
		client, err := cimd.ParseDocument([]byte(document(someID, slices.DeleteFunc([]string{c.members}, func(s string) bool { return s == "" })...)))
		if err != nil {
			t.Errorf("%s: %v", c.members, err)
			continue
		}
		var accepted []string
		for _, m := range []oauth.AuthMethod{"private_key_jwt", "none", "client_secret_basic", "client_secret_post"} {
			if client.Accepts(m) {
				accepted = append(accepted, string(m))
			}
		}
		if got := strings.Join(accepted, " "); got != c.want || !strings.HasPrefix(c.want, string(client.AuthMethod)) {
			t.Errorf("%s: %s, prefers %s; want %s", c.members, got, client.AuthMethod, c.want)
		}
	}
}

// TestAttackM17 and the other things a document must not say. The refusal names
// the member and quotes nothing of the document.
func TestAttackM17(t *testing.T) {
	const secret = "REMOTE-SECRET"
	for members, names := range map[string]string{
		`"client_secret":"` + secret + `"`:                                                      "client_secret",
		`"client_secret_expires_at":0`:                                                          "client_secret_expires_at",
		`"token_endpoint_auth_method":"client_secret_basic"`:                                    "token_endpoint_auth_method",
		`"token_endpoint_auth_method":"client_secret_post"`:                                     "token_endpoint_auth_method",
		`"token_endpoint_auth_method":"client_secret_jwt"`:                                      "token_endpoint_auth_method",
		`"token_endpoint_auth_methods_supported":["none","client_secret_post"]`:                 "token_endpoint_auth_method",
		`"token_endpoint_auth_method":"` + secret + `"`:                                         "token_endpoint_auth_method",
		`"token_endpoint_auth_method":"private_key_jwt"`:                                        "jwks_uri",
		`"token_endpoint_auth_method":7`:                                                        "token_endpoint_auth_method",
		`"token_endpoint_auth_methods_supported":"none"`:                                        "token_endpoint_auth_methods_supported",
		`"jwks":{"keys":[` + privateKey + `]}`:                                                  "jwks",
		`"jwks":{"keys":[{"kty":"oct","k":"` + secret + `"}]}`:                                  "jwks",
		`"jwks":"` + secret + `"`:                                                               "jwks",
		inlineKeys + `,` + remoteKeys:                                                           "jwks",
		`"token_endpoint_auth_method":"private_key_jwt","jwks":{"keys":[]}`:                     "jwks",
		`"jwks_uri":"http://client.example/jwks.json"`:                                          "jwks_uri",
		`"jwks_uri":"https://user:` + secret + `@client.example/jwks.json"`:                     "jwks_uri",
		`"jwks_uri":["https://client.example/jwks.json"]`:                                       "jwks_uri",
		`"grant_types":["client_credentials"]`:                                                  "grant_types",
		`"grant_types":[null]`:                                                                  "grant_types",
		`"response_types":["token"]`:                                                            "response_types",
		`"client_uri":7`:                                                                        "client_uri",
		`"software_id":{}`:                                                                      "software_id",
		`"redirect_uris2":0,"logo_uri":[]`:                                                      "logo_uri",
		`"token_endpoint_auth_methods_supported":["` + strings.Repeat(`none","`, 60) + `none"]`: "token_endpoint_auth_methods_supported",
	} {
		_, err := cimd.ParseDocument([]byte(document(someID, members)))
		refusal, ok := errors.AsType[*oauth.Error](err)
		if !ok || refusal.Reason != invalid || !strings.Contains(refusal.Description, "the member "+names+" ") || strings.Contains(refusal.Error(), secret) {
			t.Errorf("%s: %v", members, err)
		}
	}
}

func TestRequiredMembers(t *testing.T) {
	for body, names := range map[string]string{
		`{"client_name":"x","redirect_uris":["https://a.example/cb"]}`:                                                                                             "client_id",
		`{"client_id":"","client_name":"x","redirect_uris":["https://a.example/cb"]}`:                                                                              "client_id",
		`{"client_id":["x"],"client_name":"x","redirect_uris":["https://a.example/cb"]}`:                                                                           "client_id",
		`{"client_id":"x","redirect_uris":["https://a.example/cb"]}`:                                                                                               "client_name",
		`{"client_id":"x","client_name":null,"redirect_uris":["https://a.example/cb"]}`:                                                                            "client_name",
		`{"client_id":"x","client_name":"\u202e\u200b ","redirect_uris":["https://a.example/c"]}`:                                                                  "client_name",
		`{"client_id":"x","client_name":"x"}`:                                                                                                                      "redirect_uris",
		`{"client_id":"x","client_name":"x","redirect_uris":[]}`:                                                                                                   "redirect_uris",
		`{"client_id":"x","client_name":"x","redirect_uris":"https://a.example/cb"}`:                                                                               "redirect_uris",
		`{"client_id":"x","client_name":"x","redirect_uris":["https://a.example/cb","` + strings.Repeat(`https://a.example/cb","`, 19) + `https://a.example/cb"]}`: "redirect_uris",
	} {
		_, err := cimd.ParseDocument([]byte(body))
		refusal, ok := errors.AsType[*oauth.Error](err)
		if !ok || refusal.Reason != invalid || !strings.Contains(refusal.Description, "the member "+names+" ") {
			t.Errorf("%s: %v", body, err)
		}
	}
	for _, uri := range []string{"http://app.example/cb", "javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "https://a.example/cb#", "https://u@a.example/", "https://a.example/<b>", "file:///etc", "", "/cb"} {
		body := fmt.Sprintf(`{"client_id":"x","client_name":"x","redirect_uris":["https://a.example/cb",%q]}`, uri)
		_, err := cimd.ParseDocument([]byte(body))
		refusal, ok := errors.AsType[*oauth.Error](err)
		if !ok || refusal.Reason != invalid || !strings.Contains(refusal.Description, "at place 2") || uri != "" && strings.Contains(refusal.Error(), uri) {
			t.Errorf("%q: %v", uri, err)
		}
	}
}

func TestDocumentIsOneStrictObject(t *testing.T) {
	good := document(someID)
	for name, body := range map[string]string{
		"too large": good + strings.Repeat(" ", cimd.MaxDocument), "text": "<html>", "array": "[" + good + "]", "two": good + good, "mark": "\ufeff" + good,
		"twice": strings.Replace(good, "{", `{"client_id":"x",`, 1), "two cases": strings.Replace(good, "{", `{"Client_ID":"x",`, 1), "deep": document(someID, `"x":`+strings.Repeat("[", 20)+strings.Repeat("]", 20)),
		"bytes": good[:30] + "\xff" + good[30:], "null": "null", "nothing": "",
	} {
		client, err := cimd.ParseDocument([]byte(body))
		if _, named := errors.AsType[*oauth.Error](err); err == nil || named || client.ID != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsIgnored(t *testing.T) {
	client, err := cimd.ParseDocument([]byte(document(someID,
		`"grant_types":["authorization_code","refresh_token","urn:ietf:params:oauth:grant-type:jwt-bearer"]`,
		`"scope":"admin","trusted":true,"default_max_age":"x"`, `"logo_uri":"http://client.example/logo.svg"`, `"tos_uri":"javascript:x"`,
		`"client_uri":"https://client.example"`, `"application_type":"spaceship"`,
	)))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(client.GrantTypes, []string{"authorization_code", "refresh_token"}) || client.Scopes != nil || client.Verified || client.MCPServers != nil {
		t.Errorf("%+v", client)
	}
	if client.LogoURI != "" || client.TosURI != "" || client.URI != "https://client.example" || client.ApplicationType != "" {
		t.Errorf("links %+v", client)
	}
	code, err := cimd.ParseDocument([]byte(document(someID, `"grant_types":["authorization_code"]`)))
	if err != nil || code.Allows(oauth.GrantRefreshToken) {
		t.Errorf("%+v, %v", code, err)
	}
	open, err := cimd.ParseDocument([]byte(document(someID)))
	if err != nil || !open.Allows(oauth.GrantRefreshToken) || !open.Allows(oauth.GrantAuthorizationCode) || open.Allows(oauth.GrantClientCredentials) {
		t.Errorf("%+v, %v", open, err)
	}
}

// TestAttackM13: the digest changes with what the user agrees to, and with
// nothing else.
func TestAttackM13(t *testing.T) {
	read := func(body string) string {
		client, err := cimd.ParseDocument([]byte(body))
		if err != nil || len(client.Digest) != 43 {
			t.Fatalf("%s: %q, %v", body, client.Digest, err)
		}
		return client.Digest
	}
	first := read(document(someID, `"logo_uri":"https://client.example/a.png"`, inlineKeys))
	same := `{ "x_unknown":1, "jwks":{"keys":[` + strings.Replace(publicKey, `"kid"`, `"x5t":"x","kid"`, 1) + `]}, "logo_uri":"https://client.example/a.png",` + document(someID)[1:]
	if read(same) != first {
		t.Error("order, spelling or unknown members changed the digest")
	}
	seen := map[string]string{first: "the first"}
	for name, body := range map[string]string{
		"redirect host": strings.Replace(document(someID, `"logo_uri":"https://client.example/a.png"`, inlineKeys), "app.example", "evil.example", 1),
		"name":          strings.Replace(document(someID, `"logo_uri":"https://client.example/a.png"`, inlineKeys), `"Example"`, `"Exampel"`, 1),
		"logo":          document(someID, `"logo_uri":"https://client.example/b.png"`, inlineKeys),
		"no keys":       document(someID, `"logo_uri":"https://client.example/a.png"`),
		"key":           document(someID, `"logo_uri":"https://client.example/a.png"`, strings.Replace(inlineKeys, `"one"`, `"two"`, 1)),
		"key address":   document(someID, `"logo_uri":"https://client.example/a.png"`, remoteKeys),
		"auth method":   document(someID, `"logo_uri":"https://client.example/a.png"`, inlineKeys, `"token_endpoint_auth_method":"private_key_jwt"`),
		"auth methods":  document(someID, `"logo_uri":"https://client.example/a.png"`, inlineKeys, `"token_endpoint_auth_methods_supported":["private_key_jwt","none"]`),
		"client_uri":    document(someID, `"logo_uri":"https://client.example/a.png"`, inlineKeys, `"client_uri":"https://client.example"`),
		"policy_uri":    document(someID, `"logo_uri":"https://client.example/a.png"`, inlineKeys, `"policy_uri":"https://client.example"`),
		"tos_uri":       document(someID, `"logo_uri":"https://client.example/a.png"`, inlineKeys, `"tos_uri":"https://client.example"`),
	} {
		if other, ok := seen[read(body)]; ok {
			t.Errorf("%s: same digest as %s", name, other)
		}
		seen[read(body)] = name
	}
}

func FuzzParseDocument(f *testing.F) {
	f.Add([]byte(document(someID, inlineKeys, `"token_endpoint_auth_method":"private_key_jwt"`)))
	f.Add([]byte(document(someID, remoteKeys, `"token_endpoint_auth_methods_supported":["none","private_key_jwt"]`)))
	f.Add([]byte(`{"client_id":"x","CLIENT_ID":"y"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		client, err := cimd.ParseDocument(body)
		if err != nil {
			if client.ID != "" || client.RedirectURIs != nil {
				t.Fatalf("%+v beside %v", client, err)
			}
			return
		}
		if client.ID == "" || client.Name == "" || len(client.RedirectURIs) == 0 || client.Digest == "" || client.Kind != oauth.MetadataDocument {
			t.Fatalf("%+v", client)
		}
		if client.AuthMethod.Secret() || !client.Accepts(client.AuthMethod) || !client.Accepts(oauth.AuthNone) && !client.Accepts(oauth.AuthPrivateKeyJWT) {
			t.Fatalf("methods %s %v", client.AuthMethod, client.AuthMethods)
		}
		if _, err := client.Match(client.RedirectURIs[0]); err != nil {
			t.Fatalf("its own redirect URI: %v", err)
		}
		// The grant keeps the client as JSON.
		kept, err := json.Marshal(client)
		var back oauth.Client
		if err != nil || json.Unmarshal(kept, &back) != nil || back.Digest != client.Digest {
			t.Fatalf("kept as %s: %v", kept, err)
		}
	})
}
