package deploy

// What must come through a proxy.

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
)

const (
	reader       = "skc_reader" // an MCP server
	readerSecret = "reader-secret-of-an-mcp-server-0123456789"
	sdkBackend   = "skc_sdk" // a company's app on an official SDK
	sdkSecret    = "sdk-secret-of-the-companys-app-0123456789"
)

func readers() map[string]any {
	return map[string]any{"api_clients": campaign.APIClients(
		map[string]any{"id": reader, "secret": readerSecret, "role": "resource", "mcp_servers": []string{"*"}},
		map[string]any{"id": sdkBackend, "secret": sdkSecret, "connections": []string{"*"}})}
}

// Whole logins, with refreshes and revocations, over HTTP/1.1 and HTTP/2; and nothing of
// what makes them secret gets into the proxy's log, also while no server answers.
func TestLoginsThroughProxies(t *testing.T) {
	eachProxy(t, nil, func(t *testing.T, p *proxied) {
		for _, h2 := range []bool{false, true} {
			var logins atomic.Int64
			seen := &seeing{RoundTripper: p.transport("", h2)}
			load := campaign.NewLoad(p.base, seen)
			load.Workers = 2
			load.Run(t.Context(), func() bool { return logins.Add(1) <= 6 })
			load.Verify(t.Context())
			for _, wrong := range load.Ledger.Wrongs() {
				t.Error(wrong)
			}
			if retries, restarted, busy, internal := load.Trouble(); load.Ledger.Logins.Load() < 6 || retries+restarted+busy+internal > 0 {
				t.Errorf("HTTP/2 %v: %d logins, %d retries, %d begun again, %d × 503, %d × 500", h2, load.Ledger.Logins.Load(), retries, restarted, busy, internal)
			}
			if seen.callbacks.Load() < 6 || seen.h2.Load() != h2 {
				t.Errorf("%d callbacks, by HTTP/2: %v", seen.callbacks.Load(), seen.h2.Load())
			}
		}
		const callback = "/sso/v1/connections/conn_acme/partner:callback"
		p.Kill()
		for _, path := range []string{callback + "?state=st_marker&login_verifier=lv_marker", "/portal/open?link=marker", "/oauth/authorize?state=marker"} {
			resp, err := (&http.Client{Transport: p.transport("", false)}).Get(p.base + path)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode/100 != 5 {
				t.Errorf("without a server: %d", resp.StatusCode)
			}
		}
		log := p.logged(t)
		if !strings.Contains(log, callback) && !strings.Contains(log, "partner:callback") {
			t.Errorf("the log does not mention callbacks: %.2000s", log)
		}
		for _, secret := range []string{"marker", "login_verifier", "state=", "code=", "sy" + "c_", "Bearer"} {
			if at := strings.Index(log, secret); at >= 0 {
				t.Errorf("the log holds %q: %.300s", secret, log[max(0, at-100):])
			}
		}
	})
}

// seeing notes how requests travel.
type seeing struct {
	http.RoundTripper
	callbacks atomic.Int64
	h2        atomic.Bool
}

func (s *seeing) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.RoundTripper.RoundTrip(r)
	if err == nil {
		s.h2.Store(resp.ProtoMajor == 2)
		if strings.HasSuffix(r.URL.Path, "partner:callback") {
			s.callbacks.Add(1)
		}
	}
	return resp, err
}

// An official SDK posts the user by gRPC: TLS, HTTP/2, trailers.
func TestSDKThroughProxies(t *testing.T) {
	module, err := filepath.Abs("../node")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(module, "node_modules/@scalekit-sdk/node")); err != nil {
		t.Fatalf("%v: run e2e/setup", err)
	}
	eachProxy(t, map[string]any{"api_clients": readers()["api_clients"], "connections": []any{
		map[string]any{"id": "conn_required", "name": "Acme", "login_url": "http://127.0.0.1:9/login"},
	}, "mcp_servers": []any{map[string]any{"id": "res_todo", "name": "Todo", "url": "https://mcp.example/todo", "connection": "conn_required"}}}, func(t *testing.T, p *proxied) {
		app := campaign.FreeAddress(t)
		cmd := exec.Command("node", "scalekit-app.mjs", "@scalekit-sdk/node")
		cmd.Dir = module
		cmd.Env = append(os.Environ(), "SK_ENV_URL="+p.base, "SK_CLIENT_ID="+sdkBackend, "SK_CLIENT_SECRET="+sdkSecret,
			"PORT="+app[strings.LastIndex(app, ":")+1:], "NODE_EXTRA_CA_CERTS="+p.cert)
		said := &output{}
		cmd.Stdout, cmd.Stderr = said, said
		run(t, cmd)
		for begun := time.Now(); !strings.Contains(said.String(), "ready"); time.Sleep(20 * time.Millisecond) {
			if time.Since(begun) > campaign.Patience {
				t.Fatalf("the app does not start: %s", said)
			}
		}
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		browser := &http.Client{Transport: p.transport("", true), Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		follow := func(c *http.Client, target string) *url.URL {
			resp, err := c.Get(target)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			to, err := resp.Location()
			if err != nil {
				t.Fatalf("%s leads nowhere: %d; the app: %s", target, resp.StatusCode, said)
			}
			return to
		}
		login := follow(browser, p.base+"/oauth/authorize?"+url.Values{
			"response_type": {"code"}, "client_id": {"cli_campaign"}, "redirect_uri": {"http://127.0.0.1:9/callback"}, "state": {"s"},
			"code_challenge": {strings.Repeat("A", 43)}, "code_challenge_method": {"S256"},
		}.Encode())
		back := follow(&http.Client{CheckRedirect: browser.CheckRedirect}, "http://"+app+"/login?handoff=required&"+login.RawQuery)
		if consent := follow(browser, back.String()); !strings.HasPrefix(consent.Path, "/consent/") {
			t.Errorf("the callback leads to %s", consent.Path)
		}
	})
}

// The feed of revocations arrives as it happens.
func TestFeedThroughProxies(t *testing.T) {
	eachProxy(t, readers(), func(t *testing.T, p *proxied) {
		c := &http.Client{Transport: p.transport("", true)}
		ctx, cancel := context.WithTimeout(t.Context(), campaign.Patience)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+"/api/v1/revocations", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Authorization": {"Bearer " + machineToken(t, c, p.base)}, "Accept": {"text/event-stream"}}
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		events := make(chan time.Time)
		go func() {
			defer close(events)
			for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
				if strings.HasPrefix(lines.Text(), "data:") {
					events <- time.Now()
				}
			}
		}()
		load := campaign.NewLoad(p.base, p.transport("", false))
		slowest := time.Duration(0)
		for range 5 {
			acknowledged := load.SignOut(ctx)
			if acknowledged.IsZero() {
				t.Fatalf("nobody could be signed out: %v", load.Ledger.Wrongs())
			}
			arrived, ok := <-events
			if !ok {
				t.Fatal("the stream ended")
			}
			slowest = max(slowest, arrived.Sub(acknowledged))
		}
		if slowest > time.Second {
			t.Errorf("an event arrived after %v", slowest)
		}
	})
}

func machineToken(t *testing.T, c *http.Client, base string) string {
	t.Helper()
	resp, err := c.PostForm(base+"/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {reader}, "client_secret": {readerSecret}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		t.Fatalf("no machine token: %d %v", resp.StatusCode, err)
	}
	return answer.AccessToken
}

// A cookie header of 16 KB, which a browser may send to a domain, comes through.
func TestLongCookiesThroughProxies(t *testing.T) {
	eachProxy(t, nil, func(t *testing.T, p *proxied) {
		for _, h2 := range []bool{false, true} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+"/keys", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Cookie", "a="+strings.Repeat("x", 8<<10)+"; b="+strings.Repeat("y", 8<<10))
			resp, err := (&http.Client{Transport: p.transport("", h2)}).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				t.Errorf("HTTP/2 %v: %d", h2, resp.StatusCode)
			}
		}
	})
}

// Who asks is whom the proxy saw, whatever the request says of itself.
func TestAddressesThroughProxies(t *testing.T) {
	tight := map[string]any{"rate": 1, "burst": 5}
	eachProxy(t, map[string]any{"limits": map[string]any{"per_address": tight, "global": map[string]any{"rate": 1, "burst": 30}}}, func(t *testing.T, p *proxied) {
		ask := func(from string) (served int) {
			c := &http.Client{Transport: p.transport(from, false)}
			for i := range 40 {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+"/.well-known/oauth-authorization-server", nil)
				if err != nil {
					t.Fatal(err)
				}
				spoof := fmt.Sprintf("192.0.2.%d", i)
				req.Header = http.Header{"X-Forwarded-For": {spoof}, "X-Real-Ip": {spoof}, "Forwarded": {"for=" + spoof}, "Cf-Connecting-Ip": {spoof}}
				resp, err := c.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if resp.StatusCode == http.StatusOK {
					served++
				}
			}
			return served
		}
		// An address is sure of 5, and gets what is spare down to half of 30; with an
		// address of its own choice for each request it would get all that is left.
		if got := ask("127.0.0.2"); got < 5 || got > 20 {
			t.Errorf("one address was served %d times", got)
		}
		if got := ask("127.0.0.3"); got < 5 || got > 9 {
			t.Errorf("another address, while nothing is spare, was served %d times instead of 5", got)
		}
	})
}
