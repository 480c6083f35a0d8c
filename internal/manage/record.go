package manage

import (
	"encoding/base64"
	"net/http"
	"time"

	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// recordJSON is everything held about a user.
type recordJSON struct {
	Connection string             `json:"connection"`
	Sub        string             `json:"sub"`
	ExportedAt time.Time          `json:"exported_at"`
	Disabled   bool               `json:"disabled"`
	Grants     []heldGrant        `json:"grants"`
	Logins     []heldLogin        `json:"logins"`
	Attempts   []heldAttempt      `json:"attempts"`
	Audit      []store.AuditEntry `json:"audit"`
}

// heldGrant is a grant, live or ended, with what the tokens say of the user.
type heldGrant struct {
	grantJSON
	Claims     store.User `json:"claims"`
	AttemptID  string     `json:"attempt_id"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
	Revoked    string     `json:"revoked_reason,omitempty"`
	Refreshes  uint32     `json:"refreshes"`
	Redirected string     `json:"redirect_uri"`
}

// heldLogin is a login that waits for the user's decision.
type heldLogin struct {
	AttemptID string     `json:"attempt_id"`
	User      store.User `json:"user"`
	PostedAt  time.Time  `json:"posted_at"`
}

type heldAttempt struct {
	ID         string        `json:"id"`
	MCPServer  string        `json:"mcp_server,omitempty"`
	ClientID   string        `json:"client_id,omitempty"`
	ClientName string        `json:"client_name,omitempty"`
	StartedAt  time.Time     `json:"started_at"`
	UpdatedAt  time.Time     `json:"updated_at"`
	Events     []store.Event `json:"events"`
}

// ExportUser answers POST …/users:export.
func (h *Handler) ExportUser(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, func(q *request) (any, *httpx.Problem) {
		if problem := q.done(); problem != nil {
			return nil, problem
		}
		held, err := h.Store.UserRecord(q.Context(), q.connection.ID, q.sub)
		if err == nil {
			err = h.Store.RecordAudit(q.Context(), h.exported(q, held))
		}
		if err != nil {
			return nil, h.failed("user not exported", err)
		}
		h.Log.Info("user exported", "connection", q.connection.ID, "api_client", q.caller.ID, "digest", h.pseudonym(q))
		return q.export(held), nil
	})
}

// exported is the entry for an export. One that finds nothing does not bring the sub of
// an erased user back.
func (h *Handler) exported(q *request, held store.UserRecord) []store.AuditEntry {
	entries := q.audit("user.exported", nil)
	if !held.Disabled && len(held.Grants)+len(held.Logins)+len(held.Attempts)+len(held.Audit) == 0 {
		entries[0].Object = store.UserObject(q.connection.ID, h.pseudonym(q))
	}
	return entries
}

func (q *request) export(held store.UserRecord) recordJSON {
	j := recordJSON{
		Connection: q.connection.ID, Sub: q.sub, ExportedAt: q.now.UTC(), Disabled: held.Disabled,
		Grants: []heldGrant{}, Logins: []heldLogin{}, Attempts: []heldAttempt{}, Audit: append([]store.AuditEntry{}, held.Audit...),
	}
	for _, g := range held.Grants {
		j.Grants = append(j.Grants, heldGrant{
			grantJSON: jsonOf(q.snap, g), Claims: g.Claims, AttemptID: g.Attempt, RevokedAt: given(g.RevokedAt),
			Revoked: g.Revoked, Refreshes: g.Generation, Redirected: g.RedirectURI,
		})
	}
	for _, l := range held.Logins {
		j.Logins = append(j.Logins, heldLogin{l.Attempt, l.User, l.PostedAt})
	}
	for _, a := range held.Attempts {
		j.Attempts = append(j.Attempts, heldAttempt{a.ID, a.MCPServer, a.ClientID, a.ClientName, a.StartedAt, a.UpdatedAt, a.Events})
	}
	return j
}

// erased is what was ended and deleted.
type erased struct {
	revoked
	Erased rows   `json:"erased"`
	Digest string `json:"digest"` // what the audit log calls the user now
}

type rows struct {
	Grants   int64 `json:"grants"`
	Logins   int64 `json:"logins"`
	Attempts int64 `json:"attempts"`
}

// EraseUser answers POST …/users:erase.
func (h *Handler) EraseUser(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, func(q *request) (any, *httpx.Problem) {
		if problem := q.done(); problem != nil {
			return nil, problem
		}
		pseudonym := h.pseudonym(q)
		gone, err := h.Store.EraseUser(q.Context(), store.EraseUser{
			Connection: q.connection.ID, Sub: q.sub, Pseudonym: pseudonym, Reason: reasonErased, Now: q.now,
			Audit: []store.AuditEntry{{
				At: q.now, Actor: "api_client:" + q.caller.ID, Action: "user.erased", Object: store.UserObject(q.connection.ID, pseudonym),
			}},
		})
		if err != nil {
			return nil, h.failed("user not erased", err)
		}
		h.Attempts.Forget(q.connection.ID, q.sub)
		return erased{revokedOf(gone.Ended), rows{gone.Grants, gone.Logins, gone.Attempts}, pseudonym}, nil
	})
}

// pseudonym is the digest by which the audit log goes on speaking of an erased
// user. It is keyed: a sub, which can be guessed, cannot be tried against it.
func (h *Handler) pseudonym(q *request) string {
	sum := h.digests.Sum([]byte(q.sub), q.connection.ID)
	return "erased:" + base64.RawURLEncoding.EncodeToString(sum[:16])
}
