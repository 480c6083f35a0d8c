package catalog_test

import (
	"testing"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// A client that acts for itself has a secret and needs no redirect URI; one that
// acts for users needs a redirect URI (RFC 6749 §3.1.2, §4.4).
func TestClientGrantTypes(t *testing.T) {
	secret := make([]byte, 32)
	for name, c := range map[string]struct {
		client catalog.Client
		ok     bool
	}{
		"machine":                   {catalog.Client{AuthMethod: oauth.AuthClientSecretBasic, SecretHash: secret, GrantTypes: []string{oauth.GrantClientCredentials}}, true},
		"machine without secret":    {catalog.Client{AuthMethod: oauth.AuthNone, GrantTypes: []string{oauth.GrantClientCredentials}}, false},
		"user without redirect URI": {catalog.Client{AuthMethod: oauth.AuthNone, GrantTypes: []string{oauth.GrantAuthorizationCode}}, false},
		"refresh alone":             {catalog.Client{AuthMethod: oauth.AuthClientSecretBasic, SecretHash: secret, GrantTypes: []string{oauth.GrantRefreshToken}}, false},
		"unknown":                   {catalog.Client{AuthMethod: oauth.AuthClientSecretBasic, SecretHash: secret, GrantTypes: []string{"password"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.client.ID, c.client.Name, c.client.MCPServers = "cli_x", "X", []string{"res_todo"}
			specs := append(acme(), catalog.Spec(c.client))
			if err := catalog.Validate(objects(t, specs...)); (err == nil) != c.ok {
				t.Errorf("Validate: %v", err)
			}
		})
	}
}
