package admin

// Commands that look at grants and end them.

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// States of a grant.
const (
	GrantLive     = "live"
	GrantDisabled = "disabled" // its user is: it is not to be used for now
	GrantExpired  = "expired"
	GrantEnded    = "ended"
)

// Grant is what a user allowed a client on an MCP server.
type Grant struct {
	ID           string            `json:"id"`
	State        string            `json:"state"`
	Connection   string            `json:"connection"`
	Sub          string            `json:"sub"`
	Client       GrantClient       `json:"client"`
	MCPServer    GrantServer       `json:"mcp_server"`
	Organization GrantOrganization `json:"organization,omitzero"`
	Scopes       []string          `json:"scopes"`
	RedirectHost string            `json:"redirect_host"` // where the answers went
	CreatedAt    time.Time         `json:"created_at"`
	LastUsedAt   time.Time         `json:"last_used_at,omitzero"`
	ExpiresAt    time.Time         `json:"expires_at,omitzero"`
	EndedAt      time.Time         `json:"ended_at,omitzero"`
	EndedReason  string            `json:"ended_reason,omitempty"`
}

// GrantClient is who was allowed. Its name is its maker's word, unless it is verified.
type GrantClient struct {
	ID        string `json:"id"`
	Name      string `json:"name,omitempty"`
	Publisher string `json:"publisher,omitempty"` // the host that serves its metadata document
	Verified  bool   `json:"verified"`
}

// GrantServer is where.
type GrantServer struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

// GrantOrganization is the one that the grant is for, in the company's words.
type GrantOrganization struct {
	ID   string `json:"external_id,omitempty"`
	Name string `json:"external_name,omitempty"`
}

// GrantDetail is all that is known of a grant. No secret is.
type GrantDetail struct {
	Grant
	AttemptID   string       `json:"attempt_id"`
	Issuer      string       `json:"issuer"`
	Resource    string       `json:"resource,omitempty"`
	RedirectURI string       `json:"redirect_uri"`
	ClientKind  string       `json:"client_kind"`
	Offline     bool         `json:"offline"` // it may be refreshed
	Refreshes   uint32       `json:"refreshes"`
	RefreshedAt time.Time    `json:"refreshed_at,omitzero"`
	IdleEnd     time.Time    `json:"idle_end,omitzero"` // unless it is refreshed before
	Claims      store.User   `json:"claims"`
	Audit       []AuditEntry `json:"audit"` // newest first
}

// GrantSelection names grants by the conjunction of its fields.
type GrantSelection struct {
	Connection   string `json:"connection,omitempty"`
	Sub          string `json:"sub,omitempty"`
	ClientID     string `json:"client_id,omitempty"`
	MCPServer    string `json:"mcp_server,omitempty"`
	Organization string `json:"organization,omitempty"`
}

// GrantsQuery asks for grants, newest first.
type GrantsQuery struct {
	GrantSelection
	Ended  bool   `json:"ended"` // also those that are not live
	Limit  int    `json:"limit"`
	Before string `json:"before,omitempty"` // a grant, to continue after it
}

// RevokeGrants ends one grant, or all that are selected.
type RevokeGrants struct {
	GrantID string `json:"grant_id,omitempty"`
	GrantSelection
	DryRun bool `json:"dry_run"`
}

// RevokedGrants is what was ended, or would be.
type RevokedGrants struct {
	InUse int64 `json:"in_use"` // that were live
	Ended int   `json:"ended"`  // with those that had expired and were still there
}

func (h *handler) grants(r *http.Request) ([]Grant, error) {
	query, err := read[GrantsQuery](r)
	if err != nil {
		return nil, err
	}
	if query.Limit < 1 {
		return nil, invalid("limit must be a number above 0")
	}
	return h.operator.Grants(r.Context(), query)
}

func (h *handler) grant(r *http.Request) (GrantDetail, error) {
	found, err := h.operator.Grant(r.Context(), r.FormValue("id"))
	if errors.Is(err, store.ErrNotFound) {
		err = errNoGrant
	}
	return found, err
}

var errNoGrant = notFound("there is no grant with this id. Ended ones are deleted after a while (retention), and with their user; " +
	"\"symbolon audit list --object grant:ID\" shows what is remembered")

func (h *handler) revokeGrants(r *http.Request) (RevokedGrants, error) {
	request, err := read[RevokeGrants](r)
	if err != nil {
		return RevokedGrants{}, err
	}
	revoked, err := h.operator.RevokeGrants(r.Context(), request)
	if errors.Is(err, store.ErrNotFound) {
		err = errNoGrant
	}
	return revoked, err
}

// Grants lists grants, newest first.
func (c *Client) Grants(ctx context.Context, q GrantsQuery) ([]Grant, error) {
	return call[[]Grant](ctx, c, http.MethodPost, pathGrants, q)
}

// Grant is all that is known of one.
func (c *Client) Grant(ctx context.Context, id string) (GrantDetail, error) {
	return call[GrantDetail](ctx, c, http.MethodGet, pathGrant+"?id="+url.QueryEscape(id), nil)
}

// RevokeGrants ends grants, or with DryRun says how many.
func (c *Client) RevokeGrants(ctx context.Context, r RevokeGrants) (RevokedGrants, error) {
	return call[RevokedGrants](ctx, c, http.MethodPost, pathRevokeGrants, r)
}
