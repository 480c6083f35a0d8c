package admin

// Commands that read the audit.

import (
	"context"
	"net/http"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// AuditEntry is an audit entry, as shown to programs.
type AuditEntry struct {
	Position int64             `json:"position"`
	At       time.Time         `json:"at"`
	Actor    string            `json:"actor"`
	Action   string            `json:"action"`
	Object   string            `json:"object"`
	Detail   map[string]string `json:"detail,omitempty"`
}

// AuditQuery asks for audit entries, newest first; see store.AuditFilter.
type AuditQuery struct {
	Object  string    `json:"object,omitempty"`
	Actor   string    `json:"actor,omitempty"`
	Actions []string  `json:"actions,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	Before  int64     `json:"before,omitempty"`
	Forward bool      `json:"forward"` // oldest first, those after After
	After   int64     `json:"after,omitempty"`
	Limit   int       `json:"limit"`
}

func (q AuditQuery) filter() store.AuditFilter {
	return store.AuditFilter{
		Object: q.Object, Actor: q.Actor, Actions: q.Actions, Since: q.Since,
		Before: q.Before, Forward: q.Forward, After: q.After, Limit: q.Limit,
	}
}

// AuditEntries are entries as commands see them.
func AuditEntries(entries []store.AuditEntry) []AuditEntry {
	list := make([]AuditEntry, len(entries))
	for i, e := range entries {
		list[i] = AuditEntry{e.Position, e.At, e.Actor, e.Action, e.Object, e.Detail}
	}
	return list
}

func (h *handler) audit(r *http.Request) ([]AuditEntry, error) {
	query, err := read[AuditQuery](r)
	if err != nil {
		return nil, err
	}
	if query.Limit < 1 {
		return nil, invalid("limit must be a number above 0")
	}
	entries, err := h.operator.Audit(r.Context(), query.filter())
	return AuditEntries(entries), err
}

// Audit lists audit entries.
func (c *Client) Audit(ctx context.Context, q AuditQuery) ([]AuditEntry, error) {
	return call[[]AuditEntry](ctx, c, http.MethodPost, pathAudit, q)
}
