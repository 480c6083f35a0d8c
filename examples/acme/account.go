// Acme's own sign-in and home page, the part that your app already has.
package acme

import (
	"errors"
	"net/http"
	"net/url"
)

func (a *App) home(w http.ResponseWriter, r *http.Request) {
	a.show(w, http.StatusOK, "home", page{Title: "Acme", User: a.signedIn(r), MCPServerURL: a.mcpURL})
}

// login shows the sign-in form, unless Symbolon sent the browser: then connectMCP decides.
func (a *App) login(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Has("login_request_id") || r.URL.Query().Has("state") {
		a.connectMCP(w, r)
		return
	}
	if a.signedIn(r) != nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	a.askPassword(w, r, "")
}

// askPassword shows the sign-in form. It carries the login request along, if there is one.
func (a *App) askPassword(w http.ResponseWriter, r *http.Request, problem string) {
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnauthorized
	}
	email := r.PostFormValue("email")
	if email == "" {
		email = r.FormValue("login_hint") // whom the MCP client expects; only a suggestion
	}
	a.show(w, status, "login", page{
		Title: "Sign in", Email: email, Problem: problem,
		Request: r.FormValue("login_request_id"), State: r.FormValue("state"),
	})
}

func (a *App) signIn(w http.ResponseWriter, r *http.Request) {
	user := a.authenticate(r.PostFormValue("email"), r.PostFormValue("password"))
	if user == nil {
		a.askPassword(w, r, "The email address or the password is not right.")
		return
	}
	request, state := r.PostFormValue("login_request_id"), r.PostFormValue("state")
	a.sessions.end(a.sessionID(r)) // a new session for every sign-in: an old id, wherever it came from, is worth nothing
	a.setSession(w, a.sessions.start(user, request, a.now()), sessionLifetime)
	next := "/"
	if request != "" {
		next = "/login?" + url.Values{"login_request_id": {request}, "state": {state}}.Encode()
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (a *App) signOut(w http.ResponseWriter, r *http.Request) {
	a.sessions.end(a.sessionID(r))
	a.setSession(w, "", 0)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// explain turns what Symbolon answered into what a user can do. The details are for the log.
func (a *App) explain(w http.ResponseWriter, r *http.Request, err error) {
	a.log.ErrorContext(r.Context(), "cannot complete the login of an MCP client", "err", err)
	status := 0
	if e, ok := errors.AsType[*statusError](err); ok && e.call == "posting the user" {
		status = e.status
	}
	switch status {
	case http.StatusNotFound, http.StatusGone:
		a.refuse(w, r, http.StatusGone, "This login has expired. Start again from your MCP client.")
	case http.StatusConflict:
		a.refuse(w, r, http.StatusConflict, "Somebody else has already signed in with this link. Start again from your MCP client.")
	default:
		a.refuse(w, r, http.StatusBadGateway, "Acme could not finish connecting your MCP client. Try again in a minute; if it goes on, tell Acme's support.")
	}
}
