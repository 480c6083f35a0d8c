package symbolontest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Response is an HTTP answer, read to its end.
type Response struct {
	Request     *http.Request // as it was sent, cookies included
	RequestBody string

	URL    *url.URL // that was asked
	Status int
	Header http.Header
	Body   string

	t testing.TB
}

// Location is where the answer redirects to; nil if it does not.
func (r *Response) Location() *url.URL {
	r.t.Helper()
	target := r.Header.Get("Location")
	if target == "" {
		return nil
	}
	u, err := r.URL.Parse(target)
	if err != nil {
		r.t.Fatalf("Location %q: %v", target, err)
	}
	return u
}

// JSON is the body as a JSON object.
func (r *Response) JSON() map[string]any {
	r.t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(r.Body), &object); err != nil {
		r.t.Fatalf("%s answered %d with no JSON object: %v\n%s", r.URL.Path, r.Status, err, r.Body)
	}
	return object
}

// Text is a string member of the JSON body; "" if it is not there.
func (r *Response) Text(member string) string {
	r.t.Helper()
	text, _ := r.JSON()[member].(string)
	return text
}

// Error is the member "error" of an OAuth error (RFC 6749 §5.2).
func (r *Response) Error() string {
	r.t.Helper()
	return r.Text("error")
}

func newRequest(t testing.TB, method, target, body string, header []string) *http.Request {
	t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, target, content)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if strings.EqualFold(header[i], "Host") {
			req.Host = header[i+1]
			continue
		}
		req.Header.Add(header[i], header[i+1])
	}
	return req
}

// send returns the answer, whatever its status.
func send(t testing.TB, client *http.Client, req *http.Request) *Response {
	t.Helper()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s: %v", req.URL.Path, err)
	}
	return &Response{
		Request: req, RequestBody: sent(t, req),
		URL: req.URL, Status: res.StatusCode, Header: res.Header, Body: string(body), t: t,
	}
}

// sent is the body of a request that was sent.
func sent(t testing.TB, req *http.Request) string {
	t.Helper()
	if req.GetBody == nil {
		return ""
	}
	again, err := req.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(again)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
