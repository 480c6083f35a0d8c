package durability

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

// A server on SQLite is killed at random points while people log in; each time its
// database must be whole, and in the end everything that anybody was told must hold.
func TestKillSQLite(t *testing.T) {
	begun := time.Now()
	n := campaign.NewNode(t, campaign.Settings{})
	n.Up(t)
	load := campaign.NewLoad("http://"+n.Address, campaign.Dial(n.Address))
	kills := underFire(t, load, form[int64](250, 5000), form[int64](25, 1000), func() {
		n.Kill()
		checkSQLite(t, n.Dir)
		n.Up(t)
	})
	nothingWrong(t, load.Ledger.Wrongs())
	figures.add(begun, "kill -9 on SQLite: %d kills, %s, database whole each time", kills, &load.Ledger)
}

// Of three nodes on PostgreSQL one is killed at a time, and now and then the database
// itself.
func TestKillPostgreSQL(t *testing.T) {
	begun := time.Now()
	cluster := pgtest.New(t)
	database := cluster.Database(t)
	nodes, transport := threeNodes(t, database)
	load := campaign.NewLoad("http://"+nodes[0].Address, transport)
	crashes := 0
	kills := underFire(t, load, form[int64](120, 5000), form[int64](15, 1000), func() {
		if rand.IntN(5) == 0 {
			cluster.Stop(t, "immediate")
			cluster.Start(t)
			crashes++
			return
		}
		n := nodes[rand.IntN(len(nodes))]
		n.Kill()
		n.Up(t)
	})
	nothingWrong(t, load.Ledger.Wrongs())
	figures.add(begun, "kill -9 of nodes on PostgreSQL: %d kills, %d of them of the database, %s", kills, crashes, &load.Ledger)
}

// threeNodes runs three nodes of one base URL on a database.
func threeNodes(t *testing.T, database string) (nodes []*campaign.Node, transport *campaign.Balancer) {
	t.Helper()
	return nodesOf(t, campaign.Settings{Database: database})
}

// nodesOf runs three nodes with these settings. Without a base URL it is that of the first.
func nodesOf(t *testing.T, s campaign.Settings) (nodes []*campaign.Node, transport *campaign.Balancer) {
	t.Helper()
	var addresses []string
	for i := range 3 {
		if i > 0 && s.BaseURL == "" {
			s.BaseURL = "http://" + nodes[0].Address
		}
		n := campaign.NewNode(t, s)
		if i == 0 {
			n.Apply(t)
		}
		n.Up(t)
		nodes, addresses = append(nodes, n), append(addresses, n.Address)
	}
	return nodes, campaign.Dial(addresses...)
}

// underFire runs a load and makes trouble until there was enough of both, and returns
// how often there was trouble.
func underFire(t *testing.T, load *campaign.Load, logins, troubles int64, trouble func()) (times int64) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var had atomic.Int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		load.Run(ctx, func() bool { return load.Ledger.Logins.Load() < logins || had.Load() < troubles })
	}()
	for running := true; running && !t.Failed(); {
		select {
		case <-ended:
			running = false
		case <-time.After(time.Duration(rand.IntN(400)) * time.Millisecond):
			trouble()
			had.Add(1)
		}
	}
	if t.Failed() {
		stop()
	}
	<-ended
	load.Verify(t.Context())
	return had.Load()
}

// checkSQLite looks at a copy, so that the server is the one that recovers the
// original.
func checkSQLite(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "symbolon.db*"))
	if err != nil {
		t.Fatal(err)
	}
	copied := t.TempDir()
	for _, name := range files {
		if strings.HasSuffix(name, ".sock") {
			continue
		}
		content, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(copied, filepath.Base(name)), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	wholeSQLite(t, filepath.Join(copied, "symbolon.db"))
	_ = os.RemoveAll(copied)
}

func wholeSQLite(t *testing.T, path string) {
	t.Helper()
	if err := integrity(t.Context(), path); err != nil {
		t.Errorf("the database after a kill: %v", err)
	}
}

// integrity asks SQLite whether a database is whole.
func integrity(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	var says string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&says); err != nil {
		return err
	}
	if says != "ok" {
		return errors.New(says)
	}
	return nil
}
