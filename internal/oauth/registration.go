package oauth

// Dynamic client registration, RFC 7591: the request as the server understood
// it and the answer that says so. A registration is a stranger's word: nothing
// in it grants anything, and members that would are not even read.

import (
	"net/http"
	"slices"
)

// Limits of a registration.
const (
	maxRegistration = 64 << 10
	maxRedirectURIs = 20
	maxListEntries  = 50
	// Deep enough also for members of others that are ignored.
	maxRegistrationDepth = 32
)

// A RegistrationRequest is a registration with its effective values: what was
// omitted has its default, what the server does not do is left out.
type RegistrationRequest struct {
	RedirectURIs    []string
	AuthMethod      AuthMethod
	GrantTypes      []string
	ResponseTypes   []string
	Scope           Scopes // asked for; a wish and no permission
	ClientName      string // as it is shown, see [DisplayName]
	ClientURI       string
	LogoURI         string
	TosURI          string
	PolicyURI       string
	JWKSURI         string // only with private_key_jwt
	ApplicationType string
	SoftwareID      string
	SoftwareVersion string
}

// ParseRegistration reads the body of a registration. Unknown members are
// ignored; null and "" are the same as an omitted member (clients in the wild
// send both); a member of the wrong type refuses the registration and is
// named. So does one forbidden redirect URI: a registration without it would
// fail later, where nobody sees why.
func ParseRegistration(body []byte) (RegistrationRequest, *Error) {
	if len(body) > maxRegistration {
		return RegistrationRequest{}, E(InvalidClientMetadata, "metadata_too_large",
			"The registration is larger than 64 KB.").WithStatus(http.StatusRequestEntityTooLarge)
	}
	object, err := StrictObject(body, maxRegistrationDepth)
	if err != nil {
		return RegistrationRequest{}, errMetadata("Not understood: " + err.Error() + ".")
	}
	m := members{object: object}
	r := RegistrationRequest{
		RedirectURIs:    m.strings("redirect_uris"),
		AuthMethod:      AuthMethod(m.string("token_endpoint_auth_method")),
		GrantTypes:      m.strings("grant_types"),
		ResponseTypes:   m.strings("response_types"),
		ClientName:      DisplayName(m.string("client_name")),
		ClientURI:       httpsOnly(m.string("client_uri")),
		LogoURI:         httpsOnly(m.string("logo_uri")),
		TosURI:          httpsOnly(m.string("tos_uri")),
		PolicyURI:       httpsOnly(m.string("policy_uri")),
		JWKSURI:         m.string("jwks_uri"),
		ApplicationType: m.string("application_type"),
		SoftwareID:      m.string("software_id"),
		SoftwareVersion: m.string("software_version"),
	}
	scope := m.string("scope")
	if m.err == nil {
		m.err = r.complete(scope, m.has("jwks"))
	}
	if m.err != nil {
		return RegistrationRequest{}, m.err
	}
	return r, nil
}

// complete checks the parts in order and fills in the effective values.
func (r *RegistrationRequest) complete(scope string, inlineKeys bool) *Error {
	checks := []func() *Error{
		r.checkRedirectURIs,
		r.completeGrantTypes,
		r.completeResponseTypes,
		func() *Error { return r.completeAuthMethod(inlineKeys) },
		func() *Error { return r.completeScope(scope) },
	}
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	if r.ApplicationType != "web" && r.ApplicationType != "native" {
		r.ApplicationType = ""
	}
	return nil
}

func (r *RegistrationRequest) checkRedirectURIs() *Error {
	if len(r.RedirectURIs) == 0 {
		return E(InvalidRedirectURI, "redirect_uris_missing", "The member redirect_uris needs at least one URI.")
	}
	if len(r.RedirectURIs) > maxRedirectURIs {
		return E(InvalidRedirectURI, "redirect_uris_too_many", "The member redirect_uris has more than 20 URIs.")
	}
	for _, s := range r.RedirectURIs {
		if _, err := parseRedirectURI(s); err != nil {
			return errRedirectURI(s, err)
		}
	}
	r.RedirectURIs = unique(r.RedirectURIs)
	return nil
}

// completeGrantTypes keeps what a registered client can have: clients list
// grant types of other servers too. Omitted means both, since MCP clients that
// say nothing expect to stay signed in.
func (r *RegistrationRequest) completeGrantTypes() *Error {
	both := []string{GrantAuthorizationCode, GrantRefreshToken}
	if len(r.GrantTypes) == 0 {
		r.GrantTypes = both
		return nil
	}
	if !slices.Contains(r.GrantTypes, GrantAuthorizationCode) {
		return errMetadata("The member grant_types must include authorization_code.")
	}
	asked := r.GrantTypes
	r.GrantTypes = slices.DeleteFunc(both, func(g string) bool { return !slices.Contains(asked, g) })
	return nil
}

func (r *RegistrationRequest) completeResponseTypes() *Error {
	if len(r.ResponseTypes) > 0 && !slices.Contains(r.ResponseTypes, ResponseTypeCode) {
		return errMetadata("The member response_types must include code.")
	}
	r.ResponseTypes = []string{ResponseTypeCode}
	return nil
}

// completeAuthMethod applies the default of RFC 7591 §2. Inline keys are
// refused: the client id is all that is kept of a registration, and keys that
// cannot be rotated do not belong into it.
func (r *RegistrationRequest) completeAuthMethod(inlineKeys bool) *Error {
	if inlineKeys {
		return errMetadata("The member jwks is not supported; use jwks_uri, or a client id metadata document.")
	}
	if r.AuthMethod == "" {
		r.AuthMethod = AuthClientSecretBasic
	}
	if !r.AuthMethod.Known() {
		return errMetadata("The member token_endpoint_auth_method must be none, client_secret_basic, client_secret_post or private_key_jwt.")
	}
	if r.AuthMethod != AuthPrivateKeyJWT {
		r.JWKSURI = ""
		return nil
	}
	// It is fetched by the rules for client documents, http on a loopback host too.
	if _, err := ParseClientIDURL(r.JWKSURI); err != nil {
		return errMetadata("The member jwks_uri must be an https URL when token_endpoint_auth_method is private_key_jwt.")
	}
	return nil
}

func (r *RegistrationRequest) completeScope(scope string) *Error {
	list, err := ParseScope(scope)
	if err != nil {
		return errMetadata("The member scope is malformed.").With(err)
	}
	r.Scope = list
	return nil
}

func errMetadata(description string) *Error {
	return E(InvalidClientMetadata, "metadata_invalid", description)
}

// httpsOnly drops a link that is no https URL. Such members are decoration:
// losing one costs a client nothing, showing one would put a stranger's
// javascript: or http: link onto our page.
func httpsOnly(s string) string {
	if u, err := parseURI(s); err != nil || u.scheme != "https" || !u.slashes {
		return ""
	}
	return s
}

// unique drops repetitions and keeps the order; the lists are short.
func unique(list []string) []string {
	var kept []string
	for _, s := range list {
		if !slices.Contains(kept, s) {
			kept = append(kept, s)
		}
	}
	return kept
}
