// One request: sent, bounded, read, reported. Every step of the client but the MCP session goes through here.
package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// maxBody bounds every answer. The longest honest one, a key set, has a few kilobytes.
const maxBody = 1 << 20

// protocolVersion is the MCP revision this client announces while it discovers.
const protocolVersion = "2025-11-25"

// answer is an HTTP response whose body has been read.
type answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Refusal is a server's no. Code and Description are the server's own words (RFC 6749 §5.2, RFC 7591 §3.2.2).
type Refusal struct {
	Step        string
	Status      int
	Code        string
	Description string
}

func (r *Refusal) Error() string {
	if r.Code == "" {
		return fmt.Sprintf("%s: HTTP %d", r.Step, r.Status)
	}
	if r.Description == "" {
		return fmt.Sprintf("%s: HTTP %d %s", r.Step, r.Status, r.Code)
	}
	return fmt.Sprintf("%s: HTTP %d %s: %s", r.Step, r.Status, r.Code, r.Description)
}

// do sends req and lets read judge the answer. What read returns is the note or the error of the step.
func (c *Client) do(name string, req *http.Request, read func(answer) (note string, err error)) error {
	a, err := c.send(req)
	var note string
	if err == nil {
		note, err = read(a)
	}
	if _, refused := errors.AsType[*Refusal](err); err != nil && !refused {
		err = fmt.Errorf("%s: %w", name, err)
	}
	report(c.trace, name, req, a.Status, note, err)
	return err
}

func (c *Client) send(req *http.Request) (answer, error) {
	if err := secureURL(req.URL); err != nil {
		return answer{}, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, withoutURL(err)
	}
	defer resp.Body.Close()
	body, err := readBounded(resp.Body)
	return answer{Status: resp.StatusCode, Header: resp.Header, Body: body}, err
}

func readBounded(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if len(body) > maxBody {
		return nil, errors.New("the answer is longer than 1 MB")
	}
	return body, err
}

// withoutURL drops the URL that net/http puts in its errors: it may carry a code or a state.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// secureURL refuses to send anything in clear over a network (RFC 8252 §7.3 allows http on loopback).
func secureURL(u *url.URL) error {
	if u.Host == "" || u.User != nil {
		return fmt.Errorf("%q is not a URL this client opens", showURL(u))
	}
	if u.Scheme == "https" || u.Scheme == "http" && loopbackHost(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("%s must be https (http only on this machine)", showURL(u))
}

func loopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// getRequest builds a discovery request. MCP clients announce the protocol version here (MCP 2025-06-18 §4.1).
func getRequest(ctx context.Context, target string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Mcp-Protocol-Version", protocolVersion)
	return req, nil
}

// decode reads a JSON object out of a successful answer; anything else becomes a Refusal or says what it is.
func (a answer) decode(step string, into any) error {
	if a.Status >= 300 && a.Status < 400 {
		return errors.New("the answer is a redirect; MCP clients do not follow redirects here")
	}
	if a.Status < 200 || a.Status > 299 {
		return a.refusal(step)
	}
	media, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if media != "application/json" && !strings.HasSuffix(media, "+json") {
		return fmt.Errorf("the answer is %q, not JSON", media)
	}
	if err := json.Unmarshal(a.Body, into); err != nil {
		return fmt.Errorf("the answer is not the JSON that was expected: %w", err)
	}
	return nil
}

func (a answer) refusal(step string) *Refusal {
	var body struct {
		Code        string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(a.Body, &body) != nil { // an error page of a proxy, say
		body.Code, body.Description = "", ""
	}
	return &Refusal{Step: step, Status: a.Status, Code: body.Code, Description: body.Description}
}
