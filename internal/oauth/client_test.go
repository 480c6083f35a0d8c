package oauth_test

import (
	"testing"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

func TestClientAllows(t *testing.T) {
	for _, tt := range []struct {
		grants []string
		asked  string
		want   bool
	}{
		{nil, "authorization_code", true},
		{nil, "refresh_token", true},
		{nil, "client_credentials", false},
		{nil, "", false},
		{[]string{}, "authorization_code", false},
		{[]string{"authorization_code"}, "refresh_token", false},
		{[]string{"client_credentials"}, "client_credentials", true},
	} {
		if got := (&oauth.Client{GrantTypes: tt.grants}).Allows(tt.asked); got != tt.want {
			t.Errorf("%v allows %q = %v", tt.grants, tt.asked, got)
		}
	}
}

func TestClientPublic(t *testing.T) {
	for method, want := range map[oauth.AuthMethod]bool{
		"": false, oauth.AuthNone: true, oauth.AuthClientSecretBasic: false, oauth.AuthClientSecretPost: false, oauth.AuthPrivateKeyJWT: false,
	} {
		if got := (&oauth.Client{AuthMethod: method}).Public(); got != want {
			t.Errorf("%q public = %v", method, got)
		}
		if method.Known() != (method != "") {
			t.Errorf("%q known = %v", method, method.Known())
		}
	}
}
