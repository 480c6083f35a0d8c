package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
)

// keycloak is Keycloak. It has its own users and passwords; they are hashed once here
// instead of many times, since that is not what is measured.
var keycloak = subject{
	name: "keycloak", about: "Keycloak 26.7.3, PostgreSQL; RS256", long: true, slow: true,
	start: func(b *bed) (*running, error) {
		address, management, err := twoAddresses()
		if err != nil {
			return nil, err
		}
		name, err := b.postgres.database()
		if err != nil {
			return nil, err
		}
		home := filepath.Join(b.programs, "keycloak")
		if err := writeRealm(filepath.Join(home, "data", "import")); err != nil {
			return nil, err
		}
		p, err := command{
			dir: b.dir, log: "log",
			args: []string{
				filepath.Join(home, "bin", "kc.sh"), "start", "--optimized", "--import-realm", "--http-enabled=true",
				"--http-host=127.0.0.1", "--http-port=" + port(address), "--hostname=http://" + address,
				"--http-management-port=" + port(management), "--log-level=warn",
				"--db-url=jdbc:postgresql://" + b.postgres.address + "/" + name, "--db-username=postgres", "--db-password=none",
			},
		}.start()
		if err != nil {
			return nil, err
		}
		s := keycloakServer{"http://" + address + "/realms/bench/protocol/openid-connect"}
		r := &running{base: "http://" + address, server: []int{p.pid()}, stored: true, operations: s.operations(), stop: func() { p.stop(syscall.SIGTERM) }}
		return r, answers(r.base+"/realms/bench/.well-known/openid-configuration", p)
	},
}

const password = "bench-password"

// person is the user whom a caller signs in as.
func person(number int) string { return fmt.Sprintf("user-%d", number) }

func writeRealm(dir string) error {
	users := []any{}
	for i := range 256 {
		users = append(users, map[string]any{
			"username": person(i), "enabled": true, "email": person(i) + "@acme.example", "firstName": "U", "lastName": "Ser",
			"credentials": []any{map[string]any{"type": "password", "value": password}},
		})
	}
	realm, err := json.Marshal(map[string]any{
		"realm": "bench", "enabled": true, "sslRequired": "none", "accessTokenLifespan": 600,
		"revokeRefreshToken": true, "refreshTokenMaxReuse": 0,
		"passwordPolicy": "hashAlgorithm(pbkdf2-sha256) and hashIterations(1)",
		"clientScopes": []any{
			map[string]any{
				"name": scope, "protocol": "openid-connect", "attributes": map[string]any{"include.in.token.scope": "true"},
				"protocolMappers": []any{map[string]any{ // only the audience may introspect
					"name": "aud", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
					"config": map[string]any{"included.client.audience": machineClient, "access.token.claim": "true", "introspection.token.claim": "true"},
				}},
			},
			map[string]any{"name": "basic", "protocol": "openid-connect", "protocolMappers": []any{map[string]any{
				"name": "sub", "protocol": "openid-connect", "protocolMapper": "oidc-sub-mapper",
				"config": map[string]any{"access.token.claim": "true", "introspection.token.claim": "true"},
			}}},
		},
		"clients": []any{
			map[string]any{
				"clientId": appClient, "publicClient": true, "standardFlowEnabled": true, "consentRequired": true, "redirectUris": []string{redirectURI},
				"defaultClientScopes": []string{"basic"}, "optionalClientScopes": []string{scope},
			},
			map[string]any{
				"clientId": machineClient, "secret": machineSecret, "serviceAccountsEnabled": true, "standardFlowEnabled": false,
				"defaultClientScopes": []string{"basic"}, "optionalClientScopes": []string{scope},
			},
		},
		"users": users,
	})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "bench-realm.json"), realm, 0o600)
}

// keycloakServer is the address of its realm's endpoints.
type keycloakServer struct{ base string }

func (s keycloakServer) operations() map[string]prepare {
	return map[string]prepare{
		opMetadata:  repeated(get(s.base[:len(s.base)-len("/protocol/openid-connect")]+"/.well-known/openid-configuration", http.StatusOK)),
		opKeys:      repeated(get(s.base+"/certs", http.StatusOK)),
		opAuthorize: fresh(s.base+"/auth", http.StatusOK),
		opToken:     repeated(machineToken(s.base + "/token")),
		opRefresh: func(c *caller) (func() error, error) {
			return refreshing(c, s.base+"/token", s.login)
		},
		opIntrospect: func(c *caller) (func() error, error) {
			t, err := s.login(c)
			r := post(s.base+"/token/introspect", parameters("token", t.access), http.StatusOK)
			r.user, r.pass = machineClient, machineSecret
			return active(c, r), err
		},
		opLogin: func(c *caller) (func() error, error) {
			return func() error { _, err := s.login(c); return err }, nil
		},
	}
}

// login is a whole login: its own login page with a password, its consent page.
func (s keycloakServer) login(c *caller) (t tokens, err error) {
	verifier := newVerifier()
	c.newBrowser()
	a, err := c.send(authorization(s.base+"/auth", verifier, http.StatusOK, "prompt", "consent"))
	if err != nil {
		return t, err
	}
	if a, err = s.submit(c, a, "username", person(c.number), "password", password); err != nil {
		return t, err
	}
	page, err := a.location(s.base)
	if err != nil {
		return t, err
	}
	if a, err = c.send(get(page, http.StatusOK)); err != nil {
		return t, err
	}
	if a, err = s.submit(c, a, "accept", "Yes"); err != nil {
		return t, err
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

// submit sends a page's form with what a person enters.
func (s keycloakServer) submit(c *caller, page answer, pairs ...string) (answer, error) {
	f, err := firstForm(page.body)
	if err != nil {
		return answer{}, err
	}
	base, err := url.Parse(s.base)
	if err != nil {
		return answer{}, err
	}
	action, err := base.Parse(f.action)
	if err != nil {
		return answer{}, err
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.fields.Set(pairs[i], pairs[i+1])
	}
	return c.send(post(action.String(), f.fields, http.StatusFound))
}
