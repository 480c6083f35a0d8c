package symbolon_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/catalog"
)

const secret32 = "0123456789abcdef0123456789abcdef"

// valid is a configuration of one object of each kind.
const valid = `base_url: http://127.0.0.1:3010
connections:
  - {id: conn_acme, login_url: "http://127.0.0.1:3011/login"}
api_clients:
  - {id: skc_acme, secret: env:ACME_SECRET, connections: [conn_acme]}
mcp_servers:
  - id: res_todo
    url: http://127.0.0.1:3012/mcp
    connection: conn_acme
    scopes: [{name: "todo:read"}]
clients:
  - {id: cli_one, mcp_servers: [res_todo], redirect_uris: ["http://localhost/cb"]}
`

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for _, p := range pairs {
			if value, ok := strings.CutPrefix(p, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func parse(t *testing.T, yaml string, env ...string) *symbolon.Config {
	t.Helper()
	cfg, err := symbolon.ParseConfig("symbolon.yaml", []byte(yaml), environment(env...))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// wantRefusal parses yaml and compares the whole error.
func wantRefusal(t *testing.T, yaml string, want ...string) {
	t.Helper()
	_, err := symbolon.ParseConfig("s.yaml", []byte(yaml), environment())
	if err == nil {
		t.Fatalf("accepted; want\n%s", strings.Join(want, "\n"))
	}
	if _, ok := errors.AsType[*symbolon.ConfigError](err); !ok {
		t.Errorf("error is a %T", err)
	}
	if err.Error() != strings.Join(want, "\n") {
		t.Errorf("got\n%v\nwant\n%s", err, strings.Join(want, "\n"))
	}
}

// with replaces the one occurrence of old in valid.
func with(t *testing.T, old, replacement string) string {
	t.Helper()
	if strings.Count(valid, old) != 1 {
		t.Fatalf("%q is not in the valid configuration once", old)
	}
	return strings.Replace(valid, old, replacement, 1)
}

func TestParseSyntax(t *testing.T) {
	const empty = "s.yaml:1:1: is empty; symbolon config example prints a file to start from"
	for _, tt := range []struct {
		name, yaml string
		want       []string
	}{
		{"empty", "", []string{empty}},
		{"only a comment", "# nothing\n", []string{empty}},
		{"a list", "- a\n", []string{"s.yaml:1:1: must be fields, each as name: value, not a list", "s.yaml:1:1: base_url: is missing; write the URL under which the server is reached, as in https://auth.example.com"}},
		{"not YAML", "base_url: [a\n", []string{"s.yaml:2:1: is not YAML: did not find expected ',' or ']'; check indentation and quotes here and above"}},
		{"two documents", "base_url: http://localhost\n---\nlisten: a\n", []string{"s.yaml:2:1: starts a second YAML document; keep one, without a line ---"}},
		{"too large", "#" + strings.Repeat(" ", 1<<20), []string{"s.yaml:1:1: is larger than 1 MB; this is no configuration file"}},
		{"repeated", "base_url: http://localhost\nlisten: :1\nlisten: :2\n", []string{"s.yaml:3:1: listen: is written twice, first in line 2; keep one"}},
		{"similar", "base_ulr: x\nbase_url: http://localhost\n", []string{"s.yaml:1:1: base_ulr: is no field; did you mean base_url?"}},
		{"unlike any", "base_url: http://localhost\ntls: {colour: red}\n", []string{"s.yaml:2:7: tls.colour: is no field; here belong cert_file, key_file"}},
		{"not built", "base_url: http://localhost\nmcp_servers: [{id: res_a, url: http://localhost, connection: conn_a, cimd: {}}]\n", []string{
			`s.yaml:2:62: mcp_servers[0].connection: is "conn_a", but no connection has that id; correct it or add one`,
			"s.yaml:2:70: mcp_servers[0].cimd: is no field; here belong id, name, url, aliases, connection, scopes, access_token_ttl, refresh_token_ttl, refresh_token_idle_ttl, dynamic_registration, client_id_metadata_documents, clients, signing_alg, token_issuer, brand",
		}},
		{"merge key", "base_url: http://localhost\n<<: {listen: a}\n", []string{`s.yaml:2:1: "<<": is no field; here belong base_url, listen, database, database_portable, secret_file, api_clients, connections, mcp_servers, clients, blocked_clients, cimd, tls, admin, tracing, trusted_proxies, limits, grace, retention, audit_retention, keys, shutdown`}},
		{"alias", "base_url: &b http://localhost\nlisten: *b\n", []string{
			"s.yaml:1:11: base_url: uses a YAML anchor or alias; write the value out",
			"s.yaml:2:9: listen: uses a YAML anchor or alias; write the value out",
		}},
		{"null", "base_url: http://localhost\nlisten:\n", []string{"s.yaml:2:8: listen: has no value; write one or leave the field out"}},
		{"number for text", "base_url: http://localhost\nlisten: 3010\n", []string{"s.yaml:2:9: listen: must be text; put the value in quotes"}},
		{"list for text", "base_url: http://localhost\nlisten: [a]\n", []string{"s.yaml:2:9: listen: must be a single value, not a list"}},
		{"text for list", "base_url: http://localhost\nclients: any\n", []string{"s.yaml:2:10: clients: must be a list, as in [a, b] or with a line - a for each, not a single value"}},
		{"duration without unit", "base_url: http://localhost\ngrace: 30\n", []string{`s.yaml:2:8: grace: "30" is no duration; write a number with a unit, as in 30s, 10m or 720h`}},
		{"duration zero", "base_url: http://localhost\ngrace: 0s\n", []string{"s.yaml:2:8: grace: must be longer than zero; leave the field out for its default"}},
	} {
		t.Run(tt.name, func(t *testing.T) { wantRefusal(t, tt.yaml, tt.want...) })
	}
}

func TestCheckRules(t *testing.T) {
	const (
		noHTTP   = "uses http; use https, or http on localhost, 127.0.0.1 or [::1] during development"
		origin   = "has a path or query; the server needs an origin of its own, as in https://a.example"
		base     = "base_url: http://127.0.0.1:3010\n"
		loginURL = `"http://127.0.0.1:3011/login"`
		mcpURL   = "    url: http://127.0.0.1:3012/mcp\n"
		scopes   = `    scopes: [{name: "todo:read"}]` + "\n"
		redirect = `redirect_uris: ["http://localhost/cb"]`
		bearer   = "secret: env:ACME_SECRET, connections: [conn_acme]"
	)
	for _, tt := range []struct{ name, old, replacement, want string }{
		{"base http", base, "base_url: http://a.example\n", "1:11: base_url: " + noHTTP},
		{"base path", base, "base_url: https://a.example/x\n", "1:11: base_url: " + origin},
		{"base slash", base, "base_url: https://a.example/\n", "1:11: base_url: " + origin},
		{"base query", base, "base_url: https://a.example?\n", "1:11: base_url: " + origin},
		{"base fragment", base, "base_url: https://a.example#x\n", "1:11: base_url: has a fragment; remove the # and what follows"},
		{"base user", base, "base_url: https://u@a.example\n", "1:11: base_url: has user information; remove what stands before the @"},
		{"base spelling", base, "base_url: HTTPS://A.example:443\n", "1:11: base_url: is not spelled as browsers spell it; write https://a.example"},
		{"base scheme", base, "base_url: ftp://a.example\n", "1:11: base_url: is not an http or https URL"},
		{"base other loopback", base, "base_url: http://127.1\n", "1:11: base_url: " + noHTTP},
		{"listen", base, base + "listen: localhost\n", "2:9: listen: is no address; write host:port, as in 127.0.0.1:3010 or :3010 for all interfaces"},
		{"listen port", base, base + "listen: localhost:http\n", "2:9: listen: is no address; write host:port, as in 127.0.0.1:3010 or :3010 for all interfaces"},
		{"database", base, base + "database: mysql://x\n", "2:11: database: is no database that this version can use; write sqlite: and a path, as in sqlite:symbolon.db, or postgres://user:password@host:5432/name"},
		{"database url", base, base + "database: postgres://u:hunter2%zz@db/x\n", "2:11: database: is no URL of a PostgreSQL database; write postgres://user:password@host:5432/name, with %-escapes in the password"},
		{"database portable", base, base + "database_portable: true\n", "2:20: database_portable: is about PostgreSQL, and this database is a file; remove it"},
		{"tracing", base, base + "tracing: {endpoint: \"https://u:hunter2@otel/\"}\n", "2:21: tracing.endpoint: is not the base URL of a collector; write http:// or https:// and its host, as in http://127.0.0.1:4318, and what it asks for into OTEL_EXPORTER_OTLP_HEADERS"},
		{"database name", base, base + "database: postgres://db:5432\n", "2:11: database: is no URL of a PostgreSQL database; write postgres://user:password@host:5432/name, with %-escapes in the password"},
		{"tls half", base, base + "tls: {cert_file: a}\n", "2:6: tls.key_file: is missing; name the file of the private key, or remove tls"},
		{"tls http", base, base + "tls: {cert_file: a, key_file: b}\n", "1:11: base_url: uses http although tls is set; write https"},
		{"grace", base, base + "grace: 31s\n", "2:8: grace: is 31s; it must be between 1s and 30s"},
		{"rotation", base, base + "keys: {rotate_every: 1h}\n", "2:22: keys.rotate_every: is 1h; it must be between 24h and 87600h"},
		{"publication", base, base + "keys: {rotate_every: 48h, publish_before: 49h}\n", "2:43: keys.publish_before: is 49h; it must be between 1h and 48h"},
		{"publication alone", base, base + "keys: {publish_before: 30m}\n", "2:24: keys.publish_before: is 30m; it must be between 1h and 720h"},
		{"retention", base, base + "retention: 1h30m\n", "2:12: retention: is 1h30m; it must be between 24h and 87600h"},

		{"admin", base, base + "admin: {listen: localhost}\n", "2:17: admin.listen: is no address; write host:port, as in 127.0.0.1:3019"},
		{"admin in public", base, base + "admin: {listen: 127.0.0.1:3010}\n", "2:17: admin.listen: is the address of listen, which is public; choose another port, as in 127.0.0.1:3019"},
		{"proxy name", base, base + "trusted_proxies: [proxy.internal]\n", `2:19: trusted_proxies[0]: is "proxy.internal"; write an address or a prefix, as in 127.0.0.1 or 10.0.0.0/8`},
		{"proxy everybody", base, base + "trusted_proxies: [127.0.0.1, 0.0.0.0/0]\n", `2:30: trusted_proxies[1]: is "0.0.0.0/0", which is everybody: then every caller could choose an address`},
		{"limit fraction", base, base + "limits: {global: {rate: 0.5}}\n", `2:25: limits.global.rate: "0.5" is no whole number; write it in digits, as in 100`},
		{"limit text", base, base + "limits: {global: {rate: \"500\"}}\n", "2:25: limits.global.rate: must be a number, without quotes"},
		{"limit zero", base, base + "limits: {global: {burst: 0}}\n", "2:26: limits.global.burst: must be more than zero; leave the field out for its default"},
		{"limit huge", base, base + "limits: {global: {burst: 1000000001}}\n", "2:26: limits.global.burst: is 1000000001; it must be between 1 and 1000000000"},
		{"limit of one above all", base, base + "limits: {per_address: {rate: 1001}}\n", "2:30: limits.per_address.rate: is 1001, more than all addresses together get, which is 1000; lower it, or raise limits.global.rate"},

		{"login missing", ", login_url: " + loginURL, "", "3:5: connections[0].login_url: is missing; write the URL of the page in your app that signs a user in"},
		{"login http", loginURL, "http://a.example/login", "3:32: connections[0].login_url: " + noHTTP},
		{"login script", loginURL, `"javascript:alert(1)"`, "3:32: connections[0].login_url: is not an http or https URL"},
		{"login data", loginURL, `"data:text/html,x"`, "3:32: connections[0].login_url: is not an http or https URL"},
		{"login fragment", loginURL, `"https://a.example/#"`, "3:32: connections[0].login_url: has a fragment; remove the # and what follows"},
		{"login parameter", loginURL, `"https://a.example/?a=b&st%61te=x"`, "3:32: connections[0].login_url: has the parameter state, which the server adds itself; remove it"},
		{"login verifier", loginURL, loginURL + ", login_verifier: optional", `3:79: connections[0].login_verifier: is "optional"; it must be required or declared`},
		{"name", loginURL, loginURL + `, name: "A\u202eB"`, "3:69: connections[0].name: must be one line of visible characters, without space around it"},

		{"secret short", "env:ACME_SECRET", "hunter2", "5:28: api_clients[0].secret: has 7 characters; at least 32 are needed, make one with: openssl rand -base64 32"},
		{"secret env", "env:ACME_SECRET", `"env:"`, "5:28: api_clients[0].secret: names no environment variable; write one after env:, as in env:ACME_SECRET"},
		{"secret file", "env:ACME_SECRET", `"file:"`, "5:28: api_clients[0].secret: names no file; write a path after file:, as in file:acme.secret"},
		{"secret number", "env:ACME_SECRET", "1234567890123456789012345678901234567890", "5:28: api_clients[0].secret: must be text; put the value in quotes"},
		{"secret missing", "secret: env:ACME_SECRET, ", "", "5:5: api_clients[0].secret: is missing; write env:NAME or file:PATH"},
		{"role", bearer, bearer + ", role: admin", `5:77: api_clients[0].role: is "admin"; it must be login or resource`},
		{"secrets both", bearer, bearer + ", secrets: [env:NEW]", "5:80: api_clients[0].secrets: stands beside secret; write all of them into secrets"},
		{"secrets many", "secret: env:ACME_SECRET", "secrets: [env:A, env:B, env:C, env:D, env:E]", "5:29: api_clients[0].secrets: has 5 secrets; at most 4 are allowed, and two are enough to change over"},
		{"secrets short", "secret: env:ACME_SECRET", "secrets: [env:A, hunter2]", "5:37: api_clients[0].secrets[1]: has 7 characters; at least 32 are needed, make one with: openssl rand -base64 32"},
		{"secrets none", "secret: env:ACME_SECRET", "secrets: []", "5:5: api_clients[0].secret: is missing; write env:NAME or file:PATH\n" +
			"s.yaml:5:29: api_clients[0].secrets: is an empty list; leave the field out or name something"},
		{"role reach", bearer, "secret: env:A", `5:5: api_clients[0].connections: is missing; list the id of each connection, or ["*"] for all`},
		{"role mixed", bearer, bearer + ", mcp_servers: [res_todo]", "5:84: api_clients[0].mcp_servers: is not for the role login, which works for connections; remove it or write role: resource"},
		{"reach all and more", bearer, `secret: env:A, connections: ["*", conn_acme]`, `5:48: api_clients[0].connections: has "*" beside other ids; write ["*"] alone, or the ids`},

		{"id missing", "- id: res_todo\n", "- name: x\n", "7:5: mcp_servers[0].id: is missing; choose one that starts with res_\ns.yaml:12:33: clients[0].mcp_servers[0]: is \"res_todo\", but no MCP server has that id; correct it or add one"},
		{"server url", mcpURL, "", "7:5: mcp_servers[0].url: is missing; write the URL that MCP clients connect to"},
		{"server fragment", mcpURL, "    url: http://a.example#b\n", "8:10: mcp_servers[0].url: has a fragment; remove the # and what follows"},
		{"alias equal", mcpURL, mcpURL + "    aliases: [HTTP://127.0.0.1:3012/mcp/]\n", "9:15: mcp_servers[0].aliases[0]: is the same resource as mcp_servers[0].url; each URL and alias may occur once"},
		{"scope twice", scopes, "    scopes: [{name: a}, {name: a}]\n", `10:32: mcp_servers[0].scopes[1].name: is "a", which the list has already; remove one`},
		{"scope space", scopes, "    scopes: [{name: a b}]\n", `10:21: mcp_servers[0].scopes[0].name: is "a b"; a scope is ASCII without space, quotes and backslash`},
		{"scope offline", scopes, "    scopes: [{name: offline_access}]\n", "10:21: mcp_servers[0].scopes[0].name: is offline_access, which every MCP server has; remove it"},
		{"access ttl", scopes, scopes + "    access_token_ttl: 30s\n", "11:23: mcp_servers[0].access_token_ttl: is 30s; it must be between 1m and 24h"},
		{"refresh ttl", scopes, scopes + "    refresh_token_ttl: 9m\n", "11:24: mcp_servers[0].refresh_token_ttl: is 9m; it must be between 10m and 87600h"},
		{"idle ttl", scopes, scopes + "    refresh_token_idle_ttl: 721h\n", "11:29: mcp_servers[0].refresh_token_idle_ttl: is 721h; it must be between 1m and 720h"},
		{"algorithm", scopes, scopes + "    signing_alg: none\n", `11:18: mcp_servers[0].signing_alg: is "none"; it must be RS256 or ES256 or EdDSA`},
		{"policy nobody", scopes, scopes + "    clients: {}\n", "11:14: mcp_servers[0].clients: names no list, which would admit nobody; write any to admit everyone"},
		{"policy empty list", scopes, scopes + "    clients: {ids: []}\n", "11:20: mcp_servers[0].clients.ids: is an empty list; leave the field out or name something"},
		{"policy word", scopes, scopes + "    clients: all\n", "11:14: mcp_servers[0].clients: is neither any nor lists; write any, or {redirect_hosts: [claude.ai]}"},
		{"policy host", scopes, scopes + "    clients: {redirect_hosts: [https://claude.ai]}\n", `11:32: mcp_servers[0].clients.redirect_hosts[0]: is "https://claude.ai"; write a host in lower case, as in claude.ai, with :port if it is not 443, or a private-use scheme with its colon, as in cursor:`},
		{"policy client", scopes, scopes + "    clients: {ids: [cli_two]}\n", `11:21: mcp_servers[0].clients.ids[0]: is "cli_two", but no client has that id; correct it or add one`},

		{"redirect", redirect, "redirect_uris: [http://a.example/cb]", "12:60: clients[0].redirect_uris[0]: 'http://a.example/cb' uses http; use https, or http on localhost, 127.0.0.1 or [::1]"},
		{"redirect missing", ", " + redirect, "", "12:5: clients[0].redirect_uris: is missing; list the URIs that authorization codes may go to"},
		{"auth method", redirect, redirect + ", token_endpoint_auth_method: tls_client_auth", `12:112: clients[0].token_endpoint_auth_method: is "tls_client_auth"; it must be none or client_secret_basic or client_secret_post or private_key_jwt`},
		{"auth without keys", redirect, redirect + ", token_endpoint_auth_method: private_key_jwt", "12:5: clients[0].jwks: private_key_jwt needs the client's public keys: write either jwks or jwks_uri"},
		{"auth without secret", redirect, redirect + ", token_endpoint_auth_method: client_secret_post", "12:5: clients[0].secret: is missing, and client_secret_post needs one; write env:NAME or file:PATH"},
		{"auth none with secret", redirect, redirect + ", token_endpoint_auth_method: none, secret: env:A", "12:112: clients[0].token_endpoint_auth_method: is none, but the client has a secret; remove one of the two"},
		{"grant type", redirect, redirect + ", grant_types: [authorization_code, implicit]", `12:118: clients[0].grant_types[1]: is "implicit"; it must be authorization_code or refresh_token or client_credentials`},
		{"grant refresh alone", redirect, "grant_types: [refresh_token]", "12:57: clients[0].grant_types: has refresh_token without authorization_code, which alone yields refresh tokens; add it"},
		{"grant machine public", redirect, "grant_types: [client_credentials]", "12:57: clients[0].grant_types: has client_credentials, which needs a client that authenticates (RFC 6749 §4.4); add secret, jwks or jwks_uri"},
		{"client scope", redirect, redirect + `, scopes: ["todo:write"]`, `12:93: clients[0].scopes[0]: is "todo:write", which none of the client's MCP servers has; correct or remove it`},
		{"client nowhere", "mcp_servers: [res_todo], ", "", "12:5: clients[0].mcp_servers: is missing; list the ids of the MCP servers that the client may use"},
	} {
		t.Run(tt.name, func(t *testing.T) { wantRefusal(t, with(t, tt.old, tt.replacement), "s.yaml:"+tt.want) })
	}
}

func TestIDs(t *testing.T) {
	long := strings.Repeat("x", 28)
	for id, want := range map[string]string{
		"acme":         `is "acme"; it must be conn_ and a name of your choice, as in conn_acme`,
		"conn_":        `is "conn_"; it must be conn_ and a name of your choice, as in conn_acme`,
		"conn_a.b":     `is "conn_a.b"; only letters, digits, _ and - are allowed`,
		"conn_é":       `is "conn_é"; only letters, digits, _ and - are allowed`,
		"conn_" + long: "has 33 characters; at most 32 are allowed",
	} {
		cfg := &symbolon.Config{BaseURL: "http://localhost", Connections: []symbolon.Connection{{ID: id, LoginURL: "https://a.example"}}}
		if err := cfg.Check(); err == nil || err.Error() != "connections[0].id: "+want {
			t.Errorf("%q: got %v, want %s", id, err, want)
		}
	}
}

func TestTokenIssuerBaseNeedsOneConnection(t *testing.T) {
	cfg := parse(t, valid)
	cfg.MCPServers[0].TokenIssuer = "base"
	if err := cfg.Check(); err != nil {
		t.Errorf("one connection: %v", err)
	}
	cfg.Connections = append(cfg.Connections, symbolon.Connection{ID: "conn_b", LoginURL: "https://b.example/login"})
	if err := cfg.Check(); err == nil || !strings.Contains(err.Error(), "keep a single connection") {
		t.Errorf("two connections: %v", err)
	}
}

func TestSameResourceOfTwoServers(t *testing.T) {
	cfg := parse(t, valid)
	again := cfg.MCPServers[0]
	again.ID, again.URL = "res_b", "http://127.0.0.1:3012/mcp/"
	cfg.MCPServers = append(cfg.MCPServers, again)
	const want = "mcp_servers[1].url: is the same resource as mcp_servers[0].url"
	if err := cfg.Check(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestEveryProblemAtOnceInFileOrder(t *testing.T) {
	_, err := symbolon.ParseConfig("s.yaml", []byte("listen: x\ngrace: 1h\nnonsense: 1\n"), environment("SYMBOLON_BASE_URL=ftp://x"))
	var fields []string
	if e, ok := errors.AsType[*symbolon.ConfigError](err); ok {
		for _, p := range e.Problems {
			fields = append(fields, fmt.Sprintf("%s:%d %s", p.Source, p.Line, p.Field))
		}
	}
	want := []string{"SYMBOLON_BASE_URL:0 base_url", "s.yaml:1 listen", "s.yaml:2 grace", "s.yaml:3 nonsense"}
	if !reflect.DeepEqual(fields, want) {
		t.Errorf("got %q, want %q", fields, want)
	}
}

func TestEnvironmentWins(t *testing.T) {
	cfg := parse(t, valid, "SYMBOLON_BASE_URL=https://a.example", "SYMBOLON_LISTEN=:8080", "SYMBOLON_DATABASE=sqlite:/x.db",
		"SYMBOLON_SECRET_FILE=ring", "SYMBOLON_SECRET="+secret32, "SYMBOLON_TLS_CERT_FILE=c", "SYMBOLON_TLS_KEY_FILE=k",
		"SYMBOLON_GRACE=5s", "SYMBOLON_RETENTION=48h",
		"SYMBOLON_LIMITS_GLOBAL_RATE=500", "SYMBOLON_CIMD_ALLOW_LOOPBACK=true")
	got := symbolon.Config{
		BaseURL: cfg.BaseURL, Listen: cfg.Listen, Database: cfg.Database, SecretFile: cfg.SecretFile, Secret: cfg.Secret,
		TLS: cfg.TLS, Limits: cfg.Limits, CIMD: cfg.CIMD, Grace: cfg.Grace, Retention: cfg.Retention,
	}
	want := symbolon.Config{
		BaseURL: "https://a.example", Listen: ":8080", Database: "sqlite:/x.db", SecretFile: "ring", Secret: secret32,
		TLS: symbolon.TLS{CertFile: "c", KeyFile: "k"}, Limits: symbolon.Limits{Global: symbolon.Limit{Rate: 500}},
		CIMD: symbolon.CIMD{AllowLoopback: true}, Grace: 5 * time.Second, Retention: 48 * time.Hour,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestDefaults(t *testing.T) {
	cfg := parse(t, valid)
	before := parse(t, valid)
	d := cfg.WithDefaults()
	m, c := d.MCPServers[0], d.Clients[0]
	got := []any{
		d.Listen, d.Database, d.SecretFile, d.Grace, d.Retention, d.APIClients[0].Role,
		d.Connections[0].Name, d.Connections[0].LoginVerifier,
		m.Name, m.Scopes[0].Description, m.AccessTokenTTL, m.RefreshTokenTTL, m.RefreshTokenIdleTTL, m.SigningAlg, m.TokenIssuer,
		c.Name, c.TokenEndpointAuthMethod, fmt.Sprint(c.GrantTypes),
	}
	want := []any{
		"127.0.0.1:3010", "sqlite:symbolon.db", "symbolon.secret", 30 * time.Second, 2160 * time.Hour, "login",
		"conn_acme", "required",
		"res_todo", "todo:read", 10 * time.Minute, 720 * time.Hour, time.Duration(0), "RS256", "resource",
		"cli_one", "none", "[authorization_code refresh_token]",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	cfg2, before2 := fmt.Sprintf("%+v", cfg.MCPServers), fmt.Sprintf("%+v", before.MCPServers)
	if cfg2 != before2 {
		t.Error("WithDefaults changed its receiver")
	}
	for base, listen := range map[string]string{
		"https://a.example": "127.0.0.1:3010", "http://localhost:4000": "localhost:4000", "http://[::1]": "[::1]:80", "https://localhost": "localhost:443",
	} {
		if got := (&symbolon.Config{BaseURL: base}).WithDefaults().Listen; got != listen {
			t.Errorf("listen for %s: %s, want %s", base, got, listen)
		}
	}
}

func TestRelativePathsCountFromTheFile(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "acme.secret"), secret32+"\n", 0o600)
	file := filepath.Join(dir, "symbolon.yaml")
	write(t, file, strings.Replace(valid, "env:ACME_SECRET", "file:acme.secret", 1), 0o644)
	cfg, err := symbolon.LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cfg.Objects(); err != nil {
		t.Error(err)
	}
	if want := "sqlite:" + filepath.Join(dir, "symbolon.db"); cfg.Database != want {
		t.Errorf("database %s, want %s", cfg.Database, want)
	}
	if _, err := cfg.Secrets(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "symbolon.secret")); err != nil {
		t.Error(err)
	}
}

func TestObjects(t *testing.T) {
	cfg := parse(t, valid, "ACME_SECRET="+secret32+"\n")
	objects, err := cfg.Objects()
	if err != nil {
		t.Fatal(err)
	}
	if err := catalog.Validate(objects); err != nil {
		t.Error(err)
	}
	want := `connection conn_acme file {"login_url":"http://127.0.0.1:3011/login","login_verifier":"required","name":"conn_acme"}
mcp_server res_todo file {"access_token_ttl":600000000000,"clients":{},"connection":"conn_acme","dynamic_registration":false,"name":"res_todo","refresh_token_idle_ttl":0,"refresh_token_ttl":2592000000000000,"scopes":[{"description":"todo:read","name":"todo:read"}],"signing_alg":"RS256","token_issuer":"resource","url":"http://127.0.0.1:3012/mcp"}
api_client skc_acme file {"connections":["conn_acme"],"role":"login","secret_hash":"PrG9Q5lH63YpmOVmzMLgmceREYsvQFecxPfaK1Bht/k="}
client cli_one file {"grant_types":["authorization_code","refresh_token"],"mcp_servers":["res_todo"],"name":"cli_one","redirect_uris":["http://localhost/cb"],"token_endpoint_auth_method":"none"}
`
	var got strings.Builder
	for _, o := range objects {
		fmt.Fprintf(&got, "%s %s %s\n", o.Ref(), o.Owner, o.Spec)
	}
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
}

func TestObjectsSecrets(t *testing.T) {
	const at = "symbolon.yaml:5:28: api_clients[0].secret: "
	for env, want := range map[string]string{
		"":                  "names the environment variable ACME_SECRET, which is not set; set it or write file:PATH",
		"ACME_SECRET=short": "has 5 characters; at least 32 are needed, make one with: openssl rand -base64 32",
	} {
		_, err := parse(t, valid, env).Objects()
		if err == nil || err.Error() != at+want {
			t.Errorf("%q: got %v, want %s", env, err, want)
		}
	}
}

// Two that are one would hide that the old secret was never changed.
func TestObjectsSecretTwice(t *testing.T) {
	two := strings.Replace(valid, "secret: env:ACME_SECRET", "secrets: [env:NEW, env:ACME_SECRET]", 1)
	_, err := parse(t, two, "ACME_SECRET="+secret32, "NEW="+secret32).Objects()
	const want = "symbolon.yaml:5:39: api_clients[0].secrets[1]: is the same secret as another one of the list; remove it, or correct where it points to"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// What is no configuration at all must not fill the screen, nor the afternoon.
func TestProblemsAreBounded(t *testing.T) {
	yaml := "base_url: http://localhost\nconnections: [" + strings.Repeat("{id: x},", 50_000) + "]\n"
	_, err := symbolon.ParseConfig("s.yaml", []byte(yaml), environment())
	e, ok := errors.AsType[*symbolon.ConfigError](err)
	if !ok || len(e.Problems) != 100 {
		t.Fatalf("got a %T", err)
	}
}
