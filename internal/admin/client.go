package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/httpx"
)

// Client speaks to a server: a running one, see [Dial], or one of this process,
// see [InProcess].
type Client struct{ transport http.RoundTripper }

// host stands in URLs; nothing is resolved.
const host = "http://symbolon"

// Dial finds the server that listens on a socket. The error is that of
// connecting: fs.ErrNotExist, ECONNREFUSED if the server is gone, fs.ErrPermission
// if it is another user's.
func Dial(ctx context.Context, socket string) (*Client, error) {
	path, err := reachable(socket)
	if err != nil {
		return nil, err
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	conn, err := dial(ctx, "", "")
	if err != nil {
		return nil, err
	}
	if err := conn.Close(); err != nil {
		return nil, err
	}
	return &Client{&http.Transport{DialContext: dial, DisableKeepAlives: true}}, nil
}

// InProcess calls a handler directly. It cannot watch: an answer is read once it
// is complete.
func InProcess(h http.Handler) *Client {
	return &Client{httpx.InProcess(h)}
}

// send makes one request. A refusal is an *[Error].
func (c *Client) send(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var content io.Reader = http.NoBody
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, host+path, content)
	if err != nil {
		return nil, err
	}
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, fmt.Errorf("asking the running server: %w", err)
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer res.Body.Close()
	var problem httpx.Problem
	if err := json.NewDecoder(res.Body).Decode(&problem); err != nil || problem.Detail == "" {
		return nil, fmt.Errorf("the running server answered %s, not as a server of this release does", res.Status)
	}
	return nil, &Error{Status: res.StatusCode, Code: problem.Code, Message: problem.Detail}
}

// call is a request and its answer.
func call[T any](ctx context.Context, c *Client, method, path string, body any) (T, error) {
	var result T
	res, err := c.send(ctx, method, path, body)
	if err != nil {
		return result, err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&result); err != nil {
		return result, fmt.Errorf("the running server's answer cannot be read, perhaps because it is of another release: %w", err)
	}
	return result, nil
}
