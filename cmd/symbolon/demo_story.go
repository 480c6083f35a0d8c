package main

// The requests of a login as a story in seven chapters (DESIGN: one login, seven
// steps; doc.go of the root package).

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/client"
)

// The chapters of a login.
const (
	chapterSearch = iota
	chapterAuthorize
	chapterLogin
	chapterUser
	chapterReturn
	chapterConsent
	chapterCode
	chapterToken
)

var chapterTitles = [...]string{
	chapterSearch:    "The client finds out where to log in, and registers",
	chapterAuthorize: "It sends the browser to Symbolon, which checks everything and stores nothing",
	chapterLogin:     "Symbolon sends the browser to Acme, which signs the user in, its own way",
	chapterUser:      "Acme's backend tells Symbolon who it is",
	chapterReturn:    "The browser comes back: its cookie and the login_verifier must match",
	chapterConsent:   "Symbolon asks the user",
	chapterCode:      "The client gets a code",
	chapterToken:     "It trades the code for tokens",
}

// story prints requests as they happen.
type story struct {
	out     terminal
	demo    *demo
	titles  bool // print a title where a chapter begins
	chapter int  // the last one printed, -1 at the beginning
}

// begin starts a login. Only the first one of a demo needs its chapters explained.
func (s *story) begin(titles bool) { s.titles, s.chapter = titles, -1 }

// title is a heading outside the seven chapters.
func (s *story) title(text string) { fmt.Fprintf(s.out, "\n%s\n", s.out.paint(bold, text)) }

// say is a line of words.
func (s *story) say(format string, args ...any) {
	fmt.Fprintf(s.out, "  %s\n", wrap(fmt.Sprintf(format, args...), s.out.style.Width, "  "))
}

// step prints one request.
func (s *story) step(from string, step client.Step) {
	u, err := url.Parse(step.URL)
	if err != nil {
		return // the trace made it from a URL
	}
	if chapter := s.chapterOf(from, u); s.titles && chapter > s.chapter {
		s.chapter = chapter
		title := chapterTitles[chapter]
		if chapter > chapterSearch {
			title = fmt.Sprintf("%d %s", chapter, title)
		}
		s.title(title)
	}
	fmt.Fprintf(s.out, "  %s  %-20s  %-4s %s", s.status(step.Status), from+" → "+s.partyAt(u), step.Method, shortPath(u.Path))
	if call, ok := rpcCall(step); ok {
		fmt.Fprintf(s.out, "  %s", s.out.paint(dim, call))
	}
	fmt.Fprintln(s.out)
	for _, more := range []string{s.queryOf(u), challengeOf(step)} {
		if more != "" {
			fmt.Fprintf(s.out, "%s%s\n", strings.Repeat(" ", 34), s.out.paint(dim, more))
		}
	}
}

// chapterOf tells a request's place in a login by where it goes. Acme answers the
// browser once more after its backend has spoken: that answer leads back.
func (s *story) chapterOf(from string, u *url.URL) int {
	switch {
	case from == "Acme":
		return chapterUser
	case s.partyAt(u) == "Acme" && s.chapter >= chapterUser:
		return chapterReturn
	case s.partyAt(u) == "Acme":
		return chapterLogin
	case strings.HasSuffix(u.Path, "/oauth/authorize"):
		return chapterAuthorize
	case strings.HasSuffix(u.Path, "/partner:callback"):
		return chapterReturn
	case strings.HasPrefix(u.Path, "/consent/"):
		return chapterConsent
	case s.partyAt(u) == "client":
		return chapterCode
	case strings.HasSuffix(u.Path, "/oauth/token"):
		return chapterToken
	}
	return max(s.chapter, chapterSearch)
}

// partyAt is who answers at a URL.
func (s *story) partyAt(u *url.URL) string {
	for _, party := range [][2]string{{s.demo.base, "Symbolon"}, {s.demo.acmeURL, "Acme"}, {s.demo.mcpURL, "MCP server"}} {
		if own, err := url.Parse(party[0]); err == nil && own.Host == u.Host {
			return party[1]
		}
	}
	return "client"
}

// status is green, or yellow where the protocol goes on after a refusal.
func (s *story) status(code int) string {
	attribute := green
	switch {
	case code == 401:
		attribute = yellow
	case code == 0 || code >= 400:
		attribute = red
	}
	return s.out.paint(attribute, fmt.Sprintf("%3d", code))
}

// queryOf shows the parameters that carry a login from one party to the next; the
// authorization request, with a dozen, is not worth its lines.
func (s *story) queryOf(u *url.URL) string {
	const few = 4
	if u.RawQuery == "" || strings.Count(u.RawQuery, "&") >= few {
		return ""
	}
	parts := strings.Split(u.RawQuery, "&")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		parts[i] = name + "=…"
	}
	return "?" + strings.Join(parts, "&")
}

// challengeOf is what an MCP server asks for when it refuses a token.
func challengeOf(step client.Step) string {
	if step.Status == 403 {
		return step.Note
	}
	return ""
}

// random is a part of a path that is another one each time.
var random = regexp.MustCompile(`(^|/)(lri_)?[A-Za-z0-9_-]{16,}(/|$)`)

// literal are long parts of paths that are always the same.
var literal = regexp.MustCompile(`oauth-[a-z-]+$|^auth-requests$`)

func shortPath(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		switch {
		case literal.MatchString(part) || !random.MatchString(part):
		case strings.HasPrefix(part, "lri_"):
			parts[i] = "lri_…"
		default:
			parts[i] = "…"
		}
	}
	return strings.Join(parts, "/")
}
