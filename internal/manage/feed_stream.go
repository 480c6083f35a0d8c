package manage

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/symbolon-auth/symbolon/internal/httpx"
)

// keepAlive is how often a silent stream shows that it lives, and whether its
// reader may still read.
const keepAlive = 15 * time.Second

// stream sends the feed as server-sent events until the reader goes, its machine
// token ends, or the server stops. The event's id is the cursor, so that a client
// which reconnects by itself (Last-Event-ID) misses nothing.
func (h *Handler) stream(w http.ResponseWriter, r *http.Request, who reader) {
	if !h.watch.join(who.caller.ID) {
		h.refuse(w, r, tooMany())
		return
	}
	defer h.watch.leave(who.caller.ID)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(h.Life, cancel)()

	head := w.Header()
	httpx.NoStore(head)
	head.Set("Content-Type", "text/event-stream")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("X-Accel-Buffering", "no") // nginx would collect what must arrive at once
	out := events{w, http.NewResponseController(w)}
	if out.send(": the feed of revocations\n\n") != nil {
		return
	}
	for ctx.Err() == nil && h.follow(ctx, r, &who, out) {
	}
}

// follow sends what there is and waits for more; false ends the stream.
func (h *Handler) follow(ctx context.Context, r *http.Request, who *reader, out events) bool {
	changed := h.watch.changed()
	page, next, err := h.page(ctx, *who)
	if err != nil {
		return false // the reader connects again, where it was
	}
	for _, entry := range page {
		if out.entry(entry) != nil {
			return false
		}
	}
	if who.after = next; len(page) > 0 {
		return true
	}
	quiet, cancel := context.WithTimeout(ctx, keepAlive)
	defer cancel()
	woken := sleep(quiet, changed)
	// A token ends, and an API client may lose an MCP server.
	again, refusal := h.reader(r)
	if who.caller = again.caller; refusal != nil {
		return false
	}
	return woken || out.send(": still here\n\n") == nil
}

// events writes server-sent events (HTML Standard §9.2).
type events struct {
	w    http.ResponseWriter
	ctrl *http.ResponseController
}

func (e events) entry(entry revocation) error {
	data, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	return e.send(fmt.Sprintf("id: %s\nevent: revocation\ndata: %s\n\n", entry.Cursor, data))
}

// send writes and flushes. A reader that takes nothing for long is given up.
func (e events) send(text string) error {
	if err := extend(e.ctrl, answerTime+keepAlive); err != nil {
		return err
	}
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.ctrl.Flush()
}
