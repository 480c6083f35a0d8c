package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	resourceClient = "skc_todo"
	resourceSecret = "e2e-secret-of-the-mcp-server-0123456789abcd"
)

// machine fetches a machine token.
func (s *server) machine(t *testing.T, id, secret string) string {
	t.Helper()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	s.post(t, "/oauth/token", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()), &answer)
	return answer.AccessToken
}

// portalLink is what the company's backend does when its user asks for the page.
func (s *stage) portalLink(t *testing.T, sub string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"sub": sub, "return_url": s.app.settings()})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.server.base+"/api/v1/connections/conn_acme/users:portal-link", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+s.server.machine(t, apiClient, apiSecret))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		URL string `json:"url"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.URL == "" {
		t.Fatalf("no link: %s, %v", resp.Status, err)
	}
	return answer.URL
}

// told is an entry of the feed, and when it came.
type told struct {
	GrantID string `json:"grant_id"`
	Reason  string `json:"reason"`
	at      time.Time
}

// follow reads the feed as server-sent events until the test ends.
func (s *server) follow(t *testing.T) <-chan told {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+"/api/v1/revocations", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.machine(t, resourceClient, resourceSecret))
	req.Header.Set("Accept", "text/event-stream")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	events := make(chan told, 10)
	go func() {
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data:")
			var e told
			if ok && json.Unmarshal([]byte(data), &e) == nil && e.GrantID != "" {
				e.at = time.Now()
				events <- e
			}
		}
	}()
	return events
}

// poll asks the feed once, and waits for the answer.
func (s *server) poll(ctx context.Context, t *testing.T) <-chan told {
	t.Helper()
	events := make(chan told, 10)
	token := s.machine(t, resourceClient, resourceSecret)
	go func() {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/api/v1/revocations?wait=30s", nil)
		if err != nil {
			return
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return
		}
		defer resp.Body.Close()
		var answer struct {
			Revocations []told `json:"revocations"`
		}
		if json.NewDecoder(resp.Body).Decode(&answer) != nil {
			return
		}
		for _, e := range answer.Revocations {
			e.at = time.Now()
			events <- e
		}
	}()
	return events
}

func next(t *testing.T, events <-chan told) told {
	t.Helper()
	select {
	case e := <-events:
		return e
	case <-time.After(patience):
		t.Fatal("the feed says nothing")
		return told{}
	}
}

// A user sees what is connected and ends one of it: its refresh is refused, the other's
// is not, and the MCP server learns it from the feed, in both of its forms.
func TestWalkPortal(t *testing.T) {
	s, loopback := newStageWith(t, "https://mcp.example/todo", func(c *config) {
		c.APIClients = append(c.APIClients, backend{ID: resourceClient, Secret: resourceSecret, Role: "resource", MCPServers: []string{"*"}})
	}), startReceiver(t)
	connect := func(name, path string) (*client, tokens) {
		c := registerClient(t, s.server, "res_todo", loopback.server.URL+path, map[string]any{"client_name": name})
		return c, c.tokens(t, c.code(t, newRobot(t, s.server).login(t, c.authorizeURL("todo:read"))))
	}
	robot, mine := connect("Robot", "/robot")
	helper, kept := connect("Helper", "/helper")
	stream, polled := s.server.follow(t), s.server.poll(t.Context(), t)

	b := theChromium(t).window(t)
	link := s.portalLink(t, "alice")
	b.open(link)
	b.heading("Connected apps")
	text := eval[string](b, `document.body.innerText`)
	for _, fact := range []string{"Robot", "Helper", "Alice Example", "Unverified app", "Read your to-dos", "Acme Todo", "mcp.example", "127.0.0.1", "Connected on", "Last used on"} {
		if !strings.Contains(text, fact) {
			t.Errorf("the page does not say %q:\n%s", fact, text)
		}
	}
	grant, _ := mine.claims(t)["grant_id"].(string)
	begun := time.Now()
	b.press(`button[name="grant"][value="` + grant + `"]`)
	for form, events := range map[string]<-chan told{"server-sent events": stream, "a long poll": polled} {
		e := next(t, events)
		if e.GrantID != grant || e.Reason != "revoked_by_user" {
			t.Errorf("%s told of %+v", form, e)
		}
		figures.note("the feed told of an end on the user's page after %d ms, by %s", e.at.Sub(begun).Milliseconds(), form)
	}
	b.until(`document.querySelector("[role=status]") !== null`)
	if said := eval[string](b, `document.querySelector("[role=status]").innerText`); !strings.Contains(said, "Robot can no longer use Acme Todo.") {
		t.Errorf("the page says %q", said)
	}
	if _, refusal := robot.refresh(t, mine.Refresh); refusal != "invalid_grant" {
		t.Errorf("the ended app's refresh got %q", refusal)
	}
	if _, refusal := helper.refresh(t, kept.Refresh); refusal != "" {
		t.Errorf("the other app's refresh got %q", refusal)
	}
	b.staysWith(s.server.base)
	s.leaves(t, b, link)
}

// leaves: the link works once, and the way back to the app ends the page.
func (s *stage) leaves(t *testing.T, b *tab, link string) {
	t.Helper()
	stranger := theChromium(t).window(t)
	stranger.open(link)
	stranger.heading("Please open this page again")
	b.press(`button[name="leave"]`)
	b.until(`location.href === ` + quoted(t, s.app.settings()))
	b.open(s.server.base + "/portal")
	b.heading("Please open this page again")
}

// Without a mouse, too.
func TestWalkPortalByKeyboard(t *testing.T) {
	s, loopback := newStage(t), startReceiver(t)
	c := registerClient(t, s.server, "res_todo", loopback.server.URL+"/callback", nil)
	mine := c.tokens(t, c.code(t, newRobot(t, s.server).login(t, c.authorizeURL("todo:read"))))
	b := theChromium(t).window(t)
	b.open(s.portalLink(t, "alice"))
	b.heading("Connected apps")
	b.tabTo("all")
	b.enter()
	b.until(`document.querySelector("[role=status]") !== null`)
	if _, refusal := c.refresh(t, mine.Refresh); refusal != "invalid_grant" {
		t.Errorf("the refresh got %q", refusal)
	}
}
