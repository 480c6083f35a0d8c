package deploy

// H14: requests whose end two readers may see in different places.

import (
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
)

// inner is the request that is hidden in another's body. Nobody else asks for its route.
const inner = "GET /api/v1/errors/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"

// ambiguous are requests by name. In each, who reads the head in one way takes inner for a
// part of the body, and who reads it in another way for a request.
func ambiguous() map[string]string {
	post := func(headers, body string) string {
		return "POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n" + headers + "\r\n" + body
	}
	chunked := "0\r\n\r\n" + inner
	length := fmt.Sprintf("Content-Length: %d\r\n", len(chunked))
	plain := fmt.Sprint(len(inner))
	requests := map[string]string{
		"length, then chunked":       post(length+"Transfer-Encoding: chunked\r\n", chunked),
		"chunked, then length":       post("Transfer-Encoding: chunked\r\n"+length, chunked),
		"a length of the chunk size": post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(inner), inner)),
		"two lengths":                post("Content-Length: 0\r\nContent-Length: "+plain+"\r\n", inner),
		"a list of lengths":          post("Content-Length: 0, "+plain+"\r\n", inner),
		"chunked in HTTP/1.0":        strings.Replace(post(length+"Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n", chunked), "HTTP/1.1", "HTTP/1.0", 1),
		"GET with a length":          "GET /keys HTTP/1.1\r\nHost: localhost\r\n" + length + "Transfer-Encoding: chunked\r\n\r\n" + chunked,
		"a folded length":            post("Content-Length:\r\n 0\r\nX-A: b\r\n c\r\n"+length, chunked),
		"a length after a bare CR":   post("X-A: b\rContent-Length: 0\r\n"+length, chunked),
		"a space before the colon":   post("Content-Length : 0\r\n"+length, chunked),
	}
	for _, coding := range []string{
		"Transfer-Encoding:\r\n chunked", "Transfer-Encoding: xchunked", "Transfer-Encoding : chunked", "Transfer-Encoding: chunked, identity",
		"Transfer-Encoding: identity, chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "Transfer-Encoding: \"chunked\"",
		"Transfer-Encoding:\x0bchunked", "Transfer-Encoding: chunked\x00", " Transfer-Encoding: chunked", "X-A: b\nTransfer-Encoding: chunked",
		"Transfer_Encoding: chunked", "Transfer-Encoding: cHuNkEd", "Transfer-Encoding: gzip, chunked",
	} {
		requests[fmt.Sprintf("length with %q", coding)] = post(length+coding+"\r\n", chunked)
	}
	for _, n := range []string{"+0", "-0", "0x0", "0 ", "", "00000000000000000000000000000000", "0;", "18446744073709551616"} {
		requests[fmt.Sprintf("a length of %q and another", n)] = post("Content-Length: "+n+"\r\nContent-Length: "+plain+"\r\n", inner)
	}
	for _, size := range []string{"0x0", " 0", "-0", "0 \r", "10000000000000000", "+0", "0;\n"} {
		requests[fmt.Sprintf("a chunk of size %q", size)] = post(length+"Transfer-Encoding: chunked\r\n", size+"\r\n\r\n"+inner)
	}
	return requests
}

var statusLine = regexp.MustCompile(`(?m)^HTTP/1\.[01] (\d{3})`)

func TestAttackH14_request_smuggling(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	admin := func(t *testing.T) map[string]any {
		return map[string]any{"admin": map[string]any{"listen": campaign.FreeAddress(t)}}
	}
	t.Run("proxies", func(t *testing.T) {
		for name, start := range proxies {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				more := admin(t)
				p := behind(t, start, more)
				// Caddy goes on after a chunked request, whatever stood beside. It may, while
				// nothing in front of it counts by length; so that alone is tried.
				requests := ambiguous()
				if name == "Caddy" {
					maps.DeleteFunc(requests, func(_, r string) bool { return strings.Contains(r, "Transfer-Encoding") })
				}
				smuggle(t, more, requests, func() (net.Conn, error) {
					return tls.Dial("tcp", p.address, &tls.Config{RootCAs: p.roots, ServerName: "localhost", NextProtos: []string{"http/1.1"}})
				})
			})
		}
	})
	t.Run("direct", func(t *testing.T) {
		more := admin(t)
		n := campaign.NewNode(t, campaign.Settings{More: more})
		n.Up(t)
		smuggle(t, more, ambiguous(), func() (net.Conn, error) { return net.Dial("tcp", n.Address) })
	})
	figures.add(begun, "H14: %d ambiguous requests through nginx, HAProxy and neither: never a second answer", len(ambiguous()))
}

func smuggle(t *testing.T, more map[string]any, requests map[string]string, dial func() (net.Conn, error)) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(requests)) {
		request := requests[name]
		conn, err := dial()
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(300 * time.Millisecond)) // whoever waits for more has not been fooled
		_, _ = io.WriteString(conn, request)                         // it may be refused before its end
		answer, _ := io.ReadAll(conn)                                // by the deadline, or the end
		conn.Close()
		found := statusLine.FindAllStringSubmatch(string(answer), -1)
		switch {
		case len(found) > 1:
			t.Errorf("%s: %d answers: %q", name, len(found), found)
		case len(found) == 1 && found[0][1] < "400" && !strings.HasPrefix(request, "GET"): // whose body changes nothing
			t.Errorf("%s: %s", name, found[0][1])
		}
		if n := asked(t, more, "/api/v1/errors/{error_id}"); n != "" {
			t.Fatalf("%s: the hidden request was answered: %s", name, n)
		}
	}
}

// asked is the line of the server's metrics that counts the requests for a route, "" if
// there were none.
func asked(t *testing.T, more map[string]any, route string) string {
	t.Helper()
	for line := range strings.Lines(metricsOf(t, more)) {
		if strings.HasPrefix(line, "symbolon_http_requests_total") && strings.Contains(line, `"`+route+`"`) {
			return line
		}
	}
	return ""
}

// metricsOf reads the metrics of a server with these settings.
func metricsOf(t *testing.T, more map[string]any) string {
	t.Helper()
	address, _ := more["admin"].(map[string]any)["listen"].(string)
	resp, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the metrics: %d %v", resp.StatusCode, err)
	}
	return string(text)
}
