package manage

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/store"
)

const (
	maxWait  = 60 * time.Second
	feedPage = 200
	// answerTime is what an answer may take after the waiting.
	answerTime = 20 * time.Second
)

// revocation is an entry of the feed.
type revocation struct {
	Cursor string    `json:"cursor"`
	At     time.Time `json:"at"`
	// IssuedBefore, in Unix seconds like iat: access tokens of the grant that were
	// issued before it are no longer good. For a grant that has ended that is all
	// of them; a user who is enabled again gets newer ones.
	IssuedBefore int64  `json:"issued_before"`
	GrantID      string `json:"grant_id"`
	MCPServer    string `json:"mcp_server"`
	ClientID     string `json:"client_id,omitempty"`
	Sub          string `json:"sub,omitempty"`
	Reason       string `json:"reason"`
}

// reader is an MCP server that follows the feed.
type reader struct {
	caller *catalog.APIClient
	after  cursor
}

// Revocations answers GET /api/v1/revocations: what ended on the caller's MCP
// servers after a cursor, at once or when it happens. Without a cursor it begins
// with everything that is kept, since tokens of then may still be around.
func (h *Handler) Revocations(w http.ResponseWriter, r *http.Request) {
	who, refusal := h.reader(r)
	if refusal != nil {
		h.refuse(w, r, refusal)
		return
	}
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		h.stream(w, r, who)
		return
	}
	wait, ok := waiting(r.URL.Query().Get("wait"))
	if !ok {
		h.refuse(w, r, invalid("wait_invalid", "wait", "wait must be seconds, such as 30 or 30s, up to 60."))
		return
	}
	if err := extend(http.NewResponseController(w), wait+answerTime); err != nil {
		h.refuse(w, r, h.failed("no time to wait", err))
		return
	}
	page, next, refusal := h.poll(r, who, wait)
	if refusal != nil {
		h.refuse(w, r, refusal)
		return
	}
	httpx.JSON(w, http.StatusOK, struct {
		Revocations []revocation `json:"revocations"`
		Cursor      string       `json:"cursor"`
	}{page, h.sealCursor(who.caller, next)})
}

// reader checks who follows, and from where.
func (h *Handler) reader(r *http.Request) (reader, *httpx.Problem) {
	_, caller, refusal := h.caller(r)
	if refusal != nil {
		return reader{}, refusal
	}
	if caller.Role != catalog.RoleResource {
		return reader{}, &httpx.Problem{
			Status: http.StatusForbidden, Code: "api_client_wrong_role",
			Detail: "The feed of revocations needs an API client with the role resource.",
		}
	}
	text := r.URL.Query().Get("cursor")
	if last := r.Header.Get("Last-Event-ID"); last != "" { // a stream that reconnects
		text = last
	}
	if text == "" {
		return reader{caller: caller}, nil
	}
	after, ok := h.openCursor(caller, text)
	switch {
	case !ok:
		return reader{}, invalid("cursor_invalid", "cursor", "The cursor is not one of this API client. Begin without a cursor.")
	case after.expired(h.Now()):
		return reader{}, &httpx.Problem{
			Status: http.StatusGone, Code: "cursor_expired", Field: "cursor",
			Detail: "The cursor is older than the feed. Begin without a cursor: what fell out of the feed, no living access token needs.",
		}
	}
	return reader{caller, after}, nil
}

// extend lets the answer take longer than the server's own bounds: that of reading,
// too, since net/http goes on reading, and would take the end of that time for the
// end of the connection. A ResponseWriter without bounds needs none.
func extend(ctrl *http.ResponseController, by time.Duration) error {
	until := time.Now().Add(by) // of the network, on the machine's clock
	err := errors.Join(ctrl.SetReadDeadline(until), ctrl.SetWriteDeadline(until))
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// waiting reads seconds, with or without the unit.
func waiting(text string) (time.Duration, bool) {
	if text == "" {
		return 0, true
	}
	seconds, err := strconv.ParseUint(strings.TrimSuffix(text, "s"), 10, 16)
	wait := time.Duration(seconds) * time.Second
	return wait, err == nil && wait <= maxWait
}

// poll reads a page, waiting for the first entry if there is none yet.
func (h *Handler) poll(r *http.Request, who reader, wait time.Duration) ([]revocation, cursor, *httpx.Problem) {
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	defer context.AfterFunc(h.Life, cancel)()
	if wait > 0 {
		if !h.watch.join(who.caller.ID) {
			return nil, cursor{}, tooMany()
		}
		defer h.watch.leave(who.caller.ID)
	}
	for {
		changed := h.watch.changed() // before reading, so that nothing falls between
		page, next, err := h.page(r.Context(), who)
		if err != nil {
			return nil, next, h.failed("revocations not read", err)
		}
		if len(page) > 0 || !sleep(ctx, changed) {
			return page, next, nil
		}
	}
}

func tooMany() *httpx.Problem {
	return &httpx.Problem{Status: http.StatusTooManyRequests, Code: "too_many_waiting", Detail: "Too many requests wait for revocations. One per process is enough."}
}

// sleep reports whether something changed before ctx ended.
func sleep(ctx context.Context, changed <-chan struct{}) bool {
	select {
	case <-changed:
		return true
	case <-ctx.Done():
		return false
	}
}

// page reads what follows the reader's cursor, and where the next page begins.
func (h *Handler) page(ctx context.Context, who reader) ([]revocation, cursor, error) {
	now := h.Now()
	found, err := h.Store.Revocations(ctx, store.RevocationFilter{
		After: who.after.Position, MCPServers: servers(who.caller), Limit: feedPage,
	})
	page := []revocation{}
	next := cursor{who.after.Position, now.Unix()}
	for _, f := range found {
		next.Position = f.Position
		at := cursor{f.Position, f.At.Unix()}
		page = append(page, revocation{
			Cursor: h.sealCursor(who.caller, at), At: f.At, IssuedBefore: issuedBefore(f.At), GrantID: f.GrantID,
			MCPServer: f.MCPServer, ClientID: f.ClientID, Sub: f.Sub, Reason: f.Reason,
		})
		if len(found) == feedPage { // more follow, and may be as old as this one
			next.Seen = at.Seen
		}
	}
	return page, next, err
}

// issuedBefore is after every token that was issued until at: iat is in whole
// seconds, and a refresh that was under way may have taken its time a moment later.
func issuedBefore(at time.Time) int64 { return at.Unix() + 2 }

// servers are whose entries the caller may read; nil = all.
func servers(c *catalog.APIClient) []string {
	if slices.Contains(c.MCPServers, catalog.Any) {
		return nil
	}
	return append([]string{}, c.MCPServers...)
}
