package symbolon_test

// How an HTTP exchange is written down for testdata/flows: everything that matters,
// one thing a line, with names in place of what differs from run to run.

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/tools/txtar"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

// transcript is one flow being written down.
type transcript struct {
	scene
	archive txtar.Archive
	names   *placeholders
}

// note writes an exchange down under a title.
func (x *transcript) note(title string, r *symbolontest.Response) *symbolontest.Response {
	x.Helper()
	text := requestText(r) + "\n" + responseText(r)
	x.archive.Files = append(x.archive.Files, txtar.File{
		Name: fmt.Sprintf("%d. %s", len(x.archive.Files)+1, title),
		Data: []byte(x.names.replace(text)),
	})
	return r
}

func requestText(r *symbolontest.Response) string {
	var b strings.Builder
	fmt.Fprintf(&b, "> %s %s://%s%s\n", r.Request.Method, r.URL.Scheme, r.URL.Host, r.URL.EscapedPath())
	writePairs(&b, ">   ?", r.URL.RawQuery)
	writeHeader(&b, "> ", r.Request.Header, quietRequest)
	switch {
	case r.RequestBody == "":
	case strings.HasPrefix(r.Request.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		writePairs(&b, ">   ", r.RequestBody)
	default:
		writeLines(&b, ">   ", indented(r.RequestBody))
	}
	return b.String()
}

func responseText(r *symbolontest.Response) string {
	var b strings.Builder
	fmt.Fprintf(&b, "< %d %s\n", r.Status, http.StatusText(r.Status))
	kind := r.Header.Get("Content-Type")
	quiet := quietResponse
	if strings.HasPrefix(kind, "text/html") {
		quiet = maps.Clone(quiet)
		maps.Copy(quiet, pageHeaders)
	}
	if target := r.Location(); target != nil {
		quiet = maps.Clone(quiet)
		quiet["Location"] = ""
		location := *target
		location.RawQuery = ""
		fmt.Fprintf(&b, "< Location: %s\n", location.String())
		writePairs(&b, "<   ?", target.RawQuery)
	}
	writeHeader(&b, "< ", r.Header, quiet)
	switch {
	case strings.HasPrefix(kind, "text/html"):
		writeLines(&b, "<   ", pageText(r))
	case strings.Contains(kind, "json"):
		writeLines(&b, "<   ", indented(r.Body)+accessToken(r))
	default:
		writeLines(&b, "<   ", r.Body)
	}
	return b.String()
}

// Headers that say nothing about the protocol, or are the same on every page: a
// value here is left out if it is this one, "" if it is any.
var (
	quietRequest = map[string]string{
		"Accept": "", "Accept-Language": "", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document",
	}
	quietResponse = map[string]string{"Date": "", "Content-Length": ""}
	pageHeaders   = map[string]string{
		"Content-Security-Policy":      "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'",
		"X-Frame-Options":              "DENY",
		"X-Content-Type-Options":       "nosniff",
		"Cache-Control":                "no-store",
		"Cross-Origin-Opener-Policy":   "",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy":           "",
		"Content-Language":             "",
		"Vary":                         "",
	}
)

func writeHeader(b *strings.Builder, prefix string, h http.Header, quiet map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			if known, ok := quiet[name]; !ok || known != "" && known != value {
				fmt.Fprintf(b, "%s%s: %s\n", prefix, name, value)
			}
		}
	}
}

func writePairs(b *strings.Builder, prefix, encoded string) {
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair != "" {
			fmt.Fprintf(b, "%s%s\n", prefix, pair)
		}
	}
}

func writeLines(b *strings.Builder, prefix, text string) {
	for line := range strings.Lines(text) {
		fmt.Fprintf(b, "%s%s\n", prefix, strings.TrimRight(line, "\n"))
	}
}

// indented spreads JSON over lines in its own order; other text stays.
func indented(text string) string {
	if !json.Valid([]byte(text)) {
		return text
	}
	var b strings.Builder
	raw := json.RawMessage(text)
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if enc.Encode(raw) != nil {
		return text
	}
	return b.String()
}

// accessToken shows what is inside of the access token of an answer.
func accessToken(r *symbolontest.Response) string {
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if json.Unmarshal([]byte(r.Body), &answer) != nil || answer.AccessToken == "" {
		return ""
	}
	parts := strings.Split(answer.AccessToken, ".")
	var b strings.Builder
	b.WriteString("the access token is signed and says:\n")
	for _, part := range parts[:2] {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return ""
		}
		b.WriteString(indented(string(raw)))
	}
	return b.String()
}

// pageText is what a page is about: its heading, its forms and links, and the values
// of its lists, where a problem page has the reason.
func pageText(r *symbolontest.Response) string {
	var b strings.Builder
	for n := range r.Document().Descendants() {
		if n.Type == html.ElementNode && slices.Contains([]string{"h1", "dd", "li"}, n.Data) {
			fmt.Fprintf(&b, "<%s> %s\n", n.Data, text(n))
		}
		if n.Type == html.ElementNode && n.Data == "a" {
			fmt.Fprintf(&b, "<a> %s\n", attr(n, "href"))
		}
	}
	for _, form := range r.Forms() {
		fmt.Fprintf(&b, "<form> %s %s\n", form.Action, strings.Join(form.Buttons(), ", "))
		for _, name := range slices.Sorted(maps.Keys(form.Fields)) {
			fmt.Fprintf(&b, "  %s=%s\n", name, form.Fields.Get(name))
		}
	}
	return b.String()
}

func text(n *html.Node) string {
	var words []string
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			words = append(words, strings.Fields(d.Data)...)
		}
	}
	return strings.Join(words, " ")
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// placeholders replaces what differs from run to run by a name; the same value gets
// the same name throughout a flow.
type placeholders struct {
	fixed *strings.Replacer
	names map[string]string // value → name
	count map[string]int
	now   int64
}

func newPlaceholders(s *symbolontest.Server) *placeholders {
	app, _ := url.Parse(s.App.LoginURL())
	base, _ := url.Parse(s.URL)
	return &placeholders{
		fixed: strings.NewReplacer(
			base.Host, "127.0.0.1:3010", url.QueryEscape(base.Host), "127.0.0.1%3A3010",
			"localhost:"+base.Port(), "localhost:3010", app.Host, "127.0.0.1:3011",
		),
		names: map[string]string{}, count: map[string]int{}, now: s.Clock.Now().Unix(),
	}
}

// patterns find volatile values; the group "v" is the value, or else all of it.
var patterns = []struct {
	name string
	re   *regexp.Regexp
}{
	{"access_token", regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)},
	{"client_id", regexp.MustCompile(`dyn_[\w-]+`)},
	{"login_request_id", regexp.MustCompile(`lri_[\w-]{40,}`)},
	{"auth_request_id", regexp.MustCompile(`req_[\w-]{44}`)},
	{"code", regexp.MustCompile(`syc_[\w-]+`)},
	{"refresh_token", regexp.MustCompile(`syr_[\w-]+`)},
	{"grant_id", regexp.MustCompile(`grt_[\w-]{22}`)},
	{"jti", regexp.MustCompile(`tkn_[\w-]{22}`)},
	{"error_id", regexp.MustCompile(`err_[\w-]{20,}`)},
	{"flow", regexp.MustCompile(`(?:symbolon_flow_|/consent/)(?P<v>[\w-]{16})(?:[^\w-]|$)`)},
	{"flow_cookie", regexp.MustCompile(`symbolon_flow_[^=]+=(?P<v>[\w-]{40,})`)},
	{"login_state", regexp.MustCompile(`\bstate=(?P<v>[\w-]{51})(?:[^\w-]|$)`)},
	{"state", regexp.MustCompile(`\bstate=(?P<v>[\w-]{43})(?:[^\w-]|$)`)},
	{"login_verifier", regexp.MustCompile(`login_verifier=(?P<v>[\w-]{22})(?:[^\w-]|$)`)},
	{"code_verifier", regexp.MustCompile(`code_verifier=(?P<v>[\w-]{43})`)},
	{"code_challenge", regexp.MustCompile(`code_challenge=(?P<v>[\w-]{43})`)},
	{"form_token", regexp.MustCompile(`form_token=(?P<v>[\w-]+)`)},
	{"client_secret", regexp.MustCompile(`"client_secret": "(?P<v>[\w-]+)"`)},
	{"secret_generation", regexp.MustCompile(`"secret_generation": "(?P<v>[\w-]+)"`)},
	{"kid", regexp.MustCompile(`"kid": "(?P<v>[\w-]+)"`)},
	{"modulus", regexp.MustCompile(`"n": "(?P<v>[\w-]+)"`)},
	{"etag", regexp.MustCompile(`(?m)^[<>] (?:ETag|Etag|If-None-Match): "(?P<v>[\w-]+)"`)},
}

var seconds = regexp.MustCompile(`\b1[789]\d{8}\b`)

func (p *placeholders) replace(text string) string {
	for _, pattern := range patterns {
		group := max(0, pattern.re.SubexpIndex("v"))
		for _, match := range pattern.re.FindAllStringSubmatch(text, -1) {
			p.learn(pattern.name, match[group])
		}
	}
	text = p.fixed.Replace(text)
	// The longest first: an auth_request_id contains the login_verifier.
	for _, value := range slices.SortedFunc(maps.Keys(p.names), func(a, b string) int { return len(b) - len(a) }) {
		text = strings.ReplaceAll(text, value, p.names[value])
	}
	return seconds.ReplaceAllStringFunc(text, func(number string) string {
		n, _ := strconv.ParseInt(number, 10, 64)
		if n == p.now {
			return "{now}"
		}
		return fmt.Sprintf("{now%+d}", n-p.now)
	})
}

func (p *placeholders) learn(name, value string) {
	if p.names[value] != "" {
		return
	}
	p.count[name]++
	label := name
	if n := p.count[name]; n > 1 {
		label = fmt.Sprintf("%s_%d", name, n)
	}
	p.names[value] = "{" + label + "}"
}

func patternNamed(name string) *regexp.Regexp {
	for _, pattern := range patterns {
		if pattern.name == name {
			return pattern.re
		}
	}
	panic("no pattern " + name)
}

func splitLines(s string) []string { return strings.Split(s, "\n") }

func joinLines(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString("  " + line + "\n")
	}
	return b.String()
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(end)"
}
