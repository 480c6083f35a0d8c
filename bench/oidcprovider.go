package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"syscall"
)

// oidcProvider is panva's oidc-provider in a server of ours (peers/oidc-provider), with
// the store that it comes with: a bounded map in memory.
var oidcProvider = subject{
	name: "oidc-provider", about: "oidc-provider 9.13.3 on Node.js, in memory: nothing survives; RS256",
	start: func(b *bed) (*running, error) {
		address, err := freeAddress()
		if err != nil {
			return nil, err
		}
		p, err := command{
			dir: b.dir, log: "log",
			env: []string{
				"PORT=" + port(address), "REDIRECT_URI=" + redirectURI, "RESOURCE=" + mcpURL, "SCOPE=" + scope,
				"APP_CLIENT=" + appClient, "MACHINE_CLIENT=" + machineClient, "MACHINE_SECRET=" + machineSecret,
			},
			args: []string{"node", filepath.Join(b.programs, "oidc-provider", "server.mjs")},
		}.start()
		if err != nil {
			return nil, err
		}
		s := oidcProviderServer{"http://" + address}
		r := &running{
			base: s.base, server: []int{p.pid()}, operations: s.operations(), stop: func() { p.stop(syscall.SIGTERM) },
		}
		return r, answers(s.base+"/.well-known/openid-configuration", p)
	},
}

type oidcProviderServer struct{ base string }

func (s oidcProviderServer) operations() map[string]prepare {
	return map[string]prepare{
		opMetadata:  repeated(get(s.base+"/.well-known/openid-configuration", http.StatusOK)),
		opKeys:      repeated(get(s.base+"/jwks", http.StatusOK)),
		opRegister:  repeated(registration(s.base + "/reg")),
		opAuthorize: fresh(s.base+"/auth", http.StatusSeeOther, "resource", mcpURL),
		opToken:     repeated(machineToken(s.base+"/token", "resource", mcpURL)),
		opRefresh: func(c *caller) (func() error, error) {
			return refreshing(c, s.base+"/token", s.loginFor(mcpURL))
		},
		// It does not introspect JWTs: this one is opaque, and found in memory.
		opIntrospect: func(c *caller) (func() error, error) {
			t, err := s.loginFor(mcpURL + "/opaque")(c)
			r := post(s.base+"/token/introspection", parameters("token", t.access), http.StatusOK)
			r.user, r.pass = machineClient, machineSecret
			return active(c, r), err
		},
		opLogin: func(c *caller) (func() error, error) {
			return func() error { _, err := s.loginFor(mcpURL)(c); return err }, nil
		},
	}
}

// loginFor is a whole login: its own login page and consent page, each answered.
func (s oidcProviderServer) loginFor(resource string) func(c *caller) (tokens, error) {
	return func(c *caller) (t tokens, err error) {
		verifier := newVerifier()
		c.newBrowser()
		a, err := c.send(authorization(s.base+"/auth", verifier, http.StatusSeeOther, "resource", resource, "prompt", "consent"))
		for range 2 { // the login, the consent
			if err != nil {
				return t, err
			}
			if a, err = s.interact(c, a); err != nil {
				return t, err
			}
		}
		code, err := a.parameter("code")
		if err != nil {
			return t, err
		}
		if a, err = c.send(redemption(s.base+"/token", code, verifier)); err != nil {
			return t, err
		}
		return tokensOf(a)
	}
}

// interact answers the page that a redirects to, and resumes.
func (s oidcProviderServer) interact(c *caller, a answer) (answer, error) {
	page, err := a.location(s.base)
	if err != nil {
		return a, err
	}
	if a, err = c.send(get(page, http.StatusOK)); err != nil {
		return a, err
	}
	f, err := firstForm(a.body)
	if err != nil {
		return a, err
	}
	f.fields.Set("login", fmt.Sprintf("user-%d", c.number))
	if a, err = c.send(post(page, f.fields, http.StatusSeeOther)); err != nil {
		return a, err
	}
	resume, err := a.location(page)
	if err != nil {
		return a, err
	}
	return c.send(get(resume, http.StatusSeeOther))
}
