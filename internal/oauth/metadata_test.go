package oauth_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// An empty member is left out, whatever it is, and no member is misspelled:
// the names are those of RFC 8414 §2, RFC 9207, RFC 9728 and the drafts.
func TestMetadataMembers(t *testing.T) {
	for _, tt := range []struct {
		empty any
		min   string
		names string
	}{
		{oauth.Metadata{}, `{"issuer":""}`, `issuer authorization_endpoint token_endpoint jwks_uri registration_endpoint scopes_supported
			response_types_supported response_modes_supported grant_types_supported token_endpoint_auth_methods_supported
			token_endpoint_auth_signing_alg_values_supported revocation_endpoint revocation_endpoint_auth_methods_supported
			introspection_endpoint introspection_endpoint_auth_methods_supported code_challenge_methods_supported
			authorization_response_iss_parameter_supported client_id_metadata_document_supported service_documentation`},
		{oauth.ProtectedResource{}, `{"resource":""}`, `resource authorization_servers jwks_uri scopes_supported bearer_methods_supported resource_name
			resource_documentation resource_policy_uri resource_tos_uri`},
	} {
		if got, err := json.Marshal(tt.empty); err != nil || string(got) != tt.min {
			t.Errorf("empty = %s, %v", got, err)
		}
		full := reflect.New(reflect.TypeOf(tt.empty)).Elem()
		fill(full)
		body, err := json.Marshal(full.Interface())
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]any
		if err := json.Unmarshal(body, &members); err != nil {
			t.Fatal(err)
		}
		want := strings.Fields(tt.names)
		if len(members) != len(want) {
			t.Errorf("%d members, want %d", len(members), len(want))
		}
		for _, name := range want {
			if _, ok := members[name]; !ok {
				t.Errorf("%s is missing in %s", name, body)
			}
		}
		// Empty lists are as good as none.
		list := reflect.New(reflect.TypeOf(tt.empty)).Elem()
		for _, f := range list.Fields() {
			if f.Kind() == reflect.Slice {
				f.Set(reflect.MakeSlice(f.Type(), 0, 0))
			}
		}
		if got, _ := json.Marshal(list.Interface()); string(got) != tt.min {
			t.Errorf("empty lists = %s", got)
		}
	}
}

// fill gives every field a value other than zero.
func fill(v reflect.Value) {
	for _, f := range v.Fields() {
		switch f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Slice:
			s := reflect.MakeSlice(f.Type(), 1, 1)
			s.Index(0).SetString("x")
			f.Set(s)
		}
	}
}

func TestTokenResponse(t *testing.T) {
	body, err := json.Marshal(oauth.TokenResponse{AccessToken: "a", TokenType: oauth.TokenTypeBearer, ExpiresIn: 3600})
	if err != nil || string(body) != `{"access_token":"a","token_type":"Bearer","expires_in":3600}` {
		t.Errorf("body = %s, %v", body, err)
	}
}
