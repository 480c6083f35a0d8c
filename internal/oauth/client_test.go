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

func TestClientAccepts(t *testing.T) {
	one := oauth.Client{AuthMethod: oauth.AuthPrivateKeyJWT}
	either := oauth.Client{AuthMethod: oauth.AuthPrivateKeyJWT, AuthMethods: []oauth.AuthMethod{oauth.AuthNone, oauth.AuthPrivateKeyJWT}}
	var unset oauth.Client
	for _, c := range []struct {
		name   string
		client oauth.Client
		method oauth.AuthMethod
		want   bool
	}{
		{"its only method", one, oauth.AuthPrivateKeyJWT, true},
		{"another than its only method", one, oauth.AuthNone, false},
		{"the preferred of two", either, oauth.AuthPrivateKeyJWT, true},
		{"the other of two", either, oauth.AuthNone, true},
		{"none of two", either, oauth.AuthClientSecretPost, false},
		{"no method was set", unset, oauth.AuthNone, false},
	} {
		if got := c.client.Accepts(c.method); got != c.want {
			t.Errorf("%s: Accepts(%q) = %v", c.name, c.method, got)
		}
	}
	if either.Public() {
		t.Error("a client that prefers to authenticate counts as public")
	}
}
