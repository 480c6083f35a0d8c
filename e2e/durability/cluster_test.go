package durability

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

// cluster is three nodes on PostgreSQL behind HAProxy, with the configuration in deploy/,
// and clients who know the proxy only.
type cluster struct {
	nodes    []*campaign.Node
	load     *campaign.Load
	database *pgtest.Cluster
	url      string // of the database
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	address, database := campaign.FreeAddress(t), pgtest.New(t)
	url := database.Database(t)
	nodes, _ := nodesOf(t, campaign.Settings{
		Database: url, BaseURL: "http://" + address,
		More: map[string]any{"trusted_proxies": []string{"127.0.0.1"}, "shutdown": map[string]any{"delay": "2s"}},
	})
	campaign.StartProxy(t, address, nodes)
	c := &cluster{nodes, campaign.NewLoad("http://"+address, campaign.Dial(address)), database, url}
	for begun := time.Now(); !c.load.Reachable(t.Context()); time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > campaign.Patience {
			t.Fatal("HAProxy does not come up")
		}
	}
	return c
}

// while lets clients log in while something happens, and that many at least.
func (c *cluster) while(t *testing.T, logins int64, happens func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		c.load.Run(ctx, func() bool {
			select {
			case <-over:
				return c.load.Ledger.Logins.Load() < logins
			default:
				return true
			}
		})
	}()
	happens()
	close(over)
	<-ended
	c.load.Verify(ctx)
	nothingWrong(t, c.load.Ledger.Wrongs())
}

// One of three nodes is killed every few seconds. Every client gets through with at most
// one retry: of a request, or of the whole login where an answer that counts once was
// cut off.
func TestNodesAreKilledBehindAProxy(t *testing.T) {
	begun := time.Now()
	c := startCluster(t)
	kills := form(4, 200)
	c.while(t, form[int64](100, 10000), func() {
		for range kills {
			time.Sleep(time.Second + time.Duration(rand.IntN(1000))*time.Millisecond)
			n := c.nodes[rand.IntN(len(c.nodes))]
			n.Kill()
			n.Up(t)
		}
	})
	l := &c.load.Ledger
	if l.More.Load() > 0 {
		retries, restarted, busy, internal := c.load.Trouble()
		t.Errorf("%d clients had to try more than once; in all, %d requests were repeated, %d logins begun again, %d answers were 503, %d were 500",
			l.More.Load(), retries, restarted, busy, internal)
	}
	figures.add(begun, "nodes behind HAProxy: %d kills, %d clients: %d without a retry, %d with one, %d with more",
		kills, l.Smooth.Load()+l.Once.Load()+l.More.Load(), l.Smooth.Load(), l.Once.Load(), l.More.Load())
}

// Each node is restarted in its turn, and then replaced by a newer release that changes
// the schema, while the older ones go on. No client notices, though none tries again.
func TestRollingRestartAndUpgrade(t *testing.T) {
	begun := time.Now()
	next := nextRelease(t)
	c := startCluster(t)
	drained := time.Duration(0)
	c.while(t, form[int64](100, 5000), func() {
		for round := range form(2, 20) {
			for _, n := range c.nodes {
				drained = max(drained, n.Stop())
				if round > 0 {
					n.Upgrade(next)
				}
				n.Up(t)
				time.Sleep(time.Second) // for the proxy to see it
			}
		}
	})
	c.database.Exec(t, c.url, "SELECT next_release FROM grants LIMIT 0") // the upgrade was one
	l := &c.load.Ledger
	if retries, restarted, busy, internal := c.load.Trouble(); retries+restarted+busy+internal > 0 {
		t.Errorf("%d requests were repeated, %d logins begun again, %d answers were 503, %d were 500", retries, restarted, busy, internal)
	}
	figures.add(begun, "rolling restart, and upgrade with a migration: %d logins, %d refreshes, 0 failed requests without retries; a node ends within %.1f s, 2 s of them shutdown.delay",
		l.Logins.Load(), l.Refreshes.Load(), drained.Seconds())
}

// nextRelease builds the server with one more migration: a column that the older release
// does not know, as the rule for migrations demands (docs/operations.md).
func nextRelease(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	migration, overlay, binary := filepath.Join(dir, "next.sql"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "symbolon")
	write(t, migration, "-- +goose Up\nALTER TABLE grants ADD COLUMN next_release text;\nCREATE INDEX grants_next_release ON grants (next_release) WHERE next_release IS NOT NULL;\n")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(root, "internal/store/postgres/migrations/9999_next.sql"): migration,
	}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, overlay, string(replace))
	cmd := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", binary, "./cmd/symbolon")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the next release: %v\n%s", err, out)
	}
	return binary
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
