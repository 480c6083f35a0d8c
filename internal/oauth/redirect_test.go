package oauth_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

const registered = "https://client.example.com/oauth/cb?tenant=a&mode=b"

// mutations are near misses of registered: each has fooled some server that
// compared less than all of it.
var mutations = []string{
	// Case.
	"HTTPS://client.example.com/oauth/cb?tenant=a&mode=b",
	"Https://client.example.com/oauth/cb?tenant=a&mode=b",
	"https://CLIENT.example.com/oauth/cb?tenant=a&mode=b",
	"https://client.Example.com/oauth/cb?tenant=a&mode=b",
	"https://client.example.com/OAuth/cb?tenant=a&mode=b",
	"https://client.example.com/oauth/CB?tenant=a&mode=b",
	"https://client.example.com/oauth/cb?Tenant=a&mode=b",
	"https://client.example.com/oauth/cb?tenant=A&mode=b",
	// Query.
	"https://client.example.com/oauth/cb",
	"https://client.example.com/oauth/cb?",
	"https://client.example.com/oauth/cb?tenant=a",
	"https://client.example.com/oauth/cb?mode=b",
	"https://client.example.com/oauth/cb?mode=b&tenant=a",
	"https://client.example.com/oauth/cb?tenant=a&mode=b&",
	"https://client.example.com/oauth/cb?&tenant=a&mode=b",
	"https://client.example.com/oauth/cb?tenant=a&&mode=b",
	"https://client.example.com/oauth/cb?tenant=a&mode=b&x=1",
	"https://client.example.com/oauth/cb?tenant=a&mode=b&tenant=a",
	"https://client.example.com/oauth/cb?tenant=a;mode=b",
	"https://client.example.com/oauth/cb?tenant=a%26mode=b",
	"https://client.example.com/oauth/cb?tenant=%61&mode=b",
	"https://client.example.com/oauth/cb?tenant=a&mode=b?",
	"https://client.example.com/oauth/cb?tenant=a&mode=b/",
	"https://client.example.com/oauth/cb?tenant=a&mode=b+",
	"https://client.example.com/oauth/cb?tenant=a&mode=b%20",
	"https://client.example.com/oauth/cb?tenant=a&mode=b%00",
	"https://client.example.com/oauth/cb?tenant=a&mode=b&code=x",
	"https://client.example.com/oauth/cb?tenant=a&mode=",
	// Path.
	"https://client.example.com/oauth/cb/?tenant=a&mode=b",
	"https://client.example.com//oauth/cb?tenant=a&mode=b",
	"https://client.example.com/oauth//cb?tenant=a&mode=b",
	"https://client.example.com/oauth%2fcb?tenant=a&mode=b",
	"https://client.example.com/oauth%2Fcb?tenant=a&mode=b",
	"https://client.example.com/oauth/%63b?tenant=a&mode=b",
	"https://client.example.com/./oauth/cb?tenant=a&mode=b",
	"https://client.example.com/oauth/./cb?tenant=a&mode=b",
	"https://client.example.com/x/../oauth/cb?tenant=a&mode=b",
	"https://client.example.com/oauth/cb/..?tenant=a&mode=b",
	"https://client.example.com/oauth/cb/../evil?tenant=a&mode=b",
	"https://client.example.com/oauth/cb/..;/evil?tenant=a&mode=b",
	"https://client.example.com/oauth/..;/oauth/cb?tenant=a&mode=b",
	"https://client.example.com/oauth/cb%2e%2e/evil?tenant=a&mode=b",
	"https://client.example.com/oauth/cb/%2e%2e/evil?tenant=a&mode=b",
	"https://client.example.com/oauth/cb/%252e%252e/evil?tenant=a&mode=b",
	"https://client.example.com/oauth/cb;x=1?tenant=a&mode=b",
	"https://client.example.com/oauth/cb.html?tenant=a&mode=b",
	"https://client.example.com/oauth/cbx?tenant=a&mode=b",
	"https://client.example.com/oauth/c?tenant=a&mode=b",
	"https://client.example.com/oauth?tenant=a&mode=b",
	"https://client.example.com/?tenant=a&mode=b",
	"https://client.example.com?tenant=a&mode=b",
	"https://client.example.com/oauth/cb%3Ftenant=a&mode=b",
	"https://client.example.com/oauth/cb%23?tenant=a&mode=b",
	`https://client.example.com\oauth\cb?tenant=a&mode=b`,
	`https://client.example.com/oauth\cb?tenant=a&mode=b`,
	// Host.
	"https://clientxexample.com/oauth/cb?tenant=a&mode=b",
	"https://client.examplexcom/oauth/cb?tenant=a&mode=b",
	"https://example.com/oauth/cb?tenant=a&mode=b",
	"https://evil-client.example.com/oauth/cb?tenant=a&mode=b",
	"https://evil.client.example.com/oauth/cb?tenant=a&mode=b",
	"https://client.example.com.evil.net/oauth/cb?tenant=a&mode=b",
	"https://client.example.comevil.net/oauth/cb?tenant=a&mode=b",
	"https://client.example.co/oauth/cb?tenant=a&mode=b",
	"https://client.example.com./oauth/cb?tenant=a&mode=b",
	"https://client..example.com/oauth/cb?tenant=a&mode=b",
	"https://*.example.com/oauth/cb?tenant=a&mode=b",
	"https://client.ex%61mple.com/oauth/cb?tenant=a&mode=b",
	"https://client.example.com%2eevil.net/oauth/cb?tenant=a&mode=b",
	"https://client.example.com%00.evil.net/oauth/cb?tenant=a&mode=b",
	"https://client.еxample.com/oauth/cb?tenant=a&mode=b",
	"https://client.example。com/oauth/cb?tenant=a&mode=b",
	"https://client.xn--xample-2of.com/oauth/cb?tenant=a&mode=b",
	"https://evil.net/client.example.com/oauth/cb?tenant=a&mode=b",
	"https://evil.net?https://client.example.com/oauth/cb?tenant=a&mode=b",
	"https://evil.net#https://client.example.com/oauth/cb?tenant=a&mode=b",
	`https://evil.net\.client.example.com/oauth/cb?tenant=a&mode=b`,
	"https://[client.example.com]/oauth/cb?tenant=a&mode=b",
	// Port.
	"https://client.example.com:443/oauth/cb?tenant=a&mode=b",
	"https://client.example.com:8443/oauth/cb?tenant=a&mode=b",
	"https://client.example.com:/oauth/cb?tenant=a&mode=b",
	"https://client.example.com:0443/oauth/cb?tenant=a&mode=b",
	"https://client.example.com:80@evil.net/oauth/cb?tenant=a&mode=b",
	// Scheme.
	"http://client.example.com/oauth/cb?tenant=a&mode=b",
	"httpss://client.example.com/oauth/cb?tenant=a&mode=b",
	"https:client.example.com/oauth/cb?tenant=a&mode=b",
	"https:/client.example.com/oauth/cb?tenant=a&mode=b",
	"https:///client.example.com/oauth/cb?tenant=a&mode=b",
	"//client.example.com/oauth/cb?tenant=a&mode=b",
	"client.example.com/oauth/cb?tenant=a&mode=b",
	"/oauth/cb?tenant=a&mode=b",
	"view-source:https://client.example.com/oauth/cb?tenant=a&mode=b",
	// Userinfo.
	"https://user@client.example.com/oauth/cb?tenant=a&mode=b",
	"https://user:password@client.example.com/oauth/cb?tenant=a&mode=b",
	"https://@client.example.com/oauth/cb?tenant=a&mode=b",
	"https://client.example.com@evil.net/oauth/cb?tenant=a&mode=b",
	`https://client.example.com\@evil.net/oauth/cb?tenant=a&mode=b`,
	"https://evil.net%40client.example.com/oauth/cb?tenant=a&mode=b",
	// Fragment.
	registered + "#",
	registered + "#x",
	registered + "%23",
	// Space and control.
	" " + registered,
	registered + " ",
	"\t" + registered,
	registered + "\t",
	registered + "\n",
	registered + "\r\nSet-Cookie: a=b",
	registered + "\x00",
	registered + "\x00.evil.net",
	"https://client.example.com/oauth/\tcb?tenant=a&mode=b",
	"https://client.exam\nple.com/oauth/cb?tenant=a&mode=b",
	"ht\ntps://client.example.com/oauth/cb?tenant=a&mode=b",
	"\ufeff" + registered,
	registered + "\u200b",
	// More than one.
	registered + "," + registered,
	registered + " " + registered,
	"",
}

func TestMatchIsExact(t *testing.T) {
	if len(mutations) < 80 {
		t.Fatalf("%d mutations, want at least 80", len(mutations))
	}
	client := &oauth.Client{RedirectURIs: []string{registered}}
	got, err := client.Match(registered)
	if err != nil || got.String() != registered || got.Host() != "client.example.com" || got.Loopback() || got.Custom() {
		t.Fatalf("Match(registered) = %v, %v", got, err)
	}
	for i, requested := range mutations {
		if slices.Contains(mutations[:i], requested) {
			t.Errorf("%q is in the list twice", requested)
		}
		if got, err := client.Match(requested); err == nil || !got.IsZero() {
			t.Errorf("Match(%q) = %q, %v, want a refusal", requested, got, err)
		}
	}
}

func TestMatchLoopback(t *testing.T) {
	tests := []struct {
		registered, requested string
		ok                    bool
	}{
		{"http://127.0.0.1:8080/cb", "http://127.0.0.1:8080/cb", true},
		{"http://127.0.0.1:8080/cb", "http://127.0.0.1:1/cb", true},
		{"http://127.0.0.1:8080/cb", "http://127.0.0.1:65535/cb", true},
		{"http://127.0.0.1:8080/cb", "http://127.0.0.1/cb", true},
		{"http://127.0.0.1/cb", "http://127.0.0.1:49152/cb", true},
		{"http://localhost/callback", "http://localhost:3118/callback", true},
		{"http://localhost:8787/callback", "http://localhost:3118/callback", true},
		{"http://[::1]/cb", "http://[::1]:5000/cb", true},
		{"http://127.0.0.1/cb?a=1", "http://127.0.0.1:9/cb?a=1", true},
		{"http://127.0.0.1:33418/", "http://127.0.0.1:50001/", true},
		{"http://127.0.0.1", "http://127.0.0.1:50001", true},

		{"http://127.0.0.1:8080/cb", "http://127.0.0.1:8080/cb/", false},
		{"http://127.0.0.1:8080/cb", "http://127.0.0.1:8080/other", false},
		{"http://127.0.0.1:8080/cb", "http://127.0.0.1:8080/cb?x=1", false},
		{"http://127.0.0.1/cb?a=1", "http://127.0.0.1:9/cb", false},
		{"http://127.0.0.1:8080/cb", "https://127.0.0.1:8080/cb", false},
		{"http://127.0.0.1:8080/cb", "http://127.0.0.2:8080/cb", false},
		{"http://127.0.0.1:8080/cb", "http://localhost:8080/cb", false},
		{"http://127.0.0.1:8080/cb", "http://[::1]:8080/cb", false},
		{"http://localhost/cb", "http://127.0.0.1/cb", false},
		{"http://localhost/cb", "http://LOCALHOST/cb", false},
		{"http://localhost/cb", "HTTP://localhost/cb", false},
		{"http://localhost/cb", "http://localhost./cb", false},
		{"http://localhost/cb", "http://localhost:/cb", false},
		{"http://localhost/cb", "http://localhost:0/cb", false},
		{"http://localhost/cb", "http://localhost:080/cb", false},
		{"http://localhost/cb", "http://localhost:65536/cb", false},
		{"http://localhost/cb", "http://localhost:-1/cb", false},
		{"http://localhost/cb", "http://localhost:+80/cb", false},
		{"http://localhost/cb", "http://localhost:80:80/cb", false},
		{"http://localhost/cb", "http://localhost:8x/cb", false},
		{"http://localhost/cb", "http://localhost:80#/cb", false},
		{"http://[::1]/cb", "http://[0:0:0:0:0:0:0:1]/cb", false},
		{"http://[::1]/cb", "http://[::1%25lo]/cb", false},
		{"http://[::1]/cb", "http://::1/cb", false},
		// The port rule is for http on loopback hosts alone.
		{"https://localhost:8080/cb", "https://localhost:8081/cb", false},
		{"https://a.example:8080/cb", "https://a.example:8081/cb", false},
		{"cursor://localhost:1/cb", "cursor://localhost:2/cb", false},
		// A list filled elsewhere does not make a bad URI good.
		{"http://a.example/cb", "http://a.example/cb", false},
		{"javascript:alert(1)", "javascript:alert(1)", false},
		{"http://0.0.0.0:80/cb", "http://0.0.0.0:81/cb", false},
	}
	for _, kind := range []oauth.Kind{oauth.Preregistered, oauth.Dynamic, oauth.MetadataDocument} {
		for _, tt := range tests {
			client := &oauth.Client{Kind: kind, RedirectURIs: []string{"https://other.example/", tt.registered}}
			got, err := client.Match(tt.requested)
			if (err == nil) != tt.ok {
				t.Errorf("%s client, registered %q: Match(%q) = %v, want ok %v", kind, tt.registered, tt.requested, err, tt.ok)
			}
			if tt.ok && (got.String() != tt.requested || !got.Loopback()) {
				t.Errorf("Match(%q) = %q, loopback %v", tt.requested, got, got.Loopback())
			}
		}
	}
}

func TestMatchTellsWhy(t *testing.T) {
	client := &oauth.Client{RedirectURIs: []string{registered}}
	for requested, reason := range map[string]string{
		"":                     "redirect_uri_missing",
		"https://evil.net/cb":  "redirect_uri_not_registered",
		"javascript:alert(1)":  "redirect_uri_not_registrable",
		"https://a.example/#x": "redirect_uri_not_registrable",
	} {
		_, err := client.Match(requested)
		e, ok := err.(*oauth.Error)
		if !ok || e.Code != oauth.InvalidRequest || e.Reason != reason {
			t.Errorf("Match(%q) = %#v, want invalid_request for %s", requested, err, reason)
		}
	}
}

// An open redirector in disguise: what looks like loopback and is not.
var notLoopback = []string{
	"http://localhost.evil.com/cb", "http://127.0.0.1.nip.io/cb", "http://127.0.0.1@evil/cb", "http://localhost:80@evil/cb",
	"http://[::ffff:127.0.0.1]/cb", "http://0.0.0.0/cb", "http://2130706433/cb", "http://127.1/cb", "http://0x7f.1/cb",
	"http://0177.0.0.1/cb", "http://127.0.0.2/cb", "http://[::]/cb", "http://localhost%2eevil.com/cb", "http://localhost\\.evil.com/cb",
	"http://foo.localhost/cb", "http://ip6-localhost/cb", "http://⓵27.0.0.1/cb", "http://localhost?@evil/cb#", "http:localhost/cb", "http:/localhost/cb",
}

var notHTTPS = []string{
	"http://client.example.com/cb", "http://10.0.0.1/cb", "http://192.168.1.1:8080/cb", "HTTP://client.example.com/cb", "http://[fe80::1]/cb", "http://a",
}

func TestRegisteredRedirectURIRefused(t *testing.T) {
	refused := slices.Concat(notLoopback, notHTTPS, dangerous(), []string{
		"", " ", "/cb", "cb", "https", "https:", "https://", "https:///cb", "https://:8080/cb", "://a/cb", "1a://b/c",
		"https://a/cb#", "https://a/cb#x", "https://a/#/cb", "cursor://x/y#", "http://localhost/#", "com.example.app:/cb#x",
		"https://user@a/cb", "https://@a/cb", "cursor://user@x/cb",
		"https://a b/cb", "https://a/c b", "https://a/c\\b", "https://a/\u00e9", "https://\u00e9.example/", "https://a/<b>", "https://a/\"b",
		"https://a/%", "https://a/%4", "https://a/%zz", "https://a/cb?x=%", "https://*.example.com/cb", "https://a..b/cb", "https://a./cb",
		"https://[::1/cb", "https://::1]/cb", "https://[fe80::1%25eth0]/cb", "https://a:99999/cb", "https://a:b/cb",
		"https://a/cb?code=1", "https://a/cb?x=1&state=2", "https://a/cb?iss=evil", "https://a/cb?error", "https://a/cb?c%6fde=1",
		"cursor://[", "cursor://[x]/cb", "cursor://a:b/cb", "cursor://a%20b/cb", "cursor://:1/cb",
		"com.example.app:cb", "com.example.app:", "com.example.app://", "urn:ietf:wg:oauth:2.0:oob",
		"https://a/" + strings.Repeat("a", 2048),
	})
	for _, s := range refused {
		err := oauth.ParseRegisteredRedirectURI(s)
		e, ok := err.(*oauth.Error)
		if !ok || e.Code != oauth.InvalidRedirectURI || e.Description == "" {
			t.Errorf("ParseRegisteredRedirectURI(%q) = %v, want invalid_redirect_uri", s, err)
		}
		client := &oauth.Client{RedirectURIs: []string{s}}
		if _, err := client.Match(s); err == nil {
			t.Errorf("Match(%q) accepts what nobody may register", s)
		}
	}
}

// dangerous spells every dangerous scheme in several ways.
func dangerous() []string {
	var all []string
	for _, scheme := range []string{
		"javascript", "data", "vbscript", "file", "filesystem", "blob", "about", "mailto", "intent", "ws", "wss", "ftp", "view-source",
		"chrome", "chrome-extension", "ms-msdt", "search-ms", "tel", "sms", "jar", "resource",
	} {
		mixed := strings.ToUpper(scheme[:1]) + scheme[1:]
		for _, s := range []string{scheme, mixed, strings.ToUpper(scheme)} {
			all = append(all, s+":x", s+":/x", s+"://x/y", s+"://%0aalert(1)", s+":///x")
		}
		all = append(all, " "+scheme+":/x", "\t"+scheme+":/x", "\x01"+scheme+":/x", scheme[:1]+"\t"+scheme[1:]+":/x",
			scheme[:1]+"\r\n"+scheme[1:]+":/x", scheme[:1]+"\x00"+scheme[1:]+":/x", scheme+"\t:/x", scheme+"%3a/x")
	}
	return all
}

func TestRegisteredRedirectURIAccepted(t *testing.T) {
	for _, s := range []string{
		"https://claude.ai/api/mcp/auth_callback", "https://chatgpt.com/connector_platform_oauth_redirect",
		"http://localhost/callback", "http://127.0.0.1/callback", "http://127.0.0.1:33418/", "http://127.0.0.1:33418", "http://[::1]:8080/cb",
		"https://vscode.dev/redirect", "https://insiders.vscode.dev/redirect", "vscode://vscode.github-authentication/did-authenticate",
		"cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/agents/mcp/oauth/callback", "http://localhost:8787/callback",
		"com.example.app:/oauth2redirect", "com.example.App:///cb", "https://a/cb?x=1", "https://a/cb?codes=1&states=2", "https://10.0.0.1:8443/cb",
		"https://a_b.example/cb", "https://[2001:db8::1]/cb", "https://a.example/~x/(y)/%C3%A9?z=[1]",
	} {
		if err := oauth.ParseRegisteredRedirectURI(s); err != nil {
			t.Errorf("ParseRegisteredRedirectURI(%q) = %v", s, err)
		}
		got, err := (&oauth.Client{RedirectURIs: []string{s}}).Match(s)
		if err != nil || got.String() != s {
			t.Errorf("Match(%q) = %q, %v", s, got, err)
		}
	}
}

func TestRedirectURIWith(t *testing.T) {
	params := url.Values{"code": {"c+/= d"}, "state": {"a&code=evil\r\nSet-Cookie: x\x00é"}, "iss": {"https://as.example"}}
	const query = "code=c%2B%2F%3D%20d&iss=https%3A%2F%2Fas.example&state=a%26code%3Devil%0D%0ASet-Cookie%3A%20x%00%C3%A9"
	for base, want := range map[string]string{
		"https://a/cb":               "https://a/cb?" + query,
		"https://a":                  "https://a?" + query,
		"https://a/cb?":              "https://a/cb?" + query,
		"https://a/cb?x=%7e&y=1+2":   "https://a/cb?x=%7e&y=1+2&" + query,
		"https://a/cb?x&":            "https://a/cb?x&" + query,
		"cursor://host/oauth":        "cursor://host/oauth?" + query,
		"com.example:/cb":            "com.example:/cb?" + query,
		"http://localhost:8787/back": "http://localhost:8787/back?" + query,
	} {
		r, err := (&oauth.Client{RedirectURIs: []string{base}}).Match(base)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.With(params); got != want {
			t.Errorf("%s With = %s\nwant %s", base, got, want)
		}
		if got := r.With(nil); got != base {
			t.Errorf("%s With(nil) = %s", base, got)
		}
		parsed, err := url.Parse(want)
		if err != nil || parsed.Query().Get("state") != params.Get("state") || len(parsed.Query()["code"]) != 1 {
			t.Errorf("%s is not read back as it was meant", want)
		}
	}
}

func TestRedirectURIZero(t *testing.T) {
	var r oauth.RedirectURI
	if !r.IsZero() || r.Custom() || r.Loopback() || r.Host() != "" {
		t.Errorf("the zero value claims to be something: %+v", r)
	}
	defer func() {
		if recover() == nil {
			t.Error("With of the zero value did not panic")
		}
	}()
	r.With(nil)
}

func TestRedirectURIHost(t *testing.T) {
	for s, want := range map[string]string{
		"https://Claude.AI:8443/cb": "claude.ai",
		"http://[::1]:9/cb":         "[::1]",
		"cursor://host/oauth":       "cursor",
		"com.Example.app:/cb":       "com.example.app",
	} {
		r, err := (&oauth.Client{RedirectURIs: []string{s}}).Match(s)
		if err != nil || r.Host() != want {
			t.Errorf("Host of %s = %q, %v, want %q", s, r.Host(), err, want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	client := &oauth.Client{RedirectURIs: []string{registered, "http://localhost:1/cb?x=1", "cursor://host/oauth"}}
	for _, s := range slices.Concat(mutations, notLoopback, client.RedirectURIs) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := client.Match(s)
		if err != nil {
			return
		}
		u, err := url.Parse(s)
		if err != nil {
			t.Fatalf("%q matched and net/url cannot read it: %v", s, err)
		}
		if u.Port() != "" {
			u.Host = u.Hostname() + ":1"
		} else if u.Hostname() == "localhost" {
			u.Host += ":1"
		}
		if !slices.Contains(client.RedirectURIs, u.String()) {
			t.Fatalf("%q matched nothing that was registered", s)
		}
		if !strings.HasPrefix(r.With(url.Values{"code": {"x"}}), s) {
			t.Fatalf("With changed %q", s)
		}
	})
}

func FuzzParseRegisteredRedirectURI(f *testing.F) {
	for _, s := range slices.Concat(mutations, dangerous(), notLoopback) {
		f.Add(s)
	}
	f.Add("cursor://[")
	f.Fuzz(func(t *testing.T, s string) {
		if oauth.ParseRegisteredRedirectURI(s) != nil {
			return
		}
		u, err := url.Parse(s)
		if err != nil || u.User != nil || u.Fragment != "" {
			t.Fatalf("accepted %q: %+v, %v", s, u, err)
		}
		local := u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1"
		if u.Scheme == "http" && !local || u.Scheme == "javascript" || u.Scheme == "data" || u.Opaque != "" {
			t.Fatalf("accepted %q", s)
		}
	})
}
