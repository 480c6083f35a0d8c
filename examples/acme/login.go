// The integration: everything that a company's app adds to its login so that its users can connect MCP clients.
// This file and symbolon.go are what you copy; signedIn, freshFor, askPassword, show and refuse are what your app
// already has in some form.
package acme

import (
	"net/http"
	"regexp"
)

// wellFormed is what login_request_id and state look like. Anything else never came from Symbolon.
var wellFormed = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// connectMCP handles /login when Symbolon sent the browser here, that is with a login_request_id and a state.
// It must run behind CSRF protection (here http.CrossOriginProtection, see app.go).
func (a *App) connectMCP(w http.ResponseWriter, r *http.Request) {
	request, state := r.FormValue("login_request_id"), r.FormValue("state")
	if !wellFormed.MatchString(request) || !wellFormed.MatchString(state) {
		a.refuse(w, r, http.StatusBadRequest, "This link is not complete. Start again from your MCP client.")
		return
	}
	// Sign the user in, your own way, and come back here. prompt=login: as somebody else than now.
	user := a.signedIn(r)
	if user == nil || r.FormValue("prompt") == "login" {
		a.askPassword(w, r, "")
		return
	}
	// Ask, unless the user typed the password for this very request: a link from a stranger leads here, too.
	if r.Method != http.MethodPost && !a.freshFor(r, request) {
		a.show(w, http.StatusOK, "continue", page{Title: "Connect an MCP client", User: user, Request: request, State: state})
		return
	}
	// Tell Symbolon who it is, backend to backend, and send the browser where the answer says: that URL holds the
	// proof that this browser is the one that was signed in here.
	details := LoginUser{Sub: user.ID, Email: user.Email, Name: user.Name}
	if r.PostFormValue("answer") == "cancel" {
		details = LoginUser{LoginFailed: true}
	}
	redirectURL, err := a.symbolon.PostUser(r.Context(), request, details)
	if err != nil {
		a.explain(w, r, err)
		return
	}
	http.Redirect(w, r, redirectURL, http.StatusSeeOther)
}
