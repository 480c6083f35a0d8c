// The guard: nobody reaches the protocol without a token for this server and the scopes of what they ask for.
package mcpserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/auth"
)

// maxBody bounds a request. A to-do is short.
const maxBody = 64 << 10

type guard struct {
	verifier    *verifier
	metadataURL string
}

type verifiedKey struct{}

// verified hands the SDK the token that the guard has already checked.
func verified(ctx context.Context, _ string, _ *http.Request) (*auth.TokenInfo, error) {
	token, ok := ctx.Value(verifiedKey{}).(*auth.TokenInfo)
	if !ok {
		return nil, auth.ErrInvalidToken
	}
	return token, nil
}

func (g *guard) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, ok := bearerToken(r)
		if !ok {
			// No token is no error: a challenge without error= means "log in" (RFC 6750 §3.1).
			g.challenge(w, http.StatusUnauthorized, "", "", allScopes)
			return
		}
		token, err := g.verifier.verify(r.Context(), raw)
		if errors.Is(err, errNoKeys) {
			// The token may be good. A 401 would send every client to log in again.
			w.Header().Set("Retry-After", "5")
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		if err != nil {
			g.challenge(w, http.StatusUnauthorized, "invalid_token", err.Error(), allScopes)
			return
		}
		needed, err := scopesNeeded(w, r)
		if err != nil {
			http.Error(w, "the request is too long or broke off", http.StatusRequestEntityTooLarge)
			return
		}
		if missing := without(needed, token.Scopes); len(missing) > 0 {
			g.challenge(w, http.StatusForbidden, "insufficient_scope",
				"this needs the scope "+strings.Join(missing, " "), union(token.Scopes, needed))
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), verifiedKey{}, token)))
	})
}

// challenge tells a client what to do: where the metadata is and which scopes to ask for.
func (g *guard) challenge(w http.ResponseWriter, status int, code, description string, scopes []string) {
	value := fmt.Sprintf(`Bearer resource_metadata="%s", scope="%s"`, g.metadataURL, strings.Join(scopes, " "))
	if code != "" {
		value += fmt.Sprintf(`, error="%s", error_description="%s"`, code, description)
	}
	w.Header().Set("WWW-Authenticate", value)
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, strings.TrimSuffix(http.StatusText(status)+": "+description, ": "), status)
}

// bearerToken reads the header, the only place where MCP allows a token.
func bearerToken(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, ok && strings.EqualFold(scheme, "Bearer") && token != ""
}

// scopesNeeded looks into the JSON-RPC body, one message or a batch, for tools that need a scope. A body that it
// cannot read needs none here and is refused by the protocol; a body that it reads differently than the protocol
// does is caught by the tool, which asks again.
func scopesNeeded(w http.ResponseWriter, r *http.Request) ([]string, error) {
	if r.Method != http.MethodPost {
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return scopesOf(body), nil
}

func scopesOf(body []byte) []string {
	type message struct {
		Method string `json:"method"`
		Params struct {
			Name string `json:"name"`
		} `json:"params"`
	}
	var batch []message
	if json.Unmarshal(body, &batch) != nil {
		batch = make([]message, 1)
		if json.Unmarshal(body, &batch[0]) != nil {
			return nil
		}
	}
	var needed []string
	for _, m := range batch {
		if scope := toolScopes[m.Params.Name]; scope != "" && m.Method == "tools/call" {
			needed = union(needed, []string{scope})
		}
	}
	return needed
}

// without returns the elements of a that are not in b.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// union keeps the order and the scopes that this server knows. A client that steps up asks for exactly what the
// challenge names, so the challenge repeats what it has; otherwise it would trade one scope for the other.
func union(a, b []string) []string {
	all := append(slices.Clone(a), without(b, a)...)
	return slices.DeleteFunc(all, func(s string) bool { return !slices.Contains(allScopes, s) })
}
