package manage

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/web"
)

// portalView says what the page shows.
func (h *Handler) portalView(r *http.Request, s session, grants []store.Grant) (web.Portal, error) {
	disabled, err := h.Store.UserDisabled(r.Context(), s.Connection, s.Sub)
	if err != nil {
		return web.Portal{}, err
	}
	ended, err := h.ended(r, s, grants)
	if err != nil {
		return web.Portal{}, err
	}
	v := web.Portal{
		Action: "/portal/end", LeaveAction: "/portal/leave", FormToken: h.formToken(s),
		Company: oauth.DisplayName(cmp.Or(s.connection.Name, s.connection.ID)), User: web.User{Subject: s.Sub},
		Disabled: disabled, Ended: ended, Apps: apps(s, grants),
	}
	if back := s.back(); back != "" {
		v.ReturnTo = oauth.DisplayHost(back)
	}
	// The newest grant says who the user is by now, even if it has ended.
	if len(grants) == 0 {
		grants, err = h.Store.ListGrants(r.Context(), store.GrantFilter{Connection: s.Connection, Sub: s.Sub, Limit: 1})
	}
	if len(grants) > 0 {
		u := grants[0].Claims
		v.User.Name, v.User.Email, v.Locale = oauth.DisplayName(u.Name), u.Email, u.Locale
	}
	return v, err
}

// back is where the user comes from, "" if the company did not say. It is checked
// again: the configuration may have changed since the link was made.
func (s session) back() string {
	if s.Return == "" || !returns(s.connection, s.Return) {
		return ""
	}
	return s.Return
}

// apps groups the grants by client, the one that was connected last first.
func apps(s session, grants []store.Grant) []web.ConnectedApp {
	var all []web.ConnectedApp
	place := map[string]int{}
	for _, g := range grants {
		i, known := place[g.ClientID]
		if !known {
			who := ClientOf(s.snap, g)
			i = len(all)
			place[g.ClientID] = i
			all = append(all, web.ConnectedApp{Client: web.Client{
				ID: g.ClientID, Name: oauth.DisplayName(who.Name), Publisher: who.Publisher, Verified: who.Verified,
			}})
		}
		all[i].Grants = append(all[i].Grants, shown(s, g))
	}
	return all
}

func shown(s session, g store.Grant) web.ConnectedGrant {
	organization := g.Claims.Organization()
	v := web.ConnectedGrant{
		ID: g.ID, Server: web.Server{Name: g.MCPServer}, Destination: g.RedirectHost, Since: g.CreatedAt, LastUsed: g.LastUsedAt,
		Organization: oauth.DisplayName(cmp.Or(organization.Name, organization.ID)),
	}
	server, ok := s.snap.MCPServer(g.MCPServer)
	if ok {
		v.Server = web.Server{Name: server.Name, Host: oauth.DisplayHost(server.URL)}
	}
	for _, name := range g.Scopes {
		v.Scopes = append(v.Scopes, web.Scope{Name: name, Description: describe(server, name)})
	}
	return v
}

// ended says what the address claims was ended, if that is so and is the user's.
func (h *Handler) ended(r *http.Request, s session, live []store.Grant) (web.Ended, error) {
	id := r.URL.Query().Get("ended")
	switch {
	case id == "":
		return web.Ended{}, nil
	case id == "all":
		return web.Ended{All: len(live) == 0}, nil
	}
	g, err := h.Store.Grant(r.Context(), id)
	if errors.Is(err, store.ErrNotFound) {
		return web.Ended{}, nil
	}
	if err != nil || g.Connection != s.Connection || g.Sub != s.Sub || g.RevokedAt.IsZero() {
		return web.Ended{}, err
	}
	ended := web.Ended{Client: oauth.DisplayName(clientOf(s.snap, g).Name), Server: g.MCPServer}
	if server, ok := s.snap.MCPServer(g.MCPServer); ok {
		ended.Server = cmp.Or(server.Name, oauth.DisplayHost(server.URL))
	}
	return ended, nil
}
