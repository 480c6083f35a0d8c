package authorize

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/seal"
)

// stage is the step that a flow cookie was sealed for.
type stage int

const (
	stageLogin   stage = iota // sent to the company's login
	stageConsent              // back, both halves matched
	stageDone                 // decided; kept so that "back" finds an explanation
)

// flow is one authorization request on its way, sealed into a cookie of the
// browser that started it: an anonymous request never grows the database. Member
// names are short since a browser keeps ten flows in 7 KB.
type flow struct {
	State      string   `json:"l"` // our state towards the company's login: from it the seal.Login is opened again
	Connection string   `json:"n"`
	Issuer     string   `json:"i"` // of the endpoint that was called
	ClientID   string   `json:"c"`
	Digest     string   `json:"d,omitempty"` // of the client's metadata document
	Redirect   string   `json:"r"`
	AppState   string   `json:"s,omitempty"` // the client's own state
	Challenge  string   `json:"p"`
	MCPServer  string   `json:"m"`
	Resource   string   `json:"u,omitempty"` // as requested
	Scopes     []string `json:"o,omitempty"` // resolved: all known to the MCP server
	UILocales  string   `json:"g,omitempty"`
	// StateOnly: the browser came back without a login_verifier.
	StateOnly bool `json:"y,omitempty"`

	login seal.Login // opened from State
	begun time.Time
}

var errFlow = errors.New("authorize: no such flow")

// sealFlow writes f for the step at, bound to the flow id, which is in the
// cookie's name: a value moved to another name does not open.
func (h *Handler) sealFlow(at stage, f *flow) (string, error) {
	plain, err := json.Marshal(f)
	if err != nil {
		return "", err
	}
	return h.boxes[at].Seal(plain, h.logins.FlowID(f.login)), nil
}

// openFlow reads a flow cookie that was sealed for the step at.
func (h *Handler) openFlow(at stage, flowID, value string) (*flow, error) {
	plain, err := h.boxes[at].Open(value, flowID)
	if err != nil {
		return nil, errFlow
	}
	var f flow
	if err := json.Unmarshal(plain, &f); err != nil {
		return nil, errFlow
	}
	f.login, f.begun, err = h.logins.OpenState(f.State, f.Connection)
	if err != nil || h.logins.FlowID(f.login) != flowID {
		return nil, errFlow
	}
	return &f, nil
}

// expired reports whether the flow took longer than both windows together.
func (f *flow) expired(now time.Time) bool {
	return now.After(f.begun.Add(loginWindow + consentWindow))
}

// client looks the flow's client up again and proves the redirect URI once more;
// what was sealed was true minutes ago.
func (f *flow) proven(c oauth.Client) (oauth.RedirectURI, error) {
	if c.Digest != f.Digest {
		return oauth.RedirectURI{}, oauth.E(oauth.InvalidClient, "client_document_changed",
			"The app's description changed while you were signing in. Start again from the app.")
	}
	return c.Match(f.Redirect)
}
