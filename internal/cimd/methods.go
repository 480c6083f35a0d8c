package cimd

import (
	"slices"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Members of a document that say how the client authenticates. The second is a
// list of everything it can do, of which the first is its preference (OpenID
// Connect Relying Party Metadata Choices). ChatGPT prefers private_key_jwt, lists
// none as well, and uses at the token endpoint what it finds in our metadata.
const (
	memberMethod  = "token_endpoint_auth_method"
	memberMethods = "token_endpoint_auth_methods_supported"
)

// readMethods finds the methods that both sides know. A document that names none
// describes a public client: the default of RFC 7591, client_secret_basic, is not
// possible here.
func (d *document) readMethods() {
	preferred, all := d.string(memberMethod), d.strings(memberMethods)
	if d.wrong != "" {
		return
	}
	named := all
	if preferred != "" {
		named = append([]string{preferred}, all...)
	}
	for _, method := range named {
		if strings.HasPrefix(method, "client_secret_") {
			d.refuse(memberMethod, "must not be a method with a shared secret, nor may "+memberMethods+" list one: use none or private_key_jwt")
			return
		}
	}
	if len(named) == 0 {
		named = []string{string(oauth.AuthNone)}
	}
	d.chooseMethods(named)
}

func (d *document) chooseMethods(named []string) {
	keys := d.has("jwks") || d.client.JWKSURI != ""
	var common []oauth.AuthMethod
	for _, method := range []oauth.AuthMethod{oauth.AuthPrivateKeyJWT, oauth.AuthNone} {
		if slices.Contains(named, string(method)) && (method == oauth.AuthNone || keys) {
			common = append(common, method)
		}
	}
	switch {
	case len(common) == 0 && slices.Contains(named, string(oauth.AuthPrivateKeyJWT)):
		d.refuse("jwks_uri", "or jwks must be there for the method private_key_jwt")
	case len(common) == 0:
		d.refuse(memberMethod, "must be none or private_key_jwt")
	case len(common) > 1:
		d.client.AuthMethods = common
		fallthrough
	default:
		d.client.AuthMethod = common[0]
	}
	if len(d.client.JWKS) == 0 && d.has("jwks") && d.wrong == "" && !d.client.Accepts(oauth.AuthNone) {
		d.refuse("jwks", "has no public key for RS256, PS256, ES256 or EdDSA")
	}
}
