// The page where a user sees which apps are connected, and ends any of it.

package web

import (
	"cmp"
	"maps"
	"net/http"
	"time"
)

// Portal is a user's list of connected apps.
type Portal struct {
	Language

	Action      string // where an end is posted: "grant" is a grant's id, or "all" is "all"
	LeaveAction string // where "done" is posted
	FormToken   string // the hidden field "form_token" of both forms

	Company  string // whose services these are
	User     User
	Disabled bool // the company has switched everything off for now
	Apps     []ConnectedApp
	Ended    Ended
	ReturnTo string // the host of the company's app, where "done" leads; "" = nowhere
}

// ConnectedApp is a client with all that this user has allowed it.
type ConnectedApp struct {
	Client Client
	Grants []ConnectedGrant
}

// ConnectedGrant is one thing that the user has allowed.
type ConnectedGrant struct {
	ID           string
	Server       Server
	Organization string
	Scopes       []Scope
	Destination  string // host, or scheme, that the app was reached at
	Since        time.Time
	LastUsed     time.Time // zero if it was not used yet
}

// Ended says what was ended by the form before this page; the zero value says
// nothing.
type Ended struct {
	All            bool
	Client, Server string
}

// Portal shows the list, with status 200.
func (p *Pages) Portal(w http.ResponseWriter, r *http.Request, v Portal) {
	content := p.in(v.Language, r)
	content.V, content.titleKey = v, "portal.title"
	content.words = words{
		"company": v.Company, "destination": v.ReturnTo,
		"client": cmp.Or(v.Ended.Client, content.catalog.messages["client.unnamed"]), "server": v.Ended.Server,
	}
	content.Token = token{Left: initial(v.User.Primary()), Right: initial(v.Company)}
	content.postsForm = true
	p.render(w, http.StatusOK, "portal", content)
}

// PortalOver asks the reader to open the list from the company's app again, with
// status 403: the link was used or is too old, or the list was open too long.
func (p *Pages) PortalOver(w http.ResponseWriter, r *http.Request) {
	p.message(w, r, http.StatusForbidden, Language{}, message{Key: "portal.over"}, nil)
}

// PortalLeft says goodbye, with status 200.
func (p *Pages) PortalLeft(w http.ResponseWriter, r *http.Request, l Language) {
	p.message(w, r, http.StatusOK, l, message{Key: "portal.left", Done: true}, nil)
}

// App is the page with the words of one client.
func (p page) App(a ConnectedApp) page {
	p.V = a
	p.words = words{"client": cmp.Or(a.Client.Name, a.Client.Publisher, p.catalog.messages["client.unnamed"]), "publisher": a.Client.Publisher}
	if len(a.Grants) > 0 {
		p.words["server"] = a.Grants[0].Server.label()
	}
	return p
}

// Grant is App's page with the words of one of its grants.
func (p page) Grant(g ConnectedGrant) page {
	p.V = g
	p.words = words{
		"client": p.words["client"], "server": g.Server.label(),
		"since": p.date(g.Since), "used": p.date(g.LastUsed),
	}
	return p
}

// With replaces the word {date}.
func (p page) With(date string) page { return p.saying("date", p.words[date]) }

// Exactly adds the organisation to the word {server}: an app may use one service for
// several.
func (p page) Exactly(g ConnectedGrant) page {
	if g.Organization == "" {
		return p
	}
	return p.saying("server", g.Heading()+" · "+g.Organization)
}

// saying is p with another word.
func (p page) saying(name, value string) page {
	p.words = maps.Clone(p.words)
	p.words[name] = value
	return p
}

// date writes a day as the language does. Days are those of UTC: the server does
// not know where the reader is.
func (p page) date(t time.Time) string { return t.UTC().Format(p.catalog.messages["date.layout"]) }

// Used tells whether the app has ever used what it was allowed.
func (g ConnectedGrant) Used() bool { return !g.LastUsed.IsZero() }

// Day is a date for programs (HTML <time>).
func (g ConnectedGrant) Day() string { return g.Since.UTC().Format(time.DateOnly) }

// Heading is what the grant is about.
func (g ConnectedGrant) Heading() string { return g.Server.label() }

func (s Server) label() string { return cmp.Or(s.Name, s.Host) }

// Any tells whether something was ended.
func (e Ended) Any() bool { return e != Ended{} }
