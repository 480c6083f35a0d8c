// The pages that say one thing: a problem, "not yet", "already answered".

package web

import (
	"html/template"
	"net/http"
)

// message is a page with a title, sentences and at most one way on.
type message struct {
	OfLogin bool   // a login has come to this, and not a page that the reader opened
	Done    bool   // nothing is missing any more
	Key     string // "<Key>.title", "<Key>.text" and "<Key>.advice" are its sentences
	Retry   string // the same page again
	Return  template.URL
	ErrorID string
	Reason  string
	Detail  string
}

// Technical tells whether there is anything for the operator to read.
func (m message) Technical() bool { return m.ErrorID != "" || m.Reason != "" || m.Detail != "" }

// Problem explains why a login cannot go on. status is the HTTP status of the
// answer.
func (p *Pages) Problem(w http.ResponseWriter, r *http.Request, status int, v Problem) {
	kind := v.Kind
	if kind == "" {
		kind = ProblemInternal
	}
	m := message{OfLogin: true, Key: "problem." + string(kind), ErrorID: v.ErrorID, Reason: v.Reason, Detail: v.Detail, Return: v.Return.href()}
	p.message(w, r, status, v.Language, m, words{"destination": v.Return.Name})
}

// NotYet asks the reader to try again in a moment, with status 409: the request
// is fine and the login is not there yet.
func (p *Pages) NotYet(w http.ResponseWriter, r *http.Request, v NotYet) {
	m := message{OfLogin: true, Key: "notyet", Retry: v.RetryURL, ErrorID: v.ErrorID}
	p.message(w, r, http.StatusConflict, v.Language, m, nil)
}

// Answered tells that the question was answered before, with status 409.
func (p *Pages) Answered(w http.ResponseWriter, r *http.Request, v Answered) {
	m := message{OfLogin: true, Key: "answered", Done: true, ErrorID: v.ErrorID}
	p.message(w, r, http.StatusConflict, v.Language, m, nil)
}

func (p *Pages) message(w http.ResponseWriter, r *http.Request, status int, l Language, m message, used words) {
	content := p.in(l, r)
	content.V, content.words, content.titleKey = m, used, m.Key+".title"
	content.Token, content.ofLogin = token{Missing: !m.Done}, m.OfLogin
	p.render(w, status, "message", content)
}

// Index says what this server is, with status 200.
func (p *Pages) Index(w http.ResponseWriter, r *http.Request, v Index) {
	content := p.in(v.Language, r)
	content.V, content.titleKey = v, "index.title"
	p.render(w, http.StatusOK, "index", content)
}
