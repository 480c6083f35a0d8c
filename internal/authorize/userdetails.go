package authorize

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// maxUser bounds the body of a user-details POST.
const maxUser = 64 << 10

// UserPost is the company's word on who signed in, from either transport.
type UserPost struct {
	Bearers        []string
	Source         string
	Connection     string
	LoginRequestID string
	User           store.User
	LoginFailed    bool
	Declared       bool     // header Symbolon-Handoff: verifier
	Unknown        []string // member names that were ignored
	Transport      string   // rest or grpc, for the attempt
}

// UserAnswer is what the company's backend gets.
type UserAnswer struct {
	// AuthRequestID is attempt id and login_verifier in one: what the SDKs return.
	AuthRequestID string `json:"auth_request_id"`
	// RedirectURL is the callback with state and login_verifier: send the browser there.
	RedirectURL string `json:"redirect_url"`
}

// HandoffHeader declares that the app will send the browser back with the
// login_verifier. Our SDKs and snippets always send it.
const HandoffHeader = "Symbolon-Handoff"

// Declares reports whether the request carries "Symbolon-Handoff: verifier". What
// is beside it does not matter: to overlook a declaration would open the login to
// the state alone.
func Declares(h http.Header) bool { return httpx.Lists(h, HandoffHeader, "verifier") }

// UserDetails answers POST
// /api/v1/connections/{connection_id}/auth-requests/{login_request_id}/user.
func (h *Handler) UserDetails(w http.ResponseWriter, r *http.Request) {
	post := UserPost{
		Bearers: httpx.Bearers(r.Header), Source: httpx.Source(r), Transport: "rest",
		Connection: r.PathValue("connection_id"), LoginRequestID: r.PathValue("login_request_id"),
		Declared: Declares(r.Header),
	}
	// Who may not post learns nothing about the body; who may, gets it read only
	// once the bearer is good.
	caller, snap, refusal := h.caller(post)
	if refusal == nil {
		refusal = h.readUser(w, r, &post)
	}
	var answer UserAnswer
	if refusal == nil {
		answer, refusal = h.postUser(r.Context(), post, caller, snap)
	} else {
		h.recordPost(post, nil, refusal)
	}
	if refusal != nil {
		httpx.WriteProblem(w, *refusal)
		return
	}
	httpx.JSON(w, http.StatusOK, answer)
}

// PostUser is UserDetails for another transport, with the user already parsed.
func (h *Handler) PostUser(ctx context.Context, post UserPost) (UserAnswer, *httpx.Problem) {
	caller, snap, refusal := h.caller(post)
	if refusal != nil {
		h.recordPost(post, nil, refusal)
		return UserAnswer{}, refusal
	}
	return h.postUser(ctx, post, caller, snap)
}

func (h *Handler) readUser(w http.ResponseWriter, r *http.Request, post *UserPost) *httpx.Problem {
	body, err := httpx.Body(w, r, httpx.TypeJSON, maxUser)
	if err != nil {
		problem := &httpx.Problem{Status: httpx.BodyStatus(err), Code: "json_invalid", Detail: "Send the user as application/json: " + err.Error() + "."}
		if errors.Is(err, httpx.ErrMediaType) {
			problem.Reason = "content_type_unsupported"
		}
		return problem
	}
	parsed, problem := parseUser(body)
	if problem != nil {
		return problem
	}
	post.User, post.LoginFailed, post.Unknown = parsed.user, parsed.failed, parsed.unknown
	return nil
}

// caller finds the API client that posts.
func (h *Handler) caller(post UserPost) (*catalog.APIClient, *catalog.Snapshot, *httpx.Problem) {
	snap, err := h.Catalog.Snapshot()
	if err != nil {
		return nil, nil, unavailableProblem("catalog_stale")
	}
	caller, reason := h.Machine.Caller(snap, post.Bearers)
	if reason != "" {
		return nil, nil, &httpx.Problem{
			Status: http.StatusUnauthorized, Code: reason,
			Detail: "Send a valid machine token: get one from /oauth/token with grant_type=client_credentials.",
		}
	}
	return caller, snap, nil
}

// postUser records the login: the first POST wins. One that says the same again
// gets the same answer, so a lost response can be retried.
func (h *Handler) postUser(ctx context.Context, post UserPost, caller *catalog.APIClient, snap *catalog.Snapshot) (UserAnswer, *httpx.Problem) {
	p, refusal := h.checkPost(post, caller, snap)
	if refusal == nil {
		refusal = h.putLogin(ctx, p)
	}
	h.recordPost(post, p, refusal)
	if refusal != nil {
		return UserAnswer{}, refusal
	}
	verifier := h.logins.Verifier(p.login, post.Connection)
	query := url.Values{"state": {h.logins.State(p.login, p.begun, post.Connection)}, "login_verifier": {verifier}}
	return UserAnswer{
		AuthRequestID: h.logins.AuthRequestID(p.login, post.Connection),
		RedirectURL:   h.BaseURL + "/sso/v1/connections/" + post.Connection + "/partner:callback?" + query.Encode(),
	}, nil
}

// checkPost finds the login request. Another company's connection, an unknown one
// and a forged login_request_id get one and the same answer.
func (h *Handler) checkPost(post UserPost, caller *catalog.APIClient, snap *catalog.Snapshot) (*posted, *httpx.Problem) {
	connection, ok := snap.Connection(post.Connection)
	if !ok || connection.Disabled {
		return nil, notFound("connection_unknown")
	}
	if !caller.MayLogin(post.Connection) {
		return nil, notFound("connection_not_yours")
	}
	login, begun, err := h.logins.OpenRequestID(post.LoginRequestID, post.Connection)
	if err != nil {
		return nil, notFound("login_request_unknown")
	}
	p := &posted{UserPost: post, login: login, begun: begun, at: h.Now(), attempt: h.logins.AttemptID(login), caller: caller.ID}
	if p.at.After(begun.Add(loginWindow)) {
		return p, &httpx.Problem{
			Status: http.StatusGone, Code: "login_request_expired",
			Detail: "This login request is older than 10 minutes. Send the user back to the app to start again.",
		}
	}
	return p, h.checkUser(snap, p)
}

// checkUser applies the rules that need the catalog: a sub that looks like a
// client id would make a user's token look like a machine's.
func (h *Handler) checkUser(snap *catalog.Snapshot, p *posted) *httpx.Problem {
	if p.LoginFailed {
		return nil
	}
	if problem := validateUser(p.User); problem != nil {
		return problem
	}
	_, client := snap.Client(p.User.Sub)
	_, machine := snap.APIClient(p.User.Sub)
	if client || machine || strings.HasPrefix(p.User.Sub, "dyn_") {
		return invalidUser("sub", "sub is the id of a client; it must name a user.")
	}
	return nil
}

// posted is a user-details POST whose login request was found.
type posted struct {
	UserPost
	login   seal.Login
	begun   time.Time
	at      time.Time // when it was posted
	attempt string
	caller  string
}

// notFound is identical for everything that the caller has no business knowing.
// Reason is for the attempt alone.
func notFound(reason string) *httpx.Problem {
	return &httpx.Problem{
		Status: http.StatusNotFound, Code: "not_found",
		Detail: "There is no such login request on a connection of this API client.",
		Reason: reason,
	}
}

func unavailableProblem(reason string) *httpx.Problem {
	return &httpx.Problem{Status: http.StatusServiceUnavailable, Code: reason, Detail: "Try again in a moment."}
}

func (h *Handler) putLogin(ctx context.Context, p *posted) *httpx.Problem {
	known, _ := h.Attempts.Get(p.attempt)
	summary := known.AttemptSummary
	summary.ID, summary.Connection, summary.Sub, summary.StartedAt = p.attempt, p.Connection, p.User.Sub, p.begun
	outcome, err := h.Store.PutLogin(ctx, store.PutLogin{
		Login: store.Login{
			ID: loginRow(p.attempt), Attempt: p.attempt, Connection: p.Connection,
			User: p.User, Failed: p.LoginFailed, Declared: p.Declared,
			PostedAt: p.at, DecideBy: p.at.Add(consentWindow),
		},
		Events:  append(h.Attempts.Events(p.attempt), p.event()),
		Attempt: summary,
	})
	switch {
	case err != nil:
		h.Log.Error("user details not recorded", "attempt", p.attempt, "cause", err)
		return unavailableProblem("store_unavailable")
	case outcome == store.LoginConflict:
		return &httpx.Problem{
			Status: http.StatusConflict, Code: "user_other_sub",
			Detail: "Another user was posted for this login request before, or it was ended. Send the user back to the app to start again.",
		}
	}
	return nil
}

func (p *posted) event() event {
	notes := map[string]string{"transport": p.Transport, "api_client": p.caller}
	if p.Declared {
		notes["handoff"] = "verifier"
	}
	if p.LoginFailed {
		notes["login_failed"] = "true"
	}
	if len(p.Unknown) > 0 {
		notes["ignored_members"] = strings.Join(p.Unknown, ", ")
	}
	return event{At: p.at, Step: "user_details", OK: true, Notes: notes}
}

// recordPost shows the POST in the attempt of its login request, if that opened.
func (h *Handler) recordPost(post UserPost, p *posted, refusal *httpx.Problem) {
	if refusal == nil {
		h.Attempts.Record(post.Source, store.AttemptSummary{ID: p.attempt, Connection: p.Connection, Sub: p.User.Sub}, p.event())
		return
	}
	reason := refusal.Code
	if refusal.Reason != "" {
		reason = refusal.Reason
	}
	id := ""
	if p != nil {
		id = p.attempt
	} else if login, _, err := h.logins.OpenRequestID(post.LoginRequestID, post.Connection); err == nil {
		id = h.logins.AttemptID(login)
	}
	h.Log.Info("refused", "step", "user_details", "attempt", id, "reason", reason, "connection", attempt.Clean(post.Connection, 64))
	e := event{At: h.Now(), Step: "user_details", Reason: reason, Notes: map[string]string{"transport": post.Transport}}
	if refusal.Field != "" {
		e.Notes["field"] = refusal.Field
	}
	if id == "" {
		h.recordCall(post, refusal, e)
		return
	}
	h.Attempts.Record(post.Source, store.AttemptSummary{ID: id, Connection: post.Connection}, e)
}

// recordCall keeps a refusal that is about no login. The connection is named once the
// bearer was good: nobody else may write what an operator reads.
func (h *Handler) recordCall(post UserPost, refusal *httpx.Problem, e event) {
	call := store.AttemptSummary{}
	switch {
	case refusal.Status >= http.StatusInternalServerError:
		return // ours, and for every caller
	case refusal.Status != http.StatusUnauthorized:
		call.Connection = post.Connection
	}
	h.Attempts.RecordCall(post.Source, call, e)
}

// loginRow is the row of an attempt's login: the attempt id is a MAC of the login's
// random, so every node computes it, and the database cannot compute back.
func loginRow(attemptID string) store.LoginID {
	var id store.LoginID
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(attemptID, "req_"))
	if err == nil {
		copy(id[:], raw)
	}
	return id
}
