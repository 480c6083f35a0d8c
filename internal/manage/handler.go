package manage

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/machine"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/web"
)

// Reasons for which grants end here, as the feed and Grant.Revoked have them.
const (
	reasonCompany = "revoked_by_company"
	reasonUser    = "revoked_by_user"
	reasonErased  = "user_erased"
)

// Options is what the package needs.
type Options struct {
	BaseURL string // without trailing slash
	Catalog *catalog.Source
	Store   store.Store
	Ring    *seal.Ring
	Machine *machine.Tokens
	Pages   *web.Pages
	// Attempts is this node's memory, from which an erased user must go too.
	Attempts *attempt.Recorder
	Log      *slog.Logger
	Now      func() time.Time
	// Life ends when the server shuts down, which must not wait for those who wait
	// for a revocation.
	Life context.Context
}

// Handler has the operations as methods.
type Handler struct {
	Options
	secure  bool // the base URL is https
	portal  *seal.Box
	form    *seal.MAC
	cursors *seal.Box
	digests *seal.MAC
	watch   *watch
}

// New derives the keys that the operations seal with.
func New(o Options) *Handler {
	return &Handler{
		Options: o,
		secure:  strings.HasPrefix(o.BaseURL, "https://"),
		portal:  o.Ring.Box(seal.PurposePortal),
		form:    o.Ring.MAC(seal.PurposePortal),
		cursors: o.Ring.Box(seal.PurposePageToken),
		digests: o.Ring.MAC(seal.PurposeErasedUser),
		watch:   newWatch(o.Store.LastRevocation, o.Log),
	}
}
