package admin

// Commands that look at login attempts.

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// Attempt is a login attempt, as shown to programs.
type Attempt struct {
	ID         string        `json:"id"`
	Connection string        `json:"connection,omitempty"`
	MCPServer  string        `json:"mcp_server,omitempty"`
	ClientID   string        `json:"client_id,omitempty"`
	ClientName string        `json:"client_name,omitempty"`
	Sub        string        `json:"sub,omitempty"`
	StartedAt  time.Time     `json:"started_at,omitzero"`
	UpdatedAt  time.Time     `json:"updated_at,omitzero"`
	Events     []store.Event `json:"events"`
}

// ErrorReport is what stands behind an error id.
type ErrorReport struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	Reason  string    `json:"reason"`
	What    string    `json:"what,omitempty"`
	Remedy  string    `json:"remedy,omitempty"`
	Attempt *Attempt  `json:"attempt,omitempty"` // nil if it is not known any more
}

func attemptFrom(a store.Attempt) Attempt {
	return Attempt{
		ID: a.ID, Connection: a.Connection, MCPServer: a.MCPServer, ClientID: a.ClientID, ClientName: a.ClientName,
		Sub: a.Sub, StartedAt: a.StartedAt, UpdatedAt: a.UpdatedAt, Events: a.Events,
	}
}

// Stored is the attempt in the form that package attempt draws.
func (a Attempt) Stored() store.Attempt {
	return store.Attempt{
		AttemptSummary: store.AttemptSummary{
			ID: a.ID, Connection: a.Connection, MCPServer: a.MCPServer, ClientID: a.ClientID, ClientName: a.ClientName,
			Sub: a.Sub, StartedAt: a.StartedAt,
		},
		UpdatedAt: a.UpdatedAt,
		Events:    a.Events,
	}
}

func (h *handler) attempts(r *http.Request) ([]Attempt, error) {
	limit, err := strconv.Atoi(r.FormValue("limit"))
	if err != nil || limit < 1 {
		return nil, invalid("limit must be a number above 0")
	}
	found, err := h.operator.Attempts(r.Context(), limit)
	if err != nil {
		return nil, err
	}
	list := make([]Attempt, len(found))
	for i, a := range found {
		list[i] = attemptFrom(a)
	}
	return list, nil
}

func (h *handler) attempt(r *http.Request) (Attempt, error) {
	found, err := h.operator.Attempt(r.Context(), r.FormValue("id"))
	if errors.Is(err, store.ErrNotFound) {
		return Attempt{}, notFound("there is no login attempt with this id. An attempt that never reached the user-details call " +
			"is in the memory of the server that saw it, until newer ones push it out or the server ends; " +
			"\"symbolon attempts list\" shows what is there")
	}
	return attemptFrom(found), err
}

func (h *handler) errorID(r *http.Request) (ErrorReport, error) {
	id := r.FormValue("id")
	attemptID, code, at, err := h.operator.OpenErrorID(id)
	if err != nil {
		return ErrorReport{}, notFound("this error id was not made by this installation: " +
			"copy it whole, and use the configuration of the server that showed it")
	}
	report := ErrorReport{ID: id, At: at, Reason: code}
	if reason, ok := attempt.Lookup(code); ok {
		report.What, report.Remedy = reason.What, reason.Remedy
	}
	found, err := h.operator.Attempt(r.Context(), attemptID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return report, nil
	case err != nil:
		return ErrorReport{}, err
	}
	known := attemptFrom(found)
	report.Attempt = &known
	return report, nil
}

// Attempts are the newest login attempts, the newest first.
func (c *Client) Attempts(ctx context.Context, limit int) ([]Attempt, error) {
	return call[[]Attempt](ctx, c, http.MethodGet, pathAttempts+"?limit="+strconv.Itoa(limit), nil)
}

// Attempt is one login attempt.
func (c *Client) Attempt(ctx context.Context, id string) (Attempt, error) {
	return call[Attempt](ctx, c, http.MethodGet, pathAttempt+"?id="+url.QueryEscape(id), nil)
}

// ErrorReport opens an error id.
func (c *Client) ErrorReport(ctx context.Context, id string) (ErrorReport, error) {
	return call[ErrorReport](ctx, c, http.MethodGet, pathError+"?id="+url.QueryEscape(id), nil)
}
