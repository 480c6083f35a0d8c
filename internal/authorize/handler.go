package authorize

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/machine"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/web"
)

// Lifetimes that are not configurable.
const (
	loginWindow   = 10 * time.Minute // from authorize to the callback
	consentWindow = 10 * time.Minute // from the user-details POST to the decision
	cookieMaxAge  = 20 * time.Minute // both windows; the sealed deadlines decide
	codeLifetime  = 60 * time.Second // OAuth 2.1 §4.1.3
)

// Clients finds a client by its id, whichever way it is known. The error is an
// *oauth.Error when the client is unknown or cannot be looked up now.
type Clients interface {
	Client(ctx context.Context, snap *catalog.Snapshot, clientID string) (oauth.Client, error)
}

// Options is what the steps need.
type Options struct {
	BaseURL  string // without trailing slash
	Catalog  *catalog.Source
	Clients  Clients
	Store    store.Store
	Epoch    string
	Ring     *seal.Ring
	Machine  *machine.Tokens
	Pages    *web.Pages
	Brand    func(*catalog.MCPServer) web.Brand
	Attempts *attempt.Recorder
	Log      *slog.Logger
	Now      func() time.Time
}

// Handler has the steps as methods.
type Handler struct {
	Options
	secure bool // the base URL is https
	logins *seal.Logins
	codes  *seal.Codes
	errIDs *seal.ErrorIDs
	form   *seal.MAC
	boxes  map[stage]*seal.Box
}

// New derives the keys that the steps seal with.
func New(o Options) *Handler {
	return &Handler{
		Options: o,
		secure:  strings.HasPrefix(o.BaseURL, "https://"),
		logins:  seal.NewLogins(o.Ring),
		codes:   seal.NewCodes(o.Ring),
		errIDs:  seal.NewErrorIDs(o.Ring, reasonCodes()),
		form:    o.Ring.MAC(seal.PurposeConsentForm),
		boxes: map[stage]*seal.Box{
			stageLogin:   o.Ring.Box(seal.PurposeFlowLogin),
			stageConsent: o.Ring.Box(seal.PurposeFlowConsent),
			stageDone:    o.Ring.Box(seal.PurposeFlowDone),
		},
	}
}

// issuer is the issuer whose endpoint was called.
type issuer struct {
	url    string
	server *catalog.MCPServer // nil: the base issuer
}

// issuerOf reads the issuer from the path: {base}/oauth/… or
// {base}/resources/{res_id}/oauth/…. It reports false for an unknown MCP server.
func (h *Handler) issuerOf(snap *catalog.Snapshot, r *http.Request) (issuer, bool) {
	id := r.PathValue("res_id")
	if id == "" {
		return issuer{url: h.BaseURL}, true
	}
	server, ok := snap.MCPServer(id)
	if !ok {
		return issuer{}, false
	}
	return issuer{url: h.BaseURL + "/resources/" + id, server: server}, true
}

// reasonCodes are what an error id can name.
func reasonCodes() []string {
	var codes []string
	for _, reason := range attempt.All() {
		codes = append(codes, reason.Code)
	}
	return codes
}
