package token

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/clientassert"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// basic are the credentials of an Authorization: Basic header, as sent.
type basic struct{ id, secret string }

// readBasic reads the header. Other schemes are no client authentication here: two
// SDKs send their old bearer token along.
func readBasic(h http.Header) (*basic, *oauth.Error) {
	var found *basic
	for _, value := range h.Values("Authorization") {
		scheme, encoded, _ := strings.Cut(value, " ")
		if !strings.EqualFold(scheme, "Basic") {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if err != nil || found != nil {
			return nil, oauth.E(oauth.InvalidRequest, "parameter_malformed", "The Authorization header is malformed.")
		}
		found = splitBasic(string(raw))
	}
	return found, nil
}

// splitBasic divides at the first colon (RFC 7617 §2), or at the last one if the id
// is a URL that its client did not percent-encode.
func splitBasic(s string) *basic {
	cut := strings.IndexByte(s, ':')
	if strings.HasPrefix(s, "https://") {
		cut = strings.LastIndexByte(s, ':')
	}
	if cut < 0 {
		return &basic{id: s}
	}
	return &basic{s[:cut], s[cut+1:]}
}

// decoded is the credential percent-decoded. RFC 6749 §2.3.1 asks clients to
// encode; half of them do not, so both spellings count.
func decoded(s string) string {
	if d, err := url.QueryUnescape(s); err == nil {
		return d
	}
	return s
}

// credentials is what the client presented, by whichever method.
type credentials struct {
	id        string
	secrets   []string // spellings of one secret; none = no secret was sent
	assertion *clientassert.Assertion
}

var errTwoMethods = oauth.E(oauth.InvalidRequest, "client_auth_multiple", "Authenticate by one method only.")

// credentials collects the client id and at most one secret.
func (req *request) credentials() (credentials, *oauth.Error) {
	id, secret := req.params.Get("client_id"), req.params.Get("client_secret")
	if req.params.Has("client_assertion") || req.params.Has("client_assertion_type") {
		if req.basic != nil || secret != "" {
			return credentials{}, errTwoMethods
		}
		return req.assertion(id)
	}
	if req.basic == nil {
		if id == "" {
			return credentials{}, invalidClient("client_auth_missing")
		}
		c := credentials{id: id}
		if secret != "" {
			c.secrets = []string{secret}
		}
		return c, nil
	}
	if secret != "" {
		return credentials{}, errTwoMethods
	}
	c := credentials{id: decoded(req.basic.id)}
	if id != "" && id != c.id {
		return credentials{}, errTwoMethods
	}
	// A public client that was told to use Basic sends an empty secret.
	if req.basic.secret != "" {
		c.secrets = []string{req.basic.secret, decoded(req.basic.secret)}
	}
	return c, nil
}

// match returns the one of the hashes that the presented secret has, nil if none. It
// compares in constant time, and does the same work whatever the outcome and however
// many hashes there are, so that nobody learns either.
func (c credentials) match(hashes [][]byte) []byte {
	found := -1
	for _, secret := range c.secrets {
		sum := sha256.Sum256([]byte(secret))
		for i := range oauth.MaxSecrets {
			var none [sha256.Size]byte
			hash, is := none[:], 0
			if i < len(hashes) {
				hash, is = hashes[i], 1
			}
			found = subtle.ConstantTimeSelect(is&subtle.ConstantTimeCompare(sum[:], hash), i, found)
		}
	}
	if found < 0 {
		return nil
	}
	return hashes[found]
}

func invalidClient(reason string) *oauth.Error {
	return oauth.E(oauth.InvalidClient, reason, "The client is unknown or its authentication failed.")
}

// assertion reads a private_key_jwt assertion (RFC 7523 §2.2), which names its
// client itself; a client_id beside it must agree.
func (req *request) assertion(id string) (credentials, *oauth.Error) {
	a, refusal := clientassert.Parse(req.params.Get("client_assertion_type"), req.params.Get("client_assertion"))
	if refusal != nil {
		return credentials{}, refusal
	}
	if id != "" && id != a.ClientID() {
		return credentials{}, errTwoMethods
	}
	return credentials{id: a.ClientID(), assertion: a}, nil
}

// failed counts a secret that proved nothing, also one for a client that does not
// exist: otherwise counting would tell which clients do. A source that guesses
// learns after a while that it has to wait, and no longer whether it was wrong. The
// right secret is never made to wait: behind one address may be a whole company.
func (h *Handler) failed(req *request, c credentials, refusal *oauth.Error) *oauth.Error {
	if len(c.secrets) == 0 || refusal.HTTPStatus() != http.StatusUnauthorized {
		return refusal
	}
	if req.wait = h.Guesses.Wait(req.source, c.id, req.now); req.wait > 0 {
		return oauth.E(oauth.TemporarilyUnavailable, "too_many_requests",
			"Too many wrong secrets were presented for this client from your address. Wait, then try again.").WithStatus(http.StatusTooManyRequests)
	}
	h.Guesses.Failed(req.source, c.id, req.now)
	return refusal
}

// authenticate proves the client. Unknown client and wrong secret are one answer,
// after the same work; a client that must not authenticate but does, or must and
// does not, is refused too.
func (h *Handler) authenticate(req *request) *oauth.Error {
	c, refusal := req.credentials()
	if refusal != nil {
		return refusal
	}
	client, err := h.find(req, c)
	if err != nil {
		c.match(nil)
		if e, ok := errors.AsType[*oauth.Error](err); ok {
			return h.failed(req, c, e)
		}
		return internalError(err)
	}
	req.named = client.ID
	if reason := proves(&client, c); reason != "" {
		return h.failed(req, c, invalidClient(reason))
	}
	if c.assertion != nil {
		if refusal := h.verifyAssertion(req, &client, c.assertion); refusal != nil {
			return refusal
		}
	}
	req.client = client
	return nil
}

// proves gives the reason why c does not authenticate the client, "" if it does or
// if the assertion has yet to be verified.
func proves(client *oauth.Client, c credentials) string {
	switch {
	case client.Disabled:
		return "client_disabled"
	case c.assertion != nil:
		if !client.Accepts(oauth.AuthPrivateKeyJWT) {
			return "client_auth_method_not_allowed"
		}
		return ""
	case len(c.secrets) > 0 && !client.AuthMethod.Secret():
		return "client_auth_method_not_allowed"
	case len(c.secrets) > 0:
		if c.match(client.SecretHashes) == nil {
			return "client_secret_wrong"
		}
		return ""
	case !client.Accepts(oauth.AuthNone):
		return "client_auth_missing"
	}
	return ""
}
