package durability

// Clients that go away before their answer (S06).

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

// A client that leaves in the middle has its answer or has not, and what it asked for
// happened whole or not at all: a refresh may be repeated and gives the same successor,
// a decision and a code count at most once.
func TestFaultCancelledClients(t *testing.T) {
	t.Run("S06_sqlite", func(t *testing.T) {
		n := campaign.NewNode(t, campaign.Settings{})
		n.Up(t)
		impatient(t, n, "SQLite")
		n.Kill()
		checkSQLite(t, n.Dir)
	})
	t.Run("S06_postgresql", func(t *testing.T) {
		n := campaign.NewNode(t, campaign.Settings{Database: pgtest.New(t).Database(t)})
		n.Apply(t)
		n.Up(t)
		impatient(t, n, "PostgreSQL")
	})
}

func impatient(t *testing.T, n *campaign.Node, what string) {
	t.Helper()
	begun := time.Now()
	leaves := &leaver{next: campaign.Dial(n.Address)}
	load := campaign.NewLoad("http://"+n.Address, leaves)
	load.Run(t.Context(), func() bool { return load.Ledger.Logins.Load() < form[int64](60, 5000) })
	load.Verify(t.Context())
	nothingWrong(t, load.Ledger.Wrongs())
	if leaves.left.Load() == 0 {
		t.Error("nobody left")
	}
	if _, _, _, internal := load.Trouble(); internal > 0 {
		t.Errorf("%d answers were 500 or the like", internal)
	}
	figures.add(begun, "clients that go away, %s: %d requests cut off, %s", what, leaves.left.Load(), &load.Ledger)
}

// leaver is a transport that cuts off one request in three at a random moment.
type leaver struct {
	next http.RoundTripper
	left atomic.Int64
}

// RoundTrip implements [http.RoundTripper].
func (l *leaver) RoundTrip(r *http.Request) (*http.Response, error) {
	if rand.IntN(3) > 0 {
		return l.next.RoundTrip(r)
	}
	ctx, cancel := context.WithCancel(r.Context())
	timer := time.AfterFunc(rand.N(10*time.Millisecond), cancel)
	resp, err := l.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		l.left.Add(1)
		return nil, err
	}
	timer.Stop()
	return resp, nil
}
