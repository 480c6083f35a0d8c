// What the checks of discovery and registration mean.
package knownclients

import (
	"mime"
	"net/url"
	"slices"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// rules is the vocabulary. The names say what must hold.
var rules = map[Check]rule{
	"resource-exact":           {StepResource, "requires resource to be the URL that its user typed, byte by byte", resourceExact},
	"resource-same":            {StepResource, "requires resource to be the URL that its user typed, but for a trailing slash", resourceSame},
	"resource-covers":          {StepResource, "requires resource to have the origin of the MCP server and a path that its URL begins with", resourceCovers},
	"resource-json":            {StepResource, "requires the content type of protected resource metadata to be application/json", resourceJSON},
	"resource-direct":          {StepResource, "follows no redirect of protected resource metadata to another origin", resourceDirect},
	"server-json":              {StepServer, "requires the content type of the metadata to be application/json", serverJSON},
	"server-direct":            {StepServer, "follows no redirect of the metadata to another origin", serverDirect},
	"server-no-nulls":          {StepServer, "refuses metadata with a member that is null", serverNoNulls},
	"issuer-exact":             {StepServer, "requires issuer to be the entry of authorization_servers, byte by byte", issuerExact},
	"issuer-but-slash":         {StepServer, "requires issuer to be the entry of authorization_servers, but for a trailing slash", issuerButSlash},
	"issuer-but-root-slash":    {StepServer, "requires issuer to be the entry of authorization_servers, but for the slash of a URL without a path", issuerButRootSlash},
	"issuer-exact-or-shorter":  {StepServer, "requires issuer to be the entry of authorization_servers, which may have one slash more at its end", issuerShorter},
	"issuer-present":           {StepServer, "requires an issuer, whatever it is", issuerPresent},
	"s256-listed":              {StepServer, "requires code_challenge_methods_supported to list S256", s256Listed},
	"challenge-methods-listed": {StepServer, "requires code_challenge_methods_supported to list something", challengeMethodsListed},
	"s256-unless-unlisted":     {StepServer, "takes a missing code_challenge_methods_supported for S256, and refuses a list without it", s256UnlessUnlisted},
	"response-type-code":       {StepServer, "requires response_types_supported to list code", responseTypeCode},
	"endpoints-secure":         {StepServer, "requires endpoints to be https, or loopback", endpointsSecure},
	"oidc-document-complete":   {StepServer, "reads a document at openid-configuration only if it has all that OpenID Connect requires", oidcComplete},
	"registration-direct":      {StepRegistration, "follows no redirect of the registration to another origin", registrationDirect},
	"registration-no-nulls":    {StepRegistration, "refuses a registration with a member that is null", registrationNoNulls},
	"registration-echoes-uris": {StepRegistration, "requires redirect_uris in the answer to its registration", registrationEchoesURIs},
	"registration-keeps-auth":  {StepRegistration, "requires the registered token_endpoint_auth_method to be the one it asked for", registrationKeepsAuth},
	"iss-when-present":         {StepAuthorization, "compares iss if it is there", issWhenPresent},
	"iss-when-promised":        {StepAuthorization, "requires iss where the metadata promises it", issWhenPromised},
	"iss-only-if-promised":     {StepAuthorization, "refuses an iss that the metadata does not promise", issOnlyIfPromised},
	"token-direct":             {StepToken, "follows no redirect of the token request to another origin", tokenDirect},
	"token-no-nulls":           {StepToken, "refuses a token response with a member that is null", tokenNoNulls},
	"token-type":               {StepToken, "requires token_type", tokenType},
	"token-type-bearer":        {StepToken, "requires token_type to be Bearer, in any case", tokenTypeBearer},
	"scope-not-exceeded":       {StepToken, "refuses a token with a scope that it did not ask for", scopeNotExceeded},
	"dead-refresh-token":       {StepRefresh, "signs in again only if a dead refresh token is answered by 400 or 401 with invalid_grant", deadRefreshToken},
	"replay-survives":          {StepRefresh, "sometimes sends a refresh token twice, and is signed out where that ends the login", replaySurvives},
}

func resourceExact(v *view) *fault {
	if got := text(v.resource, "resource"); got != v.typed() {
		return faultf("Set resource in "+v.resourceURL+" to "+v.typed()+".", "resource is %q, its user typed %q", got, v.typed())
	}
	return nil
}

func resourceSame(v *view) *fault {
	got, err := oauth.CanonicalResource(text(v.resource, "resource"))
	want, wantErr := oauth.CanonicalResource(v.facts.MCPServer)
	if err != nil || wantErr != nil || got != want {
		return resourceExact(v)
	}
	return nil
}

func resourceCovers(v *view) *fault {
	got, err := url.Parse(text(v.resource, "resource"))
	want, wantErr := url.Parse(v.facts.MCPServer)
	if err != nil || wantErr != nil || got.Scheme != want.Scheme || got.Host != want.Host ||
		!strings.HasPrefix(strings.TrimSuffix(want.Path, "/")+"/", strings.TrimSuffix(got.Path, "/")+"/") {
		return resourceExact(v)
	}
	return nil
}

func resourceJSON(v *view) *fault { return isJSON(v.resourceAnswer, v.resourceURL) }
func serverJSON(v *view) *fault   { return isJSON(v.serverAnswer, v.serverURL) }

func isJSON(a Answer, at string) *fault {
	got := a.Header.Get("Content-Type")
	kind, _, err := mime.ParseMediaType(got)
	if err != nil || kind != "application/json" {
		return faultf("Answer "+at+" with Content-Type: application/json.", "its content type is %q", got)
	}
	return nil
}

func resourceDirect(v *view) *fault { return direct(v.resourceRedirect, "the metadata") }
func serverDirect(v *view) *fault   { return direct(v.serverRedirect, "the metadata") }

func direct(from, what string) *fault {
	if from == "" {
		return nil
	}
	return faultf("Answer "+from+" itself instead of redirecting.", "%s redirects to %s", from, what)
}

func serverNoNulls(v *view) *fault { return noNulls(v.server, v.serverURL) }

func noNulls(o map[string]any, at string) *fault {
	for _, name := range sortedNames(o) {
		if o[name] == nil {
			return faultf("Leave the member "+name+" out of "+at+" instead of writing null.", "the member %s is null", name)
		}
	}
	return nil
}

func issuerExact(v *view) *fault {
	if got := text(v.server, "issuer"); got != v.issuer {
		return issuerDiffers(v, got)
	}
	return nil
}

func issuerButSlash(v *view) *fault {
	if got := text(v.server, "issuer"); strings.TrimSuffix(got, "/") != strings.TrimSuffix(v.issuer, "/") {
		return issuerDiffers(v, got)
	}
	return nil
}

func issuerButRootSlash(v *view) *fault {
	root := func(s string) string {
		if u, err := url.Parse(s); err == nil && u.Path == "/" {
			return strings.TrimSuffix(s, "/")
		}
		return s
	}
	if got := text(v.server, "issuer"); root(got) != root(v.issuer) {
		return issuerDiffers(v, got)
	}
	return nil
}

func issuerShorter(v *view) *fault {
	if got := text(v.server, "issuer"); got != v.issuer && got != strings.TrimSuffix(v.issuer, "/") {
		return issuerDiffers(v, got)
	}
	return nil
}

func issuerDiffers(v *view, got string) *fault {
	return faultf("Make issuer and the entry of authorization_servers in the protected resource metadata the same string: write "+v.issuer+" in "+v.serverURL+".",
		"issuer is %q, expected %q", got, v.issuer)
}

func issuerPresent(v *view) *fault {
	if text(v.server, "issuer") == "" {
		return faultf("Add issuer to "+v.serverURL+".", "there is no issuer")
	}
	return nil
}

func s256Listed(v *view) *fault {
	if !slices.Contains(list(v.server, "code_challenge_methods_supported"), "S256") {
		return faultf(`Add "code_challenge_methods_supported": ["S256"] to `+v.serverURL+".", "code_challenge_methods_supported does not list S256")
	}
	return nil
}

func challengeMethodsListed(v *view) *fault {
	if len(list(v.server, "code_challenge_methods_supported")) == 0 {
		return s256Listed(v)
	}
	return nil
}

func s256UnlessUnlisted(v *view) *fault {
	if _, there := v.server["code_challenge_methods_supported"]; there {
		return s256Listed(v)
	}
	return nil
}

func responseTypeCode(v *view) *fault {
	if !slices.Contains(list(v.server, "response_types_supported"), "code") {
		return faultf(`Add "response_types_supported": ["code"] to `+v.serverURL+".", "response_types_supported does not list code")
	}
	return nil
}

func endpointsSecure(v *view) *fault {
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "registration_endpoint"} {
		if endpoint := text(v.server, name); endpoint != "" && !secure(endpoint) {
			return faultf("Publish "+name+" with https in "+v.serverURL+".", "%s is %q", name, endpoint)
		}
	}
	return nil
}

// secure reports whether a URL may carry secrets.
func secure(target string) bool {
	u, err := url.Parse(target)
	if err != nil {
		return false
	}
	host := u.Hostname()
	return u.Scheme == "https" || u.Scheme == "http" && (host == "localhost" || host == "127.0.0.1" || host == "::1")
}

func oidcComplete(v *view) *fault {
	if !strings.Contains(v.serverURL, "openid-configuration") {
		return nil
	}
	for _, name := range []string{"jwks_uri", "subject_types_supported", "id_token_signing_alg_values_supported"} {
		if _, there := v.server[name]; !there {
			return faultf("Serve the metadata at oauth-authorization-server, or add "+name+" to "+v.serverURL+".", "the OpenID Connect document has no %s", name)
		}
	}
	return nil
}
