package manage

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// grantJSON is a live grant as the company's app shows it to its user.
type grantJSON struct {
	ID           string            `json:"id"`
	Client       clientJSON        `json:"client"`
	MCPServer    serverJSON        `json:"mcp_server"`
	Organization *organizationJSON `json:"organization,omitempty"`
	Scopes       []scopeJSON       `json:"scopes"`
	RedirectHost string            `json:"redirect_host"`
	CreatedAt    time.Time         `json:"created_at"`
	LastUsedAt   *time.Time        `json:"last_used_at,omitempty"`
	ExpiresAt    *time.Time        `json:"expires_at,omitempty"`
}

type clientJSON struct {
	ID        string `json:"id"`
	Name      string `json:"name,omitempty"` // as its maker wrote it: not to be trusted unless verified
	Publisher string `json:"publisher,omitempty"`
	Verified  bool   `json:"verified"`
}

type serverJSON struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

type organizationJSON struct {
	ID   string `json:"external_id,omitempty"`
	Name string `json:"external_name,omitempty"`
}

type scopeJSON struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// Grants answers POST …/users:grants: what the user has connected.
func (h *Handler) Grants(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, func(q *request) (any, *httpx.Problem) {
		if problem := q.done(); problem != nil {
			return nil, problem
		}
		grants, err := h.live(q.Request, q.connection.ID, q.sub)
		if err != nil {
			return nil, h.failed("grants not listed", err)
		}
		disabled, err := h.Store.UserDisabled(q.Context(), q.connection.ID, q.sub)
		if err != nil {
			return nil, h.failed("user not read", err)
		}
		answer := struct {
			Disabled bool        `json:"disabled"`
			Grants   []grantJSON `json:"grants"`
		}{disabled, []grantJSON{}}
		for _, g := range grants {
			answer.Grants = append(answer.Grants, jsonOf(q.snap, g))
		}
		return answer, nil
	})
}

// live lists all live grants of a user, newest first.
func (h *Handler) live(r *http.Request, connection, sub string) ([]store.Grant, error) {
	var all []store.Grant
	filter := store.GrantFilter{Connection: connection, Sub: sub, LiveAt: h.Now(), Limit: 1000}
	for {
		page, err := h.Store.ListGrants(r.Context(), filter)
		if all = append(all, page...); err != nil || len(page) < filter.Limit {
			return all, err
		}
		filter.Before = page[len(page)-1].ID
	}
}

func jsonOf(snap *catalog.Snapshot, g store.Grant) grantJSON {
	who := ClientOf(snap, g)
	j := grantJSON{
		ID: g.ID, RedirectHost: g.RedirectHost, CreatedAt: g.CreatedAt, Scopes: []scopeJSON{},
		Client:     clientJSON{ID: g.ClientID, Name: who.Name, Publisher: who.Publisher, Verified: who.Verified},
		MCPServer:  serverJSON{ID: g.MCPServer},
		LastUsedAt: given(g.LastUsedAt), ExpiresAt: given(g.ExpiresAt),
	}
	if o := g.Claims.Organization(); o.ID != "" || o.Name != "" {
		j.Organization = &organizationJSON{o.ID, o.Name}
	}
	server, ok := snap.MCPServer(g.MCPServer)
	if ok {
		j.MCPServer.Name, j.MCPServer.URL = server.Name, server.URL
	}
	for _, name := range g.Scopes {
		j.Scopes = append(j.Scopes, scopeJSON{name, describe(server, name)})
	}
	return j
}

func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Client is who a grant is for, as people are shown it.
type Client struct {
	Name      string // as its maker wrote it: not to be trusted unless verified
	Publisher string // the host that vouches for the name, "" if none does
	Verified  bool   // by the operator
}

// ClientOf is the client of a grant, as the portal and the operator's commands show it.
func ClientOf(snap *catalog.Snapshot, g store.Grant) Client {
	who := clientOf(snap, g)
	return Client{Name: who.Name, Publisher: publisher(g), Verified: who.Verified}
}

// clientOf is what is known of a grant's client: the operator's word of now, or
// what the user agreed to.
func clientOf(snap *catalog.Snapshot, g store.Grant) oauth.Client {
	if c, ok := snap.Client(g.ClientID); ok {
		return c.OAuth()
	}
	var consented oauth.Client
	if len(g.ClientJSON) > 0 && json.Unmarshal(g.ClientJSON, &consented) != nil {
		consented = oauth.Client{}
	}
	consented.Name, consented.Verified = oauth.DisplayName(g.ClientName), false
	return consented
}

// publisher is the host that vouches for a client's name: the one that serves its
// metadata document.
func publisher(g store.Grant) string {
	if oauth.Kind(g.ClientKind) == oauth.MetadataDocument {
		return oauth.DisplayHost(g.ClientID)
	}
	return ""
}

// describe is a scope in the operator's words, as the consent page had them.
func describe(server *catalog.MCPServer, name string) string {
	if server != nil {
		for _, s := range server.Scopes {
			if s.Name == name {
				return s.Description
			}
		}
	}
	return ""
}
