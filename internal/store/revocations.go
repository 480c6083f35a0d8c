package store

import (
	"context"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
)

// Revocations is the feed by which MCP servers learn that tokens are no longer
// good. An entry is written in the transaction that ends a grant, whichever
// intent it is: revocation, replay, burning, deletion or disabling of what the
// grant hangs on, disabling or erasure of the user.
//
// Positions are those of the commits: whoever has read up to a position has seen
// every entry at or below it that there will ever be. A sequence alone does not
// give that where transactions commit side by side, since the one that drew the
// lower number may commit later. A database with concurrent writers must draw the
// number under a lock that it holds until the COMMIT, or show entries only when
// no older transaction is under way. A number is never given twice, also after
// Sweep has deleted the highest.
type Revocations interface {
	// Revocations lists entries after a position, in order.
	Revocations(ctx context.Context, f RevocationFilter) ([]Revocation, error)
	// LastRevocation is the highest position in use, 0 if there is none: what a
	// node polls while somebody waits.
	LastRevocation(ctx context.Context) (int64, error)
}

// Revocation says that the access tokens of one grant that were issued up to At
// must not be accepted any more.
type Revocation struct {
	Position   int64
	At         time.Time
	GrantID    string
	Connection string
	MCPServer  string
	ClientID   string
	Sub        string // "" once the user is erased
	Reason     string
}

// RevocationFilter selects entries.
type RevocationFilter struct {
	After      int64
	MCPServers []string // nil = all
	Limit      int
}

// AnnouncementFor selects the live grants that disabling an object makes unusable
// without ending them: a Revoke of which only selectors, Reason and Now count.
// False if nothing hangs on the object.
func AnnouncementFor(ref catalog.Ref, now time.Time) (Revoke, bool) {
	r, ok := RevocationFor(ref, now)
	r.Reason = string(ref.Kind) + "_disabled"
	return r, ok
}
