package token

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"

	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/limit"
	"github.com/symbolon-auth/symbolon/internal/machine"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/refreshcheck"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
)

const maxForm = 64 << 10

// Clients finds a client by its id, whichever way it is known.
type Clients interface {
	Client(ctx context.Context, snap *catalog.Snapshot, clientID string) (oauth.Client, error)
}

// Keysets finds the keys of a client that authenticates with private_key_jwt.
type Keysets interface {
	Keys(ctx context.Context, client oauth.Client, kid string) (jose.JSONWebKeySet, error)
}

// Options is what the endpoints need.
type Options struct {
	BaseURL  string
	Catalog  *catalog.Source
	Clients  Clients
	Keysets  Keysets
	Store    store.Store
	Epoch    string
	Ring     *seal.Ring
	Keys     *keys.Manager
	Check    *refreshcheck.Checker // asks companies before a refresh
	Machine  *machine.Tokens
	Attempts *attempt.Recorder
	Guesses  *limit.Failures
	Count    func(grantType, outcome string) // of every request for a token
	Grace    time.Duration                   // in which the last refresh token gives the same successor
	Log      *slog.Logger
	Now      func() time.Time
}

// Handler has the endpoints as methods.
type Handler struct {
	Options
	codes   *seal.Codes
	refresh *seal.Refresh
	// questions lets requests for one grant share a refresh check.
	questions singleflight.Group
}

// New makes the endpoints.
func New(o Options) *Handler {
	return &Handler{Options: o, codes: seal.NewCodes(o.Ring), refresh: seal.NewRefresh(o.Ring)}
}

// request is a request to one of the endpoints, parsed once.
type request struct {
	ctx      context.Context
	params   oauth.Params
	basic    *basic // from the Authorization header
	source   string
	wait     time.Duration // before the source may present another secret
	now      time.Time
	snap     *catalog.Snapshot
	server   *catalog.MCPServer // whose issuer was called; nil: the base
	about    string             // the parameter whose value was granted to the client
	client   oauth.Client       // authenticated
	named    string             // the known client whose id was presented, proven or not; for the log
	repeated bool               // the answer is the successor that was given before
	once     *store.Once        // the assertion that did it, to be consumed with what it asks for
}

// outcome is what became of a request for a token, in one word.
func (req *request) outcome(refusal *oauth.Error) string {
	switch {
	case refusal != nil:
		return refusal.Reason
	case req.repeated:
		return "repeated"
	}
	return "issued"
}

// grants by grant_type. Each consumes at most one intent of the store.
var grants = map[string]func(*Handler, *request) (oauth.TokenResponse, *oauth.Error){
	oauth.GrantAuthorizationCode: (*Handler).authorizationCode,
	oauth.GrantRefreshToken:      (*Handler).refreshToken,
	oauth.GrantClientCredentials: (*Handler).clientCredentials,
}

// Token answers POST /oauth/token (RFC 6749 §3.2).
func (h *Handler) Token(w http.ResponseWriter, r *http.Request) {
	req, refusal := h.parse(w, r)
	var response oauth.TokenResponse
	if refusal == nil {
		response, refusal = h.grant(req)
	}
	h.Count(req.params.Get("grant_type"), req.outcome(refusal))
	if refusal != nil {
		h.recordCall(req, refusal)
		h.refuse(w, r, "token", req, refusal)
		return
	}
	httpx.JSON(w, http.StatusOK, response)
}

// recordCall keeps that a backend was refused the token of its calls, which is about no
// login: its operator would look for it among the attempts.
func (h *Handler) recordCall(req *request, refusal *oauth.Error) {
	if req.params.Get("grant_type") != oauth.GrantClientCredentials || refusal.HTTPStatus() >= http.StatusInternalServerError {
		return
	}
	h.Attempts.RecordCall(req.source, store.AttemptSummary{ClientID: req.named}, store.Event{At: req.now, Step: attempt.StepMachineToken, Reason: refusal.Reason})
}

func (h *Handler) grant(req *request) (oauth.TokenResponse, *oauth.Error) {
	grantType := req.params.Get("grant_type")
	if grantType == "" {
		return oauth.TokenResponse{}, oauth.E(oauth.InvalidRequest, "grant_type_missing", "The parameter grant_type is missing.")
	}
	grant, ok := grants[grantType]
	if !ok {
		return oauth.TokenResponse{}, oauth.E(oauth.UnsupportedGrantType, "grant_type_unsupported",
			"The grant_type must be authorization_code, refresh_token or client_credentials.")
	}
	if grantType == oauth.GrantClientCredentials {
		if response, ok, refusal := h.apiClient(req); ok || refusal != nil {
			return response, refusal
		}
	}
	req.about = aboutOf[grantType]
	if refusal := h.authenticate(req); refusal != nil {
		return oauth.TokenResponse{}, refusal
	}
	if !req.client.Allows(grantType) {
		return oauth.TokenResponse{}, oauth.E(oauth.UnauthorizedClient, "grant_type_not_allowed",
			"This client may not use this grant_type.")
	}
	return grant(h, req)
}

// parse reads the form. Parameters in the URL are refused, since URLs end up in
// logs (RFC 6749 §2.3.1).
func (h *Handler) parse(w http.ResponseWriter, r *http.Request) (*request, *oauth.Error) {
	req := &request{ctx: r.Context(), source: httpx.Source(r), now: h.Now()}
	if r.URL.RawQuery != "" {
		return req, oauth.E(oauth.InvalidRequest, "credentials_in_query", "Send all parameters in the body, none in the URL.")
	}
	body, err := httpx.Body(w, r, httpx.TypeForm, maxForm)
	if err != nil {
		return req, oauth.E(oauth.InvalidRequest, "parameter_malformed",
			"Send a form as application/x-www-form-urlencoded: "+err.Error()+".").WithStatus(formStatus(err))
	}
	params, refusal := oauth.ParseForm(string(body))
	if refusal != nil {
		return req, refusal
	}
	req.params = params
	if req.basic, refusal = readBasic(r.Header); refusal != nil {
		return req, refusal
	}
	return req, h.scope(req, r)
}

// formStatus: a wrong Content-Type is an invalid_request of OAuth, which is 400.
func formStatus(err error) int {
	if errors.Is(err, httpx.ErrTooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// scope finds the issuer that was called.
func (h *Handler) scope(req *request, r *http.Request) *oauth.Error {
	snap, err := h.Catalog.Snapshot()
	if err != nil {
		return unavailable("catalog_stale", err)
	}
	req.snap = snap
	if r.PathValue("res_id") == "" {
		return nil
	}
	id, _ := httpx.ID(r, "res_id")
	server, ok := snap.MCPServer(id)
	if !ok {
		return oauth.E(oauth.InvalidRequest, "resource_unknown", "There is no such MCP server.").WithStatus(http.StatusNotFound)
	}
	req.server = server
	return nil
}

// refuse writes the error and its reason to the log, as an error only if it is one
// of ours: anybody can send a broken assertion. A refusal after the client proved a
// code or token is recorded in its attempt by the grant itself.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, step string, req *request, refusal *oauth.Error) {
	level, attrs := slog.LevelInfo, []any{"step", step, "reason", refusal.Reason, "client", cmp.Or(req.client.ID, req.named)}
	if refusal.Cause != nil {
		attrs = append(attrs, "cause", refusal.Cause)
	}
	if refusal.Cause != nil && refusal.HTTPStatus() >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	h.Log.Log(r.Context(), level, "refused", attrs...)
	if req.wait > 0 {
		httpx.RetryAfter(w.Header(), req.wait)
	}
	httpx.OAuthError(w, refusal, req.basic != nil)
}

// recordRefusal adds the refusal to the attempt of the grant it was about.
func (h *Handler) recordRefusal(req *request, step string, g store.Grant, refusal *oauth.Error) {
	if g.Attempt == "" {
		return
	}
	h.Attempts.Record(req.source, store.AttemptSummary{ID: g.Attempt}, store.Event{
		At: req.now, Step: step, Reason: refusal.Reason, Notes: map[string]string{"client": req.client.ID},
	})
}

func unavailable(reason string, err error) *oauth.Error {
	return oauth.E(oauth.TemporarilyUnavailable, reason, "Try again in a moment.").With(err)
}

func internalError(err error) *oauth.Error {
	return oauth.E(oauth.ServerError, "internal", "Something went wrong here. Try again.").With(err)
}
