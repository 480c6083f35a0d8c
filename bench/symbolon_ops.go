package main

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"net/url"
)

// symbolonOperations is what can be asked of Symbolon at base.
func symbolonOperations(base string) map[string]prepare {
	issuer := base + "/resources/res_todo"
	s := symbolonServer{base, issuer}
	return map[string]prepare{
		opMetadata:   repeated(get(base+"/.well-known/oauth-authorization-server/resources/res_todo", http.StatusOK)),
		opKeys:       repeated(get(base+"/keys", http.StatusOK)),
		opRegister:   repeated(registration(base + "/api/v1/resources/res_todo/clients:register")),
		opAuthorize:  fresh(issuer+"/oauth/authorize", http.StatusSeeOther),
		opToken:      repeated(machineToken(issuer + "/oauth/token")),
		opRefresh:    s.refresh,
		opIntrospect: s.introspect,
		opLogin:      s.logins,
	}
}

// repeated sends the same request again and again.
func repeated(r request) prepare {
	return func(c *caller) (func() error, error) {
		return func() error { _, err := c.send(r); return err }, nil
	}
}

// registration is a public client's, as MCP clients register.
func registration(url string) request {
	return request{method: http.MethodPost, url: url, want: http.StatusCreated, json: map[string]any{
		"client_name": "Bench", "redirect_uris": []string{redirectURI}, "token_endpoint_auth_method": "none",
		"grant_types": []string{"authorization_code", "refresh_token"}, "response_types": []string{"code"},
	}}
}

// machineToken asks for a token by client_credentials.
func machineToken(url string, more ...string) request {
	r := post(url, parameters(append([]string{"grant_type", "client_credentials", "scope", scope}, more...)...), http.StatusOK)
	r.user, r.pass = machineClient, machineSecret
	return r
}

// fresh opens the authorization endpoint as a new browser each time.
func fresh(url string, want int, more ...string) prepare {
	return func(c *caller) (func() error, error) {
		return func() error {
			c.newBrowser()
			_, err := c.send(authorization(url, newVerifier(), want, more...))
			return err
		}, nil
	}
}

// authorization is the request that a client sends its user's browser with.
func authorization(endpoint, verifier string, want int, more ...string) request {
	challenge := sha256.Sum256([]byte(verifier))
	return get(endpoint+"?"+parameters(append([]string{
		"response_type", "code", "client_id", appClient, "redirect_uri", redirectURI, "state", rand.Text(), "scope", scope,
		"code_challenge", unpadded(challenge[:]), "code_challenge_method", "S256",
	}, more...)...).Encode(), want)
}

func newVerifier() string { return rand.Text() + rand.Text() }

// redemption exchanges a code.
func redemption(endpoint, code, verifier string) request {
	return post(endpoint, parameters("grant_type", "authorization_code", "client_id", appClient, "code", code,
		"redirect_uri", redirectURI, "code_verifier", verifier), http.StatusOK)
}

// parameters are names and values in turn; a later value takes a former one's place.
func parameters(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// tokens are what a login ends with.
type tokens struct{ access, refresh string }

func tokensOf(a answer) (t tokens, err error) {
	if t.access, err = a.member("access_token"); err != nil {
		return t, err
	}
	t.refresh, err = a.member("refresh_token")
	return t, err
}

// refreshing logs in once and then rotates the refresh token.
func refreshing(c *caller, endpoint string, login func(*caller) (tokens, error), more ...string) (func() error, error) {
	t, err := login(c)
	return func() error {
		a, err := c.send(post(endpoint, parameters(append([]string{
			"grant_type", "refresh_token", "client_id", appClient,
			"refresh_token", t.refresh,
		}, more...)...), http.StatusOK))
		if err != nil {
			return err
		}
		t, err = tokensOf(a)
		return err
	}, err
}
