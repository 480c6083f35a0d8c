package cimd

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// digest identifies what a user is asked to agree to and what protects the
// answer: a login that began under one version of a document does not end under
// another. Keys behind a jwks_uri are not in it, since rotating them changes
// nothing of that; nor is the order or spelling of the JSON.
func digest(c *oauth.Client) string {
	redirects := slices.Sorted(slices.Values(c.RedirectURIs))
	grants := slices.Sorted(slices.Values(c.GrantTypes))
	body, err := json.Marshal([]any{
		c.ID, c.Name, redirects, grants, c.AuthMethod, c.AuthMethods, c.JWKS, c.JWKSURI,
		c.URI, c.LogoURI, c.PolicyURI, c.TosURI, c.ApplicationType, c.SoftwareID, c.SoftwareVersion,
	})
	if err != nil {
		panic("cimd: strings and a key set that was marshaled before: " + err.Error())
	}
	sum := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
