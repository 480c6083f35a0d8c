package durability

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

// verifiers are MCP servers that check each token that is issued, each for as long as it
// lives.
type verifiers struct {
	watch *campaign.KeyWatch

	mu       sync.RWMutex
	live     []*campaign.Verifier
	checked  atomic.Int64
	tokens   atomic.Int64
	signers  sync.Map // kids
	failures campaign.Ledger
}

func (v *verifiers) issued(token string, asked time.Time) {
	v.tokens.Add(1)
	kid, err := campaign.KIDOf(token)
	v.signers.Store(kid, true)
	if err != nil || !v.watch.Known(kid, asked) {
		v.failures.Lost("the key %s signed before every node had published it (%v)", kid, err)
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	for _, one := range v.live {
		v.checked.Add(1)
		if err := one.Verify(token); err != nil {
			v.failures.Lost("verification: %v", err)
		}
	}
}

// turn starts a verifier, and ends those that have seen a rotation.
func (v *verifiers) turn(t *testing.T, address string) {
	t.Helper()
	next, err := campaign.NewVerifier(address)
	if err != nil {
		t.Fatal(err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.live = []*campaign.Verifier{next}
}

// await waits until the key has signed, and some more.
func (v *verifiers) await(t *testing.T, kid string) {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < campaign.Patience; time.Sleep(10 * time.Millisecond) {
		if _, signs := v.signers.Load(kid); signs {
			time.Sleep(300 * time.Millisecond)
			return
		}
	}
	t.Fatalf("the next key, %s, does not sign", kid)
}

// Attack K01. Keys rotate by schedule on three nodes under load. Verifiers that fetched
// the key set once, at any node and just before a rotation, never meet a token that they
// cannot verify until the next one is due, and each rotation happens once.
func TestRotationUnderLoad(t *testing.T) {
	begun := time.Now()
	database := pgtest.New(t)
	url := database.Database(t)
	nodes, transport := nodesOf(t, campaign.Settings{Database: url, More: map[string]any{"keys": map[string]any{"rotate_every": "2160h"}}})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	v := &verifiers{watch: campaign.WatchKeys(ctx, nodes)}
	load := campaign.NewLoad("http://"+nodes[0].Address, transport)
	load.Workers, load.Issued = 4, v.issued
	rotated(t, v.watch, nodes[0].Address, nil) // the keys of the first start are there
	var over atomic.Bool
	ended := make(chan struct{})
	v.turn(t, nodes[0].Address)
	go func() {
		defer close(ended)
		load.Run(ctx, func() bool { return !over.Load() })
	}()
	rotations, spread := form(3, 100), time.Duration(0)
	for range rotations {
		v.turn(t, nodes[rand.IntN(len(nodes))].Address)
		time.Sleep(300 * time.Millisecond)
		known := publishedKeys(t, nodes[0].Address)
		pass(t, database, url)
		spread = max(spread, rotated(t, v.watch, nodes[0].Address, known))
		v.await(t, known[1])
	}
	over.Store(true)
	<-ended

	nothingWrong(t, append(v.failures.Wrongs(), load.Ledger.Wrongs()...))
	if got := count(t, url, "SELECT count(*) FROM audit WHERE action = 'keys.rotated' AND actor = 'schedule'"); got != rotations {
		t.Errorf("%d rotations, want %d", got, rotations)
	}
	signers := 0
	v.signers.Range(func(any, any) bool { signers++; return true })
	if signers != rotations+1 || v.checked.Load() < v.tokens.Load() {
		t.Errorf("%d keys signed and %d of %d tokens were verified; want %d keys and all tokens", signers, v.checked.Load(), v.tokens.Load(), rotations+1)
	}
	figures.add(begun, "K01: %d rotations by schedule on three nodes under load, each once: %d tokens, %d verifications with a key set fetched once, %d failures; the last node published %.2f s after the first",
		rotations, v.tokens.Load(), v.checked.Load(), len(v.failures.Wrongs()), spread.Seconds())
}

// pass lets 90 days pass, by making the keys older that a schedule looks at.
func pass(t *testing.T, database *pgtest.Cluster, url string) {
	t.Helper()
	database.Exec(t, url, fmt.Sprintf(`UPDATE signing_keys SET created_at = created_at - %[1]d,
		active_at = CASE WHEN active_at > 0 THEN active_at - %[1]d ELSE active_at END WHERE state <> 'retired';
		UPDATE versions SET keys = keys + 1;`, (90*24*time.Hour).Milliseconds()))
}

// rotated waits until every node publishes a key that was not known before. It returns
// how long that took from the first node to the last.
func rotated(t *testing.T, watch *campaign.KeyWatch, address string, known []string) time.Duration {
	t.Helper()
	fresh := ""
	for begun := time.Now(); time.Since(begun) < campaign.Patience; time.Sleep(10 * time.Millisecond) {
		kids := publishedKeys(t, address)
		if i := slices.IndexFunc(kids, func(kid string) bool { return !slices.Contains(known, kid) }); i >= 0 {
			fresh = kids[i]
		}
		if spread, all := watch.Spread(fresh); fresh != "" && all {
			return spread
		}
	}
	t.Fatal("no rotation on every node")
	return 0
}

func publishedKeys(t *testing.T, address string) []string {
	t.Helper()
	kids, err := campaign.PublishedKeys(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return kids
}

func count(t *testing.T, url, query string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if err := conn.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Attack K02: ten servers that start at once on an empty database make one set of keys.
func TestTenNodesStartAtOnce(t *testing.T) {
	begun := time.Now()
	database, rounds := pgtest.New(t), form(2, 100)
	for range rounds {
		url := database.Database(t)
		base := "http://" + campaign.FreeAddress(t)
		nodes := make([]*campaign.Node, 10)
		for i := range nodes {
			nodes[i] = campaign.NewNode(t, campaign.Settings{Database: url, BaseURL: base})
		}
		startAtOnce(t, nodes)
		first := publishedKeys(t, nodes[0].Address)
		for _, n := range nodes {
			if kids := publishedKeys(t, n.Address); len(kids) != 2 || !slices.Equal(kids, first) {
				t.Errorf("%s publishes %v, %s %v", n.Address, kids, nodes[0].Address, first)
			}
			n.Kill()
		}
		for query, want := range map[string]int{
			"SELECT count(*) FROM signing_keys WHERE state = 'active'":  1,
			"SELECT count(*) FROM signing_keys WHERE state = 'standby'": 1,
			"SELECT count(*) FROM signing_keys":                         2,
			"SELECT count(*) FROM registration_keys":                    1,
		} {
			if got := count(t, url, query); got != want {
				t.Errorf("%s: %d, want %d", query, got, want)
			}
		}
	}
	figures.add(begun, "K02: %d times ten nodes started at once on an empty database: one signing key each time", rounds)
}

func startAtOnce(t *testing.T, nodes []*campaign.Node) {
	t.Helper()
	var starting sync.WaitGroup
	failed := make(chan error, len(nodes))
	for _, n := range nodes {
		starting.Go(func() { failed <- errors.Join(n.Start(), n.Ready()) })
	}
	starting.Wait()
	for range nodes {
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
}
