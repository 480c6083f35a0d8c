package cimd_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/symbolon-auth/symbolon/internal/cimd"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// TestDocumentOfAnotherClient: the document speaks for its own URL alone.
func TestDocumentOfAnotherClient(t *testing.T) {
	w := newWorld(t)
	for _, other := range []string{w.URL("/other.json"), w.URL("/client.json?"), w.URL("/client.json/"), "https://" + host + "/client.json", strings.ToUpper(w.URL("/client.json"))} {
		w.Publish(map[string]string{"/client.json": document(other)})
		w.Refused(w.URL("/client.json"), invalid)
	}
}

func TestCacheFreshness(t *testing.T) {
	w := newWorld(t)
	id := w.URL("/client.json")
	w.Publish(map[string]string{"/client.json": document(id)}, "Cache-Control", "public, max-age=600")
	first := w.Good(id)
	w.Pass(599 * time.Second)
	if again := w.Good(id); again.Digest != first.Digest || w.Hits() != 1 {
		t.Error("fetched while fresh")
	}
	w.Publish(map[string]string{"/client.json": strings.Replace(document(id), "app.example", "new.example", 1)})
	w.Pass(2 * time.Second)
	if changed := w.Good(id); changed.Digest == first.Digest || w.Hits() != 1 {
		t.Error("not fetched when stale")
	}
}

func TestFreshness(t *testing.T) {
	for _, c := range []struct {
		header  []string // name, value …
		want    time.Duration
		mayKeep bool
	}{
		{nil, 15 * time.Minute, true},
		{[]string{"Cache-Control", "max-age=600"}, 10 * time.Minute, true},
		{[]string{"Cache-Control", `Max-Age="600" , public`}, 10 * time.Minute, true},
		{[]string{"Cache-Control", "max-age=0, must-revalidate"}, time.Minute, true},
		{[]string{"Cache-Control", "max-age=99999999"}, 24 * time.Hour, true},
		{[]string{"Cache-Control", "max-age=99999999999999999999"}, time.Minute, true},
		{[]string{"Cache-Control", "max-age=-5"}, time.Minute, true},
		{[]string{"Cache-Control", "max-age=3600, s-maxage=86400", "Age", "600"}, 50 * time.Minute, true},
		{[]string{"Cache-Control", "max-age=3600", "Age", "9999"}, time.Minute, true},
		{[]string{"Cache-Control", "max-age=3600, no-cache"}, time.Minute, true},
		{[]string{"Cache-Control", "no-cache, no-store"}, time.Minute, false},
		{[]string{"Expires", "Thu, 01 Dec 1994 16:00:00 GMT", "Date", "Thu, 01 Dec 1994 14:00:00 GMT"}, 2 * time.Hour, true},
		{[]string{"Expires", "0", "Date", "x"}, 15 * time.Minute, true},
	} {
		h := http.Header{}
		for i := 0; i+1 < len(c.header); i += 2 {
			h.Add(c.header[i], c.header[i+1])
		}
		if got, mayKeep := cimd.Freshness(h); got != c.want || mayKeep != c.mayKeep {
			t.Errorf("%v: %v, %v", c.header, got, mayKeep)
		}
	}
}

func TestErrorsAreNotCached(t *testing.T) {
	w := newWorld(t)
	id := w.URL("/client.json")
	w.Status(http.StatusInternalServerError)
	w.Refused(id, unreachable)
	w.Publish(map[string]string{"/client.json": document(id, `"client_secret":"x"`)})
	w.Refused(id, invalid)
	w.Publish(map[string]string{"/client.json": document(id)})
	w.Good(id)
	if w.Hits() != 3 {
		t.Error("an error was cached")
	}
}

// TestAttackM14: a withdrawal ends new logins, an outage does not, up to a bound.
func TestAttackM14(t *testing.T) {
	w := newWorld(t)
	id := w.URL("/client.json")
	good := map[string]string{"/client.json": document(id)}
	renew := func(header ...string) {
		w.Publish(good, header...)
		w.Pass(72 * time.Hour)
		w.Good(id)
		w.Pass(time.Hour)
	}
	for _, status := range []int{403, 429, 500, 502, 503, 302} {
		renew()
		w.Status(status)
		w.Good(id)
	}
	if !strings.Contains(w.Log.String(), "last known or pinned copy") || !strings.Contains(w.Log.String(), "status 403") {
		t.Errorf("the log does not say so: %s", w.Log)
	}
	// The host is not asked at every login meanwhile, and is asked again.
	w.Hits()
	w.Good(id)
	if w.Hits() != 0 {
		t.Error("asked again at once")
	}
	w.Pass(6 * time.Minute)
	w.Good(id)
	if w.Hits() != 1 {
		t.Error("not asked again")
	}
	// 15 minutes of freshness and 24 hours of outage end together, to the minute.
	w.Pass(23*time.Hour + 8*time.Minute)
	w.Good(id)
	w.Pass(2 * time.Minute)
	w.Refused(id, unreachable)

	for name, serve := range map[string]func(){
		"404": func() { w.Status(404) }, "410": func() { w.Status(410) },
		"html": func() { w.Serve(func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, "<html>") }) },
	} {
		renew()
		serve()
		refusal := w.Refused(id, withdrawn)
		w.Status(500)
		w.Refused(id, unreachable)
		if refusal.Cause == nil {
			t.Errorf("%s: no cause", name)
		}
	}
	renew()
	w.Publish(map[string]string{"/client.json": `{}`})
	w.Refused(id, invalid)
	w.Status(500)
	w.Refused(id, unreachable)

	renew("Cache-Control", "no-store")
	w.Status(500)
	w.Refused(id, unreachable)
}

func TestNoStaleDocumentsIfSoConfigured(t *testing.T) {
	w := newWorld(t, func(o *cimd.Options) { o.StaleIfError = -1 })
	id := w.URL("/client.json")
	w.Publish(map[string]string{"/client.json": document(id)})
	w.Good(id)
	w.Pass(16 * time.Minute)
	w.Status(500)
	w.Refused(id, unreachable)
}

func TestSingleFlight(t *testing.T) {
	w := newWorld(t)
	id := w.URL("/client.json")
	waiting := make(chan struct{})
	w.Serve(func(rw http.ResponseWriter, _ *http.Request) {
		<-waiting
		rw.Header().Set("Content-Type", "application/json")
		fmt.Fprint(rw, document(id))
	})
	// One who leaves takes nobody with him, leader or not.
	left, leave := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() { _, _ = w.Source.Client(left, id) })
	for w.hits.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	for range 50 {
		group.Go(func() {
			if _, err := w.Source.Client(t.Context(), id); err != nil {
				t.Error(err)
			}
		})
	}
	leave()
	time.Sleep(10 * time.Millisecond)
	close(waiting)
	group.Wait()
	if hits := w.Hits(); hits != 1 {
		t.Errorf("%d fetches", hits)
	}
}

// TestFetchesAreBounded: however many URLs are named, a host gets few requests at
// a time.
func TestFetchesAreBounded(t *testing.T) {
	w := newWorld(t)
	var mu sync.Mutex
	current, most := 0, 0
	w.Serve(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		current++
		most = max(most, current)
		mu.Unlock()
		time.Sleep(2 * time.Millisecond)
		mu.Lock()
		current--
		mu.Unlock()
		rw.Header().Set("Content-Type", "application/json")
		fmt.Fprint(rw, document(w.URL(r.URL.Path)))
	})
	var group sync.WaitGroup
	for i := range 100 {
		group.Go(func() {
			if _, err := w.Source.Client(t.Context(), w.URL(fmt.Sprintf("/%d", i))); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if most > 8 {
		t.Errorf("%d requests at one time", most)
	}
}

// TestSlowHostsDelayNobodyElse: two hundred hosts that never answer are named, by one
// source or by as many; a lookup of somebody else goes on, at once or as soon as the
// first of them had their second. It would have to wait for all five otherwise.
func TestSlowHostsDelayNobodyElse(t *testing.T) {
	for name, source := range map[string]func(i int) string{
		"of one source":   func(int) string { return "flood" },
		"of many sources": strconv.Itoa,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			over, held := make(chan struct{}), atomic.Int32{}
			w.Serve(func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/client.json" {
					held.Add(1)
					<-over
				}
				rw.Header().Set("Content-Type", "application/json")
				fmt.Fprint(rw, document(w.URL("/client.json")))
			})
			flood, stop := context.WithCancel(t.Context())
			var group sync.WaitGroup
			defer group.Wait()
			defer close(over)
			defer stop()
			for i := range 200 {
				ctx := cimd.OnBehalfOf(flood, source(i))
				group.Go(func() {
					_, _ = w.Source.Client(ctx, w.At(fmt.Sprintf("slow%d.example", i), "/slow.json"))
				})
			}
			for held.Load() < 32 {
				time.Sleep(time.Millisecond)
			}
			began := time.Now()
			if _, err := w.Source.Client(cimd.OnBehalfOf(t.Context(), "somebody"), w.URL("/client.json")); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("the honest lookup took %v", took)
			}
		})
	}
}

func TestCacheBounds(t *testing.T) {
	var c cimd.Cache
	for i := range cimd.MaxEntries + 50 {
		c.Put(fmt.Sprint(i), "x", 10)
		c.Get("0") // in use: it stays
	}
	if entries, _ := c.Len(); entries != cimd.MaxEntries {
		t.Errorf("%d entries", entries)
	}
	if _, ok := c.Get("0"); !ok {
		t.Error("what is used was displaced")
	}
	if _, ok := c.Get("1"); ok {
		t.Error("what is not used was kept")
	}
	for i := range 100 {
		c.Put("large"+fmt.Sprint(i), "x", cimd.MaxBytes/10)
	}
	if entries, bytes := c.Len(); bytes > cimd.MaxBytes || entries > 10 {
		t.Errorf("%d entries, %d bytes", entries, bytes)
	}
	c.Put("large99", "y", 1)
	if v, _ := c.Get("large99"); v != "y" {
		t.Error("not replaced")
	}
	for i := range 200 {
		c.Remove(fmt.Sprint(i))
		c.Remove("large" + fmt.Sprint(i))
	}
	c.Put("whale", "x", cimd.MaxBytes+1)
	if entries, bytes := c.Len(); entries != 0 || bytes != 0 {
		t.Errorf("%d entries, %d bytes are left", entries, bytes)
	}
}

// TestPinnedDocuments: each is valid, and describes the client as it behaves.
func TestPinnedDocuments(t *testing.T) {
	w := newWorld(t, func(o *cimd.Options) { o.Ports = nil })
	w.Resolve(func(string, int) []string { return []string{"10.0.0.1"} }) // nothing can be reached
	for id, redirects := range map[string][]string{
		"https://claude.ai/oauth/mcp-oauth-client-metadata":   {"https://claude.ai/api/mcp/auth_callback"},
		"https://claude.ai/oauth/claude-code-client-metadata": {"http://localhost:3118/callback", "http://127.0.0.1:54321/callback"},
		"https://chatgpt.com/oauth/client.json":               {"https://chatgpt.com/connector_platform_oauth_redirect"},
		"https://chatgpt.com/oauth/codex/client.json":         {"http://127.0.0.1:1455/callback", "http://localhost:1455/callback"},
		"https://vscode.dev/oauth/client-metadata.json":       {"http://127.0.0.1:33418/", "http://127.0.0.1:50001/", "https://vscode.dev/redirect"},
		"https://zed.dev/oauth/client-metadata.json":          {"http://127.0.0.1:9999/callback"},
		"https://opencode.ai/oauth/opencode/client.json":      {"http://127.0.0.1:19876/callback"},
	} {
		client := w.Good(id)
		for _, redirect := range redirects {
			if _, err := client.Match(redirect); err != nil {
				t.Errorf("%s: %s: %v", id, redirect, err)
			}
		}
		if !client.Accepts(oauth.AuthNone) || !client.Allows(oauth.GrantRefreshToken) {
			t.Errorf("%s: %+v", id, client)
		}
	}
	w.Refused("https://chatgpt.com/oauth/abcdef123456/client.json", unreachable)
}

// TestPinnedIsSecondToTheHost: it is used while the host refuses, refreshed when
// it answers, and ended by a withdrawal.
func TestPinnedIsSecondToTheHost(t *testing.T) {
	files := fstest.MapFS{}
	var id string
	w := newWorld(t, func(o *cimd.Options) { o.Pinned = files })
	id = w.URL("/client.json")
	files["ours.json"] = &fstest.MapFile{Data: []byte(document(id, `"software_id":"pinned"`))}
	w.reopen(t, files)

	w.Status(http.StatusForbidden)
	if w.Good(id).SoftwareID != "pinned" {
		t.Error("not the pinned document")
	}
	w.Publish(map[string]string{"/client.json": document(id, `"software_id":"live"`)})
	w.Pass(6 * time.Minute)
	if w.Good(id).SoftwareID != "live" {
		t.Error("not refreshed")
	}
	w.Status(http.StatusForbidden)
	w.Pass(time.Hour)
	if w.Good(id).SoftwareID != "live" {
		t.Error("the pinned document is preferred to the last live one")
	}
	w.Pass(48 * time.Hour)
	if w.Good(id).SoftwareID != "pinned" {
		t.Error("the pinned document is not used after the live one has gone stale")
	}
	w.Pass(6 * time.Minute)
	w.Status(http.StatusGone)
	w.Refused(id, withdrawn)
	w.Status(http.StatusForbidden)
	w.Refused(id, unreachable)
	w.Publish(map[string]string{"/client.json": document(id)})
	w.Good(id)
	w.Pass(72 * time.Hour)
	w.Status(http.StatusForbidden)
	if w.Good(id).SoftwareID != "pinned" {
		t.Error("a document that came back is still counted as withdrawn")
	}
}

func TestPinnedIsChecked(t *testing.T) {
	for name, body := range map[string]string{"syntax": "{", "member": document("https://a.example/x", `"client_secret":"x"`), "id": document("not-a-url")} {
		files := fstest.MapFS{"x.json": &fstest.MapFile{Data: []byte(body)}}
		if _, err := cimd.New(cimd.Options{BaseURL: "https://auth.example", Pinned: files}); err == nil || !strings.Contains(err.Error(), "x.json") {
			t.Errorf("%s: %v", name, err)
		}
	}
	files := fstest.MapFS{"mine.json": &fstest.MapFile{Data: []byte(document("https://claude.ai/oauth/mcp-oauth-client-metadata", `"software_id":"mine"`))}}
	w := newWorld(t, func(o *cimd.Options) { o.Pinned, o.Ports = files, nil })
	w.Resolve(func(string, int) []string { return nil })
	if w.Good("https://claude.ai/oauth/mcp-oauth-client-metadata").SoftwareID != "mine" {
		t.Error("the operator's document does not replace the built-in one")
	}
}

func TestTimeoutOfFollowers(t *testing.T) {
	w := newWorld(t)
	id := w.URL("/client.json")
	waiting := make(chan struct{})
	w.Serve(func(http.ResponseWriter, *http.Request) { <-waiting })
	var group sync.WaitGroup
	group.Go(func() { _, _ = w.Source.Client(t.Context(), id) })
	for w.hits.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	impatient, leave := context.WithCancel(t.Context())
	leave()
	_, err := w.Source.Client(impatient, id)
	if refusal, ok := errors.AsType[*oauth.Error](err); !ok || refusal.Reason != unreachable {
		t.Errorf("%v", err)
	}
	close(waiting)
	group.Wait()
}
