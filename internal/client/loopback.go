// The listener on this machine that the browser comes back to (RFC 8252 §7.3).
package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"time"
)

// callbackPath is the path of the redirect URI.
const callbackPath = "/callback"

// Loopback listens for one authorization response, on 127.0.0.1 and a port that the system chose.
type Loopback struct {
	listener net.Listener
}

// ListenLoopback opens the port. It answers from Wait on; a browser that comes earlier waits.
func ListenLoopback(ctx context.Context) (*Loopback, error) {
	// The literal address, not "localhost": a name can resolve elsewhere (RFC 8252 §8.3).
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for the browser's return: %w", err)
	}
	return &Loopback{listener: l}, nil
}

// RedirectURI is what to register and to ask for.
func (l *Loopback) RedirectURI() string { return "http://" + l.listener.Addr().String() + callbackPath }

// Close frees the port. Closing twice is harmless.
func (l *Loopback) Close() { _ = l.listener.Close() }

type loopbackResult struct {
	code Secret
	err  error
}

// Wait serves until the response to a arrived, whatever it says, or ctx ends. Responses with another state are
// turned away and change nothing: any page in the user's browser can send some.
func (l *Loopback) Wait(ctx context.Context, a *Authorization) (Secret, error) {
	results := make(chan loopbackResult, 1)
	server := &http.Server{Handler: l.handler(a, results), ReadHeaderTimeout: requestTimeout, MaxHeaderBytes: 64 << 10}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l.listener) }()
	defer func() {
		// The user still has to see the page that the last answer is.
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if server.Shutdown(end) != nil {
			_ = server.Close()
		}
	}()
	select {
	case r := <-results:
		return r.code, r.err
	case err := <-served:
		return "", fmt.Errorf("the listener for the browser's return stopped: %w", err)
	case <-ctx.Done():
		return "", fmt.Errorf("nobody came back from the browser: %w", context.Cause(ctx))
	}
}

func (l *Loopback) handler(a *Authorization, results chan<- loopbackResult) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+callbackPath, func(w http.ResponseWriter, r *http.Request) {
		code, err := a.Check(r.URL.Query())
		if errors.Is(err, ErrNotOurs) {
			finish(w, http.StatusBadRequest, finishedPage{Title: "Not this login", Text: "This page was opened with an answer that the program did not ask for. Nothing happened. Start again from the program."})
			return
		}
		select {
		case results <- loopbackResult{code, err}:
		default: // a reload: the first answer is already on its way
		}
		if err != nil {
			finish(w, http.StatusOK, finishedPage{Title: "Not connected", Text: "The login did not succeed: " + err.Error() + ". The program in your terminal says more."})
			return
		}
		finish(w, http.StatusOK, finishedPage{Title: "Signed in", Text: "You can close this window and return to your terminal.", Good: true})
	})
	return mux
}

type finishedPage struct {
	Title, Text string
	Good        bool
	Style       template.CSS
}

//go:embed finished.css
var finishedCSS string

// finishedPolicy allows the page's one inline style by its hash and nothing else.
var finishedPolicy = func() string {
	sum := sha256.Sum256([]byte(finishedCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; frame-ancestors 'none'; base-uri 'none'"
}()

var finishedTemplate = template.Must(template.New("finished").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<style>{{.Style}}</style>
<main{{if .Good}} class="good"{{end}}>
<span class="mark" aria-hidden="true">{{if .Good}}✓{{else}}!{{end}}</span>
<h1>{{.Title}}</h1>
<p>{{.Text}}</p>
</main>
</html>
`))

// finish writes the last page. The address bar holds the code: no referrer, no cache.
func finish(w http.ResponseWriter, status int, page finishedPage) {
	page.Style = template.CSS(finishedCSS)
	var body bytes.Buffer
	if err := finishedTemplate.Execute(&body, page); err != nil {
		http.Error(w, page.Title, status)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", finishedPolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Connection", "close")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}
