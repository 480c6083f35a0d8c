package knownclients_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// applicationDocument is of an application that is built on an SDK. Its host does not
// exist, so the server uses the copy that it is given.
const applicationDocument = "https://application.example/client.json"

// signer holds the key that stands in for ChatGPT's own, which nobody else has.
type signer struct {
	jose.Signer
	keys jose.JSONWebKeySet
}

func newSigner(t *testing.T) *signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s := &signer{keys: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "test", Algorithm: "RS256", Use: "sig"}}}}
	s.Signer, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "test"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sign makes an assertion as knownclients.Target wants it.
func (s *signer) sign(clientID, audience string) (string, error) {
	now := time.Now()
	return jwt.Signed(s).Claims(jwt.Claims{
		Issuer: clientID, Subject: clientID, Audience: jwt.Audience{audience}, ID: rand.Text(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Minute)),
	}).Serialize()
}

// documents is a directory with the documents that the server does not have of
// itself, or not with this key.
func (s *signer) documents(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, document := range map[string]map[string]any{
		"application.json": {
			"client_id": applicationDocument, "client_name": "An application",
			"redirect_uris": []string{"http://localhost/callback", "http://localhost/oauth/callback"},
			"grant_types":   []string{"authorization_code", "refresh_token"}, "token_endpoint_auth_method": "none",
		},
		"chatgpt.json": {
			"client_id": "https://chatgpt.com/oauth/client.json", "client_name": "ChatGPT",
			"redirect_uris": []string{"https://chatgpt.com/connector_platform_oauth_redirect"},
			"grant_types":   []string{"authorization_code", "refresh_token"}, "response_types": []string{"code"},
			"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_methods_supported": []string{"none", "private_key_jwt"},
			"token_endpoint_auth_signing_alg": "RS256", "jwks": s.keys,
		},
	} {
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
