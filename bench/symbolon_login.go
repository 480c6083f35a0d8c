package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
)

type symbolonServer struct{ base, issuer string }

// backendToken is the company's backend's, which serves for an hour.
func (s symbolonServer) backendToken(c *caller) (string, error) {
	r := post(s.base+"/oauth/token", parameters("grant_type", "client_credentials"), http.StatusOK)
	r.user, r.pass = backend, backendSecret
	a, err := c.send(r)
	if err != nil {
		return "", err
	}
	return a.member("access_token")
}

func (s symbolonServer) logins(c *caller) (func() error, error) {
	token, err := s.backendToken(c)
	return func() error { _, err := s.login(c, token); return err }, err
}

func (s symbolonServer) first(c *caller) (tokens, error) {
	token, err := s.backendToken(c)
	if err != nil {
		return tokens{}, err
	}
	return s.login(c, token)
}

func (s symbolonServer) refresh(c *caller) (func() error, error) {
	return refreshing(c, s.issuer+"/oauth/token", s.first)
}

func (s symbolonServer) introspect(c *caller) (func() error, error) {
	t, err := s.first(c)
	r := post(s.issuer+"/oauth/introspect", parameters("token", t.access), http.StatusOK)
	r.user, r.pass = mcpClient, backendSecret
	return active(c, r), err
}

// active introspects a token that must be found to be active.
func active(c *caller, r request) func() error {
	return func() error {
		a, err := c.send(r)
		if err == nil && !bytes.Contains(a.body, []byte(`"active":true`)) {
			err = fmt.Errorf("not active: %s", a.body)
		}
		return err
	}
}

// login is a whole login of somebody new, with the company's backend and the browser.
func (s symbolonServer) login(c *caller, backendToken string) (t tokens, err error) {
	verifier := newVerifier()
	c.newBrowser()
	a, err := c.send(authorization(s.issuer+"/oauth/authorize", verifier, http.StatusSeeOther))
	if err != nil {
		return t, err
	}
	loginRequest, err := a.parameter("login_request_id")
	if err != nil {
		return t, err
	}
	consent, err := s.signIn(c, backendToken, loginRequest)
	if err != nil {
		return t, err
	}
	code, err := s.allow(c, consent)
	if err != nil {
		return t, err
	}
	if a, err = c.send(redemption(s.issuer+"/oauth/token", code, verifier)); err != nil {
		return t, err
	}
	return tokensOf(a)
}

// signIn says who the user is and returns the address of the consent page.
func (s symbolonServer) signIn(c *caller, backendToken, loginRequest string) (string, error) {
	sub := "user-" + rand.Text()
	a, err := c.send(request{
		method: http.MethodPost, url: s.base + "/api/v1/connections/conn_acme/auth-requests/" + url.PathEscape(loginRequest) + "/user",
		json: map[string]string{"sub": sub, "email": sub + "@acme.example"}, bearer: backendToken, handoff: "verifier", want: http.StatusOK,
	})
	if err != nil {
		return "", err
	}
	back, err := a.member("redirect_url")
	if err != nil {
		return "", err
	}
	if a, err = c.send(get(back, http.StatusSeeOther)); err != nil {
		return "", err
	}
	return a.location(back)
}

// allow reads the consent page, agrees and returns the code.
func (s symbolonServer) allow(c *caller, consent string) (string, error) {
	a, err := c.send(get(consent, http.StatusOK))
	if err != nil {
		return "", err
	}
	f, err := firstForm(a.body)
	if err != nil {
		return "", err
	}
	f.fields.Set("decision", "allow")
	r := post(consent, f.fields, http.StatusSeeOther)
	r.origin = s.base
	if a, err = c.send(r); err != nil {
		return "", err
	}
	return a.parameter("code")
}
