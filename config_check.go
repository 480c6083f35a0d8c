package symbolon

// The rules of a configuration as a whole. Each kind of object has its own in
// a file beside this one.

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Check reports everything that is wrong with c as a [*ConfigError], or nil.
// It opens no file and reads no secret.
func (c *Config) Check() error {
	problems := &configProblems{origin: c.origin}
	c.check(problems)
	return problems.err()
}

func (c *Config) check(problems *configProblems) {
	k := &configCheck{configProblems: problems, cfg: c.WithDefaults()}
	k.baseURL()
	k.listen()
	k.database()
	k.tls()
	k.admin()
	k.tracing()
	k.trustedProxies()
	k.limits()
	k.between("grace", k.cfg.Grace, minGrace, maxGrace)
	k.between("retention", k.cfg.Retention, minRetention, maxRefreshTokenTTL)
	k.between("audit_retention", k.cfg.AuditRetention, minRetention, maxRefreshTokenTTL)
	k.keySchedule()
	k.between("shutdown.delay", k.cfg.Shutdown.Delay, 0, maxShutdown)
	k.between("shutdown.grace", k.cfg.Shutdown.Grace, minShutdownGrace, maxShutdown)
	k.connections()
	k.mcpServers()
	k.apiClients()
	k.clients()
	k.blockedClients()
}

// configCheck is one run over a configuration that has its defaults.
type configCheck struct {
	*configProblems
	cfg *Config
}

// baseURL wants the one spelling that browsers and clients compare with.
func (k *configCheck) baseURL() {
	const field = "base_url"
	if k.cfg.BaseURL == "" {
		k.refuse(field, "is missing; write the URL under which the server is reached, as in https://auth.example.com")
		return
	}
	u, err := parseWebURL(k.cfg.BaseURL)
	if err != nil {
		k.refuse(field, "%v", err)
		return
	}
	origin := u.Scheme + "://" + u.Host
	switch {
	case u.Scheme == "http" && !isLoopback(u):
		k.refuse(field, "uses http; use https, or http on localhost, 127.0.0.1 or [::1] during development")
	case u.Path != "" || u.RawQuery != "" || u.ForceQuery:
		k.refuse(field, "has a path or query; the server needs an origin of its own, as in %s", origin)
	case origin != k.cfg.BaseURL:
		k.refuse(field, "is not spelled as browsers spell it; write %s", origin)
	}
}

func (k *configCheck) listen() {
	if !isListenAddress(k.cfg.Listen) {
		k.refuse("listen", "is no address; write host:port, as in 127.0.0.1:3010 or :3010 for all interfaces")
	}
}

func (k *configCheck) admin() {
	switch address := k.cfg.Admin.Listen; {
	case address == "":
	case !isListenAddress(address):
		k.refuse("admin.listen", "is no address; write host:port, as in 127.0.0.1:3019")
	case address == k.cfg.Listen:
		k.refuse("admin.listen", "is the address of listen, which is public; choose another port, as in 127.0.0.1:3019")
	}
}

func (k *configCheck) tracing() {
	endpoint := k.cfg.Tracing.Endpoint
	if endpoint == "" {
		return
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		// Not repeated: somebody may have written a secret into it.
		k.refuse("tracing.endpoint", "is not the base URL of a collector; write http:// or https:// and its host, as in http://127.0.0.1:4318, and what it asks for into OTEL_EXPORTER_OTLP_HEADERS")
	}
}

func (k *configCheck) keySchedule() {
	every, before := k.cfg.Keys.RotateEvery, k.cfg.Keys.PublishBefore
	longest := maxPublishBefore
	if every != 0 {
		k.between("keys.rotate_every", every, minRotateEvery, maxRotateEvery)
		longest = max(min(longest, every), minRotateEvery)
	}
	k.between("keys.publish_before", before, minPublishBefore, longest)
}

func isListenAddress(s string) bool {
	_, port, err := net.SplitHostPort(s)
	n, wrong := strconv.ParseUint(port, 10, 16)
	return err == nil && wrong == nil && strconv.FormatUint(n, 10) == port
}

func (k *configCheck) database() {
	if k.cfg.sharesDatabase() {
		// The message must not repeat what may be a password.
		if u, err := url.Parse(k.cfg.Database); err != nil || len(u.Path) < 2 || u.Fragment != "" {
			k.refuse("database", "is no URL of a PostgreSQL database; write postgres://user:password@host:5432/name, with %%-escapes in the password")
		}
		return
	}
	if k.cfg.DatabasePortable {
		k.refuse("database_portable", "is about PostgreSQL, and this database is a file; remove it")
	}
	path, ok := strings.CutPrefix(k.cfg.Database, sqlitePrefix)
	if !ok || path == "" {
		k.refuse("database", "is no database that this version can use; write sqlite: and a path, as in %s, or postgres://user:password@host:5432/name", defaultDatabase)
	}
}

func (k *configCheck) tls() {
	t := k.cfg.TLS
	switch {
	case t == TLS{}:
	case t.CertFile == "":
		k.refuse("tls.cert_file", "is missing; name the file of the certificate, or remove tls")
	case t.KeyFile == "":
		k.refuse("tls.key_file", "is missing; name the file of the private key, or remove tls")
	case strings.HasPrefix(k.cfg.BaseURL, "http:"):
		k.refuse("base_url", "uses http although tls is set; write https")
	}
}

func (k *configCheck) between(field string, d, least, most time.Duration) {
	if d < least || d > most {
		k.refuse(field, "is %s; it must be between %s and %s", shortDuration(d), shortDuration(least), shortDuration(most))
	}
}

// shortDuration is how people write durations: 10m, not 10m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if d%time.Minute == 0 {
		s = strings.TrimSuffix(s, "0s")
	}
	if d%time.Hour == 0 {
		s = strings.TrimSuffix(s, "0m")
	}
	if s == "" {
		return "0s"
	}
	return s
}

// isLoopback knows the three spellings of this machine that RFC 8252 §7.3 and
// OAuth 2.1 §4.1.1 name.
func isLoopback(u *url.URL) bool {
	switch u.Hostname() {
	case "localhost", "127.0.0.1", "::1":
		return true
	}
	return false
}
