package token

import (
	"encoding/json"
	"errors"

	"github.com/symbolon-auth/symbolon/internal/clientassert"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// find finds the client that the credentials name. Tokens never depend on the host
// of a client's metadata document: such a client is what its grant keeps of it, the
// document that the user consented to.
func (h *Handler) find(req *request, c credentials) (oauth.Client, error) {
	if req.snap.Blocked(c.id) {
		return oauth.Client{}, invalidClient("client_blocked")
	}
	if _, ok := req.snap.Client(c.id); ok || !isDocument(c.id) {
		return h.Clients.Client(req.ctx, req.snap, c.id)
	}
	if c.assertion == nil {
		return h.publicDocument(req, c.id)
	}
	return h.consentedDocument(req, c.id)
}

func isDocument(clientID string) bool {
	return len(clientID) > 8 && (clientID[:8] == "https://" || clientID[:7] == "http://")
}

// publicDocument is a client that presents nothing but its id. What it may redeem
// is sealed for a client that may do so: see oauth.Client.Binding. An access token
// says nothing of that, so its grant is asked.
func (h *Handler) publicDocument(req *request, id string) (oauth.Client, error) {
	if h.sealedFor(req, demandsKeys(id)) != nil {
		return oauth.Client{}, invalidClient("client_auth_missing")
	}
	public := oauth.Client{ID: id, Kind: oauth.MetadataDocument, AuthMethod: oauth.AuthNone}
	if req.about != aboutToken || h.grantOf(req.params.Get(aboutToken)) == "" {
		return public, nil
	}
	g, err := h.granted(req, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return oauth.Client{}, unavailable("store_unavailable", err)
	}
	if client, ok := consented(g, id); ok {
		return client, nil
	}
	return public, nil // and the token is somebody else's
}

// consentedDocument reads the client from the grant that the request is about.
func (h *Handler) consentedDocument(req *request, id string) (oauth.Client, error) {
	g, err := h.granted(req, id)
	if errors.Is(err, store.ErrNotFound) {
		return oauth.Client{}, grantUnknown(req)
	}
	if err != nil {
		return oauth.Client{}, unavailable("store_unavailable", err)
	}
	client, ok := consented(g, id)
	if !ok {
		return oauth.Client{}, grantUnknown(req)
	}
	return client, nil
}

// consented is the client as its user agreed to it.
func consented(g store.Grant, id string) (oauth.Client, bool) {
	var client oauth.Client
	err := json.Unmarshal(g.ClientJSON, &client)
	return client, err == nil && client.ID == id
}

// grantUnknown refuses a client that signs and presents nothing that was granted to
// it. There is no key to verify it by, but what is wrong is the code or the token: a
// client takes invalid_grant as word to sign in again, and invalid_client as word
// that it is not wanted. At revocation there is no such error (RFC 7009 §2.2.1).
func grantUnknown(req *request) *oauth.Error {
	switch req.about {
	case aboutRefreshToken:
		return refreshRefused("refresh_token_unknown")
	case aboutCode:
		return codeRefused("code_unknown")
	default:
		return invalidClient("client_unknown")
	}
}

// What a request is about: the parameter whose value was granted to the client.
// Others are not looked at: a code that somebody kept must not choose the keys by
// which a refresh token is proven.
const (
	aboutCode         = "code"
	aboutRefreshToken = "refresh_token"
	aboutToken        = "token" // at revocation, a refresh or an access token
)

var aboutOf = map[string]string{
	oauth.GrantAuthorizationCode: aboutCode,
	oauth.GrantRefreshToken:      aboutRefreshToken,
}

// demandsKeys is the binding of what was granted to a client that demands keys.
func demandsKeys(id string) string {
	c := oauth.Client{ID: id, Kind: oauth.MetadataDocument, AuthMethod: oauth.AuthPrivateKeyJWT}
	return c.Binding()
}

// granted reads the grant that the request is about.
func (h *Handler) granted(req *request, id string) (store.Grant, error) {
	for _, binding := range []string{demandsKeys(id), id} {
		if found := h.sealedFor(req, binding); found != nil {
			return h.Store.FindGrant(req.ctx, *found)
		}
	}
	if req.about == aboutToken {
		if grantID := h.grantOf(req.params.Get(aboutToken)); grantID != "" {
			return h.Store.Grant(req.ctx, grantID)
		}
	}
	return store.Grant{}, store.ErrNotFound
}

// sealedFor opens the code or refresh token that the request is about; nil if it is
// not sealed for this binding. No database is asked.
func (h *Handler) sealedFor(req *request, binding string) *store.FindGrant {
	value := req.params.Get(req.about)
	if req.about == aboutCode {
		if id, err := h.codes.Open(value, h.Epoch, binding); err == nil {
			return &store.FindGrant{CodeID: id}
		}
		return nil
	}
	if raw, _, err := h.refresh.Open(value, h.Epoch, binding); err == nil {
		family := store.FamilyID(raw)
		return &store.FindGrant{Family: &family}
	}
	return nil
}

// verifyAssertion proves the client by its keys. The assertion is good once: it is
// consumed in the statement that does what it asks for.
func (h *Handler) verifyAssertion(req *request, client *oauth.Client, a *clientassert.Assertion) *oauth.Error {
	keys, err := h.Keysets.Keys(req.ctx, *client, a.KeyID())
	if err != nil {
		if e, ok := errors.AsType[*oauth.Error](err); ok {
			return e
		}
		return internalError(err)
	}
	issuer := h.BaseURL
	if req.server != nil {
		issuer += "/resources/" + req.server.ID
	}
	once, refusal := a.Verify(clientassert.Expect{
		ClientID: client.ID, Audiences: []string{issuer, issuer + "/oauth/token"}, Keys: keys, Now: req.now,
	})
	if refusal != nil {
		return refusal
	}
	req.once = &once
	return nil
}

// consumeAssertion spends the assertion of a request that has no intent to do it.
func (h *Handler) consumeAssertion(req *request) *oauth.Error {
	if req.once == nil {
		return nil
	}
	first, err := h.Store.ConsumeOnce(req.ctx, *req.once, req.now)
	if err != nil {
		return unavailable("store_unavailable", err)
	}
	if !first {
		return invalidClient("assertion_replayed")
	}
	return nil
}
