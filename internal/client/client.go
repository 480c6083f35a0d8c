// What a client is made of, and the values that must never be printed.
package client

import (
	"log/slog"
	"net/http"
	"time"
)

// requestTimeout bounds every single request. MCP clients in the wild give up after 10 seconds,
// so an authorization server that needs longer is broken for them, too.
const requestTimeout = 10 * time.Second

// Options say how a client behaves; the zero value works.
type Options struct {
	// Transport carries every request. nil is http.DefaultTransport.
	Transport http.RoundTripper
	// Trace is told about every HTTP step as it ends, possibly from several goroutines. nil is nobody.
	Trace func(Step)
	// Name is shown to the user on the consent page. Empty is "Symbolon CLI".
	Name string
	// Now is the clock. nil is time.Now.
	Now func() time.Time
}

// Client performs the steps of a login. It holds no login itself: each step returns what the next one needs,
// and one client may run many logins at once.
type Client struct {
	http  *http.Client
	trace func(Step)
	name  string
	now   func() time.Time
}

// New returns a client.
func New(o Options) *Client {
	if o.Name == "" {
		o.Name = "Symbolon CLI"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Client{
		http:  &http.Client{Transport: o.Transport, Timeout: requestTimeout, CheckRedirect: stay},
		trace: o.Trace,
		name:  o.Name,
		now:   o.Now,
	}
}

// stay keeps a client where it is. Metadata, registration and token endpoints must answer directly: the
// strictest MCP clients follow nothing, and a token request that follows a redirect hands the code to a stranger.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Secret is a string that prints as "[secret]", whatever prints it. string(s) is the value.
type Secret string

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[secret]"
}

// GoString keeps %#v from showing what %v hides.
func (s Secret) GoString() string { return s.String() }

// MarshalText keeps encoding/json from showing what fmt hides.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
