package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// receiver is where authorization responses go: the website of a client, or its
// loopback listener. It remembers who came.
type receiver struct {
	server *httptest.Server

	mu     sync.Mutex
	visits []visit
}

// visit is one request: the address as the receiver saw it and the Referer.
type visit struct {
	url     *url.URL
	referer string
}

func newReceiver(https bool) *receiver {
	r := &receiver{}
	r.server = httptest.NewUnstartedServer(http.HandlerFunc(r.receive))
	if https {
		r.server.StartTLS()
	} else {
		r.server.Start()
	}
	return r
}

// startReceiver starts a loopback listener that ends with the test.
func startReceiver(t *testing.T) *receiver {
	t.Helper()
	r := newReceiver(false)
	t.Cleanup(r.server.Close)
	return r
}

func (r *receiver) receive(w http.ResponseWriter, req *http.Request) {
	if req.URL.Path == "/favicon.ico" {
		http.NotFound(w, req)
		return
	}
	r.mu.Lock()
	r.visits = append(r.visits, visit{req.URL, req.Referer()})
	r.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte("<!doctype html><title>received</title><p>You can close this window."))
}

// at is who came to a redirect URI.
func (r *receiver) at(redirectURI string) []visit {
	path := redirectURI[strings.LastIndex(redirectURI, "/"):]
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []visit
	for _, v := range r.visits {
		if v.url.Path == path {
			found = append(found, v)
		}
	}
	return found
}

// wait waits for the first visit to a redirect URI.
func (r *receiver) wait(t *testing.T, redirectURI string) visit {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if found := r.at(redirectURI); len(found) > 0 {
			return found[0]
		}
	}
	t.Fatalf("nobody came to %s", redirectURI)
	return visit{}
}
