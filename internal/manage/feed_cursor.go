package manage

import (
	"encoding/json"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// cursor is how far a reader has got: it has seen every entry up to Position, and
// whatever came later was not older than Seen.
type cursor struct {
	Position int64 `json:"p"`
	Seen     int64 `json:"t"` // Unix seconds
}

// cursorMargin is how much earlier than the entries a cursor ends.
const cursorMargin = time.Hour

// expired: entries after the cursor may have been deleted unseen.
func (c cursor) expired(now time.Time) bool {
	return now.Unix()-c.Seen > int64((store.KeepRevocations-cursorMargin)/time.Second)
}

// sealCursor hides how many grants ended elsewhere, and binds the cursor to its
// reader.
func (h *Handler) sealCursor(of *catalog.APIClient, c cursor) string {
	plain, err := json.Marshal(c)
	if err != nil {
		panic("manage: two integers cannot be written: " + err.Error())
	}
	return h.cursors.Seal(plain, "revocations", of.ID)
}

func (h *Handler) openCursor(of *catalog.APIClient, text string) (cursor, bool) {
	var c cursor
	plain, err := h.cursors.Open(text, "revocations", of.ID)
	ok := err == nil && json.Unmarshal(plain, &c) == nil
	return c, ok
}
