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
// is sealed for a client that may do so: see oauth.Client.Binding.
func (h *Handler) publicDocument(req *request, id string) (oauth.Client, error) {
	strict := oauth.Client{ID: id, Kind: oauth.MetadataDocument, AuthMethod: oauth.AuthPrivateKeyJWT}
	if h.presents(req, strict.Binding()) != nil {
		return oauth.Client{}, invalidClient("client_auth_missing")
	}
	return oauth.Client{ID: id, Kind: oauth.MetadataDocument, AuthMethod: oauth.AuthNone}, nil
}

// consentedDocument reads the client from the grant that the request is about.
func (h *Handler) consentedDocument(req *request, id string) (oauth.Client, error) {
	strict := oauth.Client{ID: id, Kind: oauth.MetadataDocument, AuthMethod: oauth.AuthPrivateKeyJWT}
	found := h.presents(req, strict.Binding())
	if found == nil {
		found = h.presents(req, id)
	}
	if found == nil {
		return oauth.Client{}, grantUnknown(req)
	}
	g, err := h.Store.FindGrant(req.ctx, *found)
	if errors.Is(err, store.ErrNotFound) {
		return oauth.Client{}, grantUnknown(req)
	}
	if err != nil {
		return oauth.Client{}, unavailable("store_unavailable", err)
	}
	var client oauth.Client
	if err := json.Unmarshal(g.ClientJSON, &client); err != nil || client.ID != id {
		return oauth.Client{}, invalidClient("client_unknown")
	}
	return client, nil
}

// grantUnknown refuses a client that signs and presents nothing that was granted to
// it. There is no key to verify it by, but what is wrong is the code or the token: a
// client takes invalid_grant as word to sign in again, and invalid_client as word
// that it is not wanted. At revocation there is no such error (RFC 7009 §2.2.1).
func grantUnknown(req *request) *oauth.Error {
	switch req.params.Get("grant_type") {
	case oauth.GrantRefreshToken:
		return refreshRefused("refresh_token_unknown")
	case oauth.GrantAuthorizationCode:
		return codeRefused("code_unknown")
	default:
		return invalidClient("client_unknown")
	}
}

// presents gives the grant of the code or refresh token in the request, nil if
// there is none that is sealed for this binding.
func (h *Handler) presents(req *request, binding string) *store.FindGrant {
	if id, err := h.codes.Open(req.params.Get("code"), h.Epoch, binding); err == nil {
		return &store.FindGrant{CodeID: id}
	}
	for _, name := range []string{"refresh_token", "token"} { // the latter at revocation
		if raw, _, err := h.refresh.Open(req.params.Get(name), h.Epoch, binding); err == nil {
			family := store.FamilyID(raw)
			return &store.FindGrant{Family: &family}
		}
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
