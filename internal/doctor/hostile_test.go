package doctor_test

// Servers that are hostile, broken beyond HTTP, or something else altogether.

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/symbolon-auth/symbolon/internal/doctor"
)

// Nothing that a server says can drive the terminal that shows it.
func TestHostileWords(t *testing.T) {
	const evil = "\x1b]0;title\x07\x1b[2J\u202e\u009b31m"
	w := newWorld(t)
	w.start(func(w *world) {
		w.resource["authorization_servers"] = []string{w.URL + "/" + evil, evil}
		w.resource["resource"] = w.mcpURL() + evil
		w.metadata["issuer"], w.metadata["token_endpoint"] = w.URL+evil, w.URL+"/"+evil
		w.metadata["x"+evil] = nil
		w.paths["*"] = cors(func(rw http.ResponseWriter, _ *http.Request) { reply(rw, 200, w.metadata) }, "GET", "MCP-Protocol-Version")
	})
	r := w.examine(func(o *doctor.Options) { o.Register = true })
	words := []string{r.Issuer}
	for _, x := range r.Results {
		words = append(words, x.Title, x.At, x.Detail, x.Remedy)
	}
	for _, c := range r.Clients {
		words = append(words, c.Client, c.Step, c.Why, c.Change)
	}
	words = append(words, r.Notes...)
	for _, s := range words {
		if i := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%q", s)
		}
	}
	if !strings.Contains(strings.Join(words, " "), "title") {
		t.Error("the server's words are nowhere: this test tests nothing")
	}
}

func TestNotHTTP(t *testing.T) {
	w := newWorld(t)
	w.Config.ErrorLog = log.New(io.Discard, "", 0)
	w.start(nil)
	r := w.examine(func(o *doctor.Options) { o.Target = strings.Replace(w.mcpURL(), "http:", "https:", 1) })
	fault{want: "D612"}.check(t, r)

	w = newWorld(t)
	w.start(func(w *world) {
		w.paths["/mcp"] = func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("X-Long", strings.Repeat("x", 100<<10))
			rw.WriteHeader(http.StatusUnauthorized)
		}
	})
	fault{want: "D612"}.check(t, w.examine())
}

// A stream in place of a document has no end; nobody waits for it.
func TestEventStream(t *testing.T) {
	w := newWorld(t)
	stop := make(chan struct{})
	defer close(stop)
	stream := func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/event-stream")
		_ = http.NewResponseController(rw).Flush()
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}
	w.start(func(w *world) {
		clear(w.paths)
		w.paths["*"] = stream
	})
	began := time.Now()
	r := w.examine()
	if took := time.Since(began); took > 5*time.Second || r.Requests < 3 {
		t.Errorf("%d requests in %v", r.Requests, took)
	}
	fault{want: "D102", also: []doctor.Code{"D205"}}.check(t, r)
}

// A guess at what was meant, where a URL leads to something else.
func TestNotes(t *testing.T) {
	w := newWorld(t)
	w.start(func(w *world) {
		w.paths["/.well-known/oauth-protected-resource"] = w.paths["/.well-known/oauth-protected-resource/mcp"]
	})
	for target, want := range map[string]string{w.URL + "/mpc": "If that is the MCP server", w.mcpURL(): ""} {
		r := w.examine(func(o *doctor.Options) { o.Target = target })
		if notes := strings.Join(r.Notes, " "); !strings.Contains(notes, want) || want == "" && strings.Contains(notes, "If that") {
			t.Errorf("%s: %s", target, notes)
		}
	}
	delete(w.paths, "/.well-known/oauth-protected-resource")
	if r := w.examine(func(o *doctor.Options) { o.Target = w.URL + "/mpc" }); !strings.Contains(strings.Join(r.Notes, " "), "Is the path right?") {
		t.Errorf("%v", r.Notes)
	}
	for target, want := range map[string]string{
		"mcp.example.com/mcp": "https://mcp.example.com/mcp?", "localhost:3012/mcp": "http://localhost:3012/mcp?", "x": "write it whole",
		"\x1b[2J.example/mcp": "https:// [2J.example/mcp?",
	} {
		if _, err := doctor.Examine(t.Context(), doctor.Options{Target: target}); !errors.Is(err, doctor.ErrTarget) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", target, err)
		}
	}
}

// What clients read and the doctor could not is said to be so.
func TestUnreadable(t *testing.T) {
	w := newWorld(t)
	w.start(answered("/.well-known/oauth-authorization-server", func(rw http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(rw).Encode(strings.Repeat("x", 2<<20))
	}))
	for _, c := range w.examine().Clients {
		if c.Connects || !c.Unknown || !strings.Contains(c.Why, "could not be had: the answer is longer than 1 MB") {
			t.Errorf("%+v", c)
		}
	}
}
