package admin

// The live view: a line of JSON for each event, for as long as somebody reads.

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/attempt"
)

// ErrServerEnded means that the server that was being watched has ended.
var ErrServerEnded = errors.New("the server has ended")

// Update is one event as it happens.
type Update struct {
	Attempt     // with this event alone
	Missed  int `json:"missed,omitempty"` // events lost just before, by a reader that is too slow
}

// watch sends its header only once it is subscribed: what happens after the
// client has seen it is seen by the client.
func (h *handler) watch(w http.ResponseWriter, r *http.Request) {
	updates := h.operator.Watch(r.Context())
	w.Header().Set("Content-Type", "application/jsonl")
	w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(w)
	if err := out.Flush(); err != nil {
		return // this transport cannot stream
	}
	enc := json.NewEncoder(w)
	for u := range updates {
		if enc.Encode(updateFrom(u)) != nil || out.Flush() != nil {
			return
		}
	}
}

func updateFrom(u attempt.Update) Update {
	return Update{Attempt: attemptFrom(u.Attempt()), Missed: u.Missed}
}

// Watch calls ready once everything that happens will be seen, and show for each
// event. It returns nil when ctx ends, ErrServerEnded when the server does, and
// the error of show.
func (c *Client) Watch(ctx context.Context, ready func(), show func(Update) error) error {
	res, err := c.send(ctx, http.MethodGet, pathWatch, nil)
	if err != nil {
		return quiet(ctx, err)
	}
	defer res.Body.Close()
	ready()
	dec := json.NewDecoder(res.Body)
	for {
		var u Update
		if err := dec.Decode(&u); err != nil {
			return quiet(ctx, ended(err))
		}
		if err := show(u); err != nil {
			return err
		}
	}
}

func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrServerEnded
	}
	return err
}

// quiet forgives what is the caller's own wish to end.
func quiet(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
