package main

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"
	"net/http"
	"path/filepath"
	"syscall"
)

// hydra is Ory Hydra: like ours, it asks a company's login who signed in. Here both its
// database and its settings are what a production would have, with two exceptions in its
// favour: an RSA key of 2048 bits instead of 4096, as the others have, and client secrets
// that are hashed once instead of 25,000 times.
var hydra = subject{
	name: "hydra", about: "Ory Hydra 2.3.0, PostgreSQL; RS256",
	start: func(b *bed) (*running, error) {
		public, admin, err := twoAddresses()
		if err != nil {
			return nil, err
		}
		name, err := b.postgres.database()
		if err != nil {
			return nil, err
		}
		c := command{dir: b.dir, log: "log", args: []string{filepath.Join(b.programs, "hydra"), "migrate", "sql", "-e", "--yes"}, env: []string{
			"DSN=" + b.postgres.url(name) + "&max_conns=20&max_idle_conns=20", // with the 4 of its default, 8 callers wait for each other for ever
			"SECRETS_SYSTEM=bench-system-secret-0123456789",
			"URLS_SELF_ISSUER=http://" + public, "URLS_LOGIN=http://127.0.0.1:9/login", "URLS_CONSENT=http://127.0.0.1:9/consent",
			"SERVE_PUBLIC_HOST=127.0.0.1", "SERVE_PUBLIC_PORT=" + port(public), "SERVE_ADMIN_HOST=127.0.0.1", "SERVE_ADMIN_PORT=" + port(admin),
			"STRATEGIES_ACCESS_TOKEN=jwt", "OIDC_DYNAMIC_CLIENT_REGISTRATION_ENABLED=true",
			"OAUTH2_HASHERS_PBKDF2_ITERATIONS=1", "LOG_LEVEL=error", "SQA_OPT_OUT=true",
		}}
		if err := c.run(); err != nil {
			return nil, err
		}
		c.args = []string{c.args[0], "serve", "all", "--dev"}
		p, err := c.start()
		if err != nil {
			return nil, err
		}
		s := hydraServer{"http://" + public, "http://" + admin}
		r := &running{base: s.base, server: []int{p.pid()}, stored: true, operations: s.operations(), stop: func() { p.stop(syscall.SIGTERM) }}
		return r, errors.Join(answers(s.admin+"/health/ready", p), s.configure())
	},
}

func twoAddresses() (first, second string, err error) {
	if first, err = freeAddress(); err == nil {
		second, err = freeAddress()
	}
	return first, second, err
}

type hydraServer struct{ base, admin string }

// configure makes the keys and the clients.
func (s hydraServer) configure() error {
	c := newCaller(0)
	defer c.close()
	for _, set := range []string{"hydra.jwt.access-token", "hydra.openid.id-token"} {
		key, err := privateJWK()
		if err != nil {
			return err
		}
		if _, err := c.send(request{
			method: http.MethodPut, url: s.admin + "/admin/keys/" + set, want: http.StatusOK, json: map[string]any{"keys": []any{key}},
		}); err != nil {
			return err
		}
	}
	for _, client := range []map[string]any{
		{
			"client_id": appClient, "client_name": "App", "redirect_uris": []string{redirectURI}, "token_endpoint_auth_method": "none",
			"grant_types": []string{"authorization_code", "refresh_token"}, "response_types": []string{"code"},
			"scope": scope + " offline", "audience": []string{mcpURL},
		},
		{
			"client_id": machineClient, "client_secret": machineSecret, "token_endpoint_auth_method": "client_secret_basic",
			"grant_types": []string{"client_credentials"}, "scope": scope, "audience": []string{mcpURL},
		},
	} {
		if _, err := c.send(request{method: http.MethodPost, url: s.admin + "/admin/clients", want: http.StatusCreated, json: client}); err != nil {
			return err
		}
	}
	return nil
}

// privateJWK is a new RSA key (RFC 7518 §6.3).
func privateJWK() (map[string]string, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	n := func(i *big.Int) string { return unpadded(i.Bytes()) }
	return map[string]string{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": rand.Text(), "n": n(key.N), "e": n(big.NewInt(int64(key.E))), "d": n(key.D),
		"p": n(key.Primes[0]), "q": n(key.Primes[1]), "dp": n(key.Precomputed.Dp), "dq": n(key.Precomputed.Dq), "qi": n(key.Precomputed.Qinv),
	}, nil
}

func (s hydraServer) operations() map[string]prepare {
	token := s.base + "/oauth2/token"
	return map[string]prepare{
		opMetadata:  repeated(get(s.base+"/.well-known/openid-configuration", http.StatusOK)),
		opKeys:      repeated(get(s.base+"/.well-known/jwks.json", http.StatusOK)),
		opRegister:  repeated(registration(s.base + "/oauth2/register")),
		opAuthorize: fresh(s.base+"/oauth2/auth", http.StatusFound, s.asked()...),
		opToken:     repeated(machineToken(token, "audience", mcpURL)),
		opRefresh: func(c *caller) (func() error, error) {
			return refreshing(c, token, s.login)
		},
		opIntrospect: func(c *caller) (func() error, error) {
			t, err := s.login(c)
			return active(c, post(s.admin+"/admin/oauth2/introspect", parameters("token", t.access), http.StatusOK)), err
		},
		opLogin: func(c *caller) (func() error, error) {
			return func() error { _, err := s.login(c); return err }, nil
		},
	}
}

// asked is what its authorization requests have besides the usual.
func (s hydraServer) asked() []string {
	return []string{"scope", scope + " offline", "audience", mcpURL}
}

// login is a whole login: the login and consent apps' part, and the browser's.
func (s hydraServer) login(c *caller) (t tokens, err error) {
	verifier := newVerifier()
	c.newBrowser()
	a, err := c.send(authorization(s.base+"/oauth2/auth", verifier, http.StatusFound, s.asked()...))
	if err != nil {
		return t, err
	}
	if a, err = s.accept(c, a, "login", map[string]any{"subject": "user-" + rand.Text()}); err != nil {
		return t, err
	}
	if a, err = s.accept(c, a, "consent", map[string]any{
		"grant_scope": []string{scope, "offline"}, "grant_access_token_audience": []string{mcpURL},
	}); err != nil {
		return t, err
	}
	code, err := a.parameter("code")
	if err != nil {
		return t, err
	}
	if a, err = c.send(redemption(s.base+"/oauth2/token", code, verifier)); err != nil {
		return t, err
	}
	return tokensOf(a)
}

// accept answers a login or consent challenge, as the company's app does: it asks what
// is wanted, says yes, and sends the browser back.
func (s hydraServer) accept(c *caller, a answer, kind string, body map[string]any) (answer, error) {
	challenge, err := a.parameter(kind + "_challenge")
	if err != nil {
		return a, err
	}
	query := parameters(kind+"_challenge", challenge).Encode()
	at := s.admin + "/admin/oauth2/auth/requests/" + kind
	if a, err = c.send(get(at+"?"+query, http.StatusOK)); err != nil {
		return a, err
	}
	if a, err = c.send(request{method: http.MethodPut, url: at + "/accept?" + query, json: body, want: http.StatusOK}); err != nil {
		return a, err
	}
	back, err := a.member("redirect_to")
	if err != nil {
		return a, err
	}
	return c.send(get(back, map[string]int{"login": http.StatusFound, "consent": http.StatusSeeOther}[kind]))
}
