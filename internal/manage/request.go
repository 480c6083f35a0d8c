package manage

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
)

const (
	maxBody  = 64 << 10
	maxDepth = 12
)

// request is one call of the company's backend, whose right to it was checked.
type request struct {
	*http.Request
	snap       *catalog.Snapshot
	caller     *catalog.APIClient
	connection *catalog.Connection
	sub        string
	body       members
	now        time.Time
}

// operation is what a call does, and the answer to it.
type operation func(*request) (any, *httpx.Problem)

// serve is for what concerns one user.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, do operation) {
	h.serveAny(w, r, func(q *request) (any, *httpx.Problem) {
		if problem := q.user(); problem != nil {
			return nil, problem
		}
		return do(q)
	})
}

// serveAny checks who calls before it reads what they sent: who may not call learns
// nothing, and its body costs nothing.
func (h *Handler) serveAny(w http.ResponseWriter, r *http.Request, do operation) {
	req, refusal := h.authorized(r)
	if refusal == nil {
		refusal = req.read(w)
	}
	var answer any
	if refusal == nil {
		answer, refusal = do(req)
	}
	if refusal != nil {
		h.refuse(w, r, refusal)
		return
	}
	httpx.JSON(w, http.StatusOK, answer)
}

func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, p *httpx.Problem) {
	h.Log.Info("refused", "step", "manage", "route", r.Pattern, "reason", p.Code)
	httpx.WriteProblem(w, *p)
}

// authorized finds the API client and the connection. Another company's
// connection, an unknown one, and one that is forbidden by role are one answer. A
// disabled connection is found: its users' grants must still be ended.
func (h *Handler) authorized(r *http.Request) (*request, *httpx.Problem) {
	snap, caller, refusal := h.caller(r)
	if refusal != nil {
		return nil, refusal
	}
	id, ok := httpx.ID(r, "connection_id")
	if !ok || !caller.MayLogin(id) {
		return nil, notFound()
	}
	connection, ok := snap.Connection(id)
	if !ok {
		return nil, notFound()
	}
	return &request{Request: r, snap: snap, caller: caller, connection: connection, now: h.Now()}, nil
}

// caller finds the API client by its machine token.
func (h *Handler) caller(r *http.Request) (*catalog.Snapshot, *catalog.APIClient, *httpx.Problem) {
	snap, err := h.Catalog.Snapshot()
	if err != nil {
		return nil, nil, unavailable("catalog_stale")
	}
	caller, reason := h.Machine.Caller(snap, httpx.Bearers(r.Header))
	if reason != "" {
		return nil, nil, &httpx.Problem{
			Status: http.StatusUnauthorized, Code: reason,
			Detail: "Send a valid machine token: get one from /oauth/token with grant_type=client_credentials.",
		}
	}
	return snap, caller, nil
}

// notFound is identical for everything that the caller has no business knowing.
func notFound() *httpx.Problem {
	return &httpx.Problem{
		Status: http.StatusNotFound, Code: "not_found",
		Detail: "There is no such object on a connection of this API client.",
	}
}

func unavailable(code string) *httpx.Problem {
	return &httpx.Problem{Status: http.StatusServiceUnavailable, Code: code, Detail: "Try again in a moment."}
}

func (h *Handler) failed(what string, err error) *httpx.Problem {
	h.Log.Error(what, "cause", err)
	return unavailable("store_unavailable")
}

// read takes the body apart.
func (q *request) read(w http.ResponseWriter) *httpx.Problem {
	body, err := httpx.Body(w, q.Request, httpx.TypeJSON, maxBody)
	if err != nil {
		return &httpx.Problem{Status: httpx.BodyStatus(err), Code: "json_invalid", Detail: "Send a JSON object as application/json: " + err.Error() + "."}
	}
	object, err := oauth.StrictObject(body, maxDepth)
	if err != nil {
		return &httpx.Problem{Status: http.StatusBadRequest, Code: "json_invalid", Detail: "The body is not a valid JSON object: " + err.Error() + "."}
	}
	q.body = object
	return nil
}

// user takes the sub out of the body.
func (q *request) user() *httpx.Problem {
	sub, problem := take[string](q.body, "sub", "a string")
	switch {
	case problem != nil:
		return problem
	case sub == nil || *sub == "":
		return &httpx.Problem{Status: http.StatusBadRequest, Code: "user_sub_missing", Field: "sub", Detail: "sub is required: your own stable id of the user."}
	}
	q.sub = *sub
	if err := (store.User{Sub: q.sub}).Check(); err != nil {
		return invalid("user_invalid", err.Field, err.Detail)
	}
	return nil
}

func invalid(code, field, detail string) *httpx.Problem {
	return &httpx.Problem{Status: http.StatusBadRequest, Code: code, Field: field, Detail: detail}
}

// members are those of the body that nobody has taken yet.
type members map[string]json.RawMessage

// take takes a member of the body; nil if it is absent or null.
func take[T any](m members, name, kind string) (*T, *httpx.Problem) {
	raw, found := m[name]
	delete(m, name)
	if !found || string(raw) == "null" {
		return nil, nil
	}
	v := new(T)
	if json.Unmarshal(raw, v) != nil {
		return nil, invalid("member_invalid", name, name+" must be "+kind+".")
	}
	return v, nil
}

// done refuses members that nobody took: who misspells one of these commands must
// not be told that it was carried out.
func (q *request) done() *httpx.Problem {
	if len(q.body) == 0 {
		return nil
	}
	var names []string
	for name := range q.body {
		names = append(names, name)
	}
	slices.Sort(names)
	name := names[0]
	if err := (store.User{Name: name}).Check(); err != nil {
		name = "?"
	}
	return invalid("member_unknown", name, "The body has a member that is not known here. See docs/users.md.")
}

// audit describes what was done to the user.
func (q *request) audit(action string, detail map[string]string) []store.AuditEntry {
	return []store.AuditEntry{{
		At: q.now, Actor: "api_client:" + q.caller.ID, Action: action,
		Object: store.UserObject(q.connection.ID, q.sub), Detail: detail,
	}}
}

// suffix splits "grt_1:revoke": ServeMux has no wildcards within a segment.
func suffix(segment, action string) (id string, ok bool) {
	id, ok = strings.CutSuffix(segment, ":"+action)
	return id, ok && id != ""
}
