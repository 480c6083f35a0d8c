package durability

// Disks after a power cut, and servers that start on them.

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/e2e/durability/powercut"
)

// moments chooses where to cut: right after answers, around syncs, anywhere, and one in
// sixteen while the first server starts.
func (c *cut) moments(n int) (chosen []moment) {
	var start, answers, syncs, any []int
	for i, e := range c.record.Events {
		any = append(any, i+1)
		if len(answers) == 0 {
			start = append(start, i+1)
		}
		switch e.Kind {
		case powercut.Answered:
			answers = append(answers, i+1)
		case powercut.Synced:
			syncs = append(syncs, i, i+1)
		}
	}
	for i := range n {
		from := [][]int{answers, syncs, any}[i%3]
		if i%16 == 0 {
			from = start
		}
		event := from[rand.IntN(len(from))]
		chosen = append(chosen, moment{event, c.record.Events[event-1].At})
	}
	slices.SortFunc(chosen, func(a, b moment) int { return a.event - b.event })
	return chosen
}

// images makes that many disks and holds a server on each to what was said.
func (c *cut) images(t *testing.T, n int, d *powercut.Disk, losses []powercut.Loss) (wrongs []string, held int) {
	t.Helper()
	type image struct {
		dir  string
		loss powercut.Loss
		moment
	}
	work := make(chan image)
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for i := range work {
				a := c.hold(t, i.dir, i.moment)
				mu.Lock()
				for _, w := range a.wrongs {
					wrongs = append(wrongs, fmt.Sprintf("cut after event %d, %s: %s", i.event, i.loss, w))
				}
				held += a.held
				mu.Unlock()
				_ = os.RemoveAll(i.dir)
			}
		})
	}
	random := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	done := 0
	for i, m := range c.moments(n) {
		c.record.Play(d, done, m.event)
		done = m.event
		dir, loss := c.directory(t), losses[i%len(losses)]
		if err := d.Image(dir, loss, random); err != nil {
			t.Fatal(err)
		}
		work <- image{dir, loss, m}
	}
	close(work)
	workers.Wait()
	return wrongs, held
}

// directory is one with the configuration, in memory where there is a place for it:
// what is synced on it is of no interest.
func (c *cut) directory(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if memory, err := os.MkdirTemp("/dev/shm", "symbolon-cut-"); err == nil {
		t.Cleanup(func() { _ = os.RemoveAll(memory) })
		dir = memory
	}
	err := os.Mkdir(filepath.Join(dir, "keys"), 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "symbolon.yaml"), c.config, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// hold starts a server in this process, with the clock of the moment, and asks it.
func (c *cut) hold(t *testing.T, dir string, m moment) *asker {
	t.Helper()
	a := &asker{host: c.node.Address}
	config, err := symbolon.LoadConfig(filepath.Join(dir, "symbolon.yaml"))
	if err != nil {
		t.Error(err)
		return a
	}
	config.Now, config.Logger = func() time.Time { return m.at }, slog.New(slog.DiscardHandler)
	server, err := symbolon.New(*config)
	if err != nil {
		a.wrong("the server does not start: %v", err)
		return a
	}
	a.Handler = server
	c.ask(a, m)
	if err := server.Close(); err != nil {
		a.wrong("closing: %v", err)
	}
	if err := integrity(t.Context(), filepath.Join(dir, "symbolon.db")); err != nil {
		a.wrong("the database: %v", err)
	}
	return a
}

func (c *cut) ask(a *asker, m moment) {
	if first := c.people[0].facts[0]; first.told < m.event {
		now := kidsIn(a.ask(http.MethodGet, "/keys", nil, "").Body.Bytes())
		for _, kid := range c.kids {
			if !slices.Contains(now, kid) {
				a.wrong("lost: a signing key that was published")
			}
		}
	}
	for _, h := range c.people {
		a.check(h, m)
	}
}

// realServer starts the binary itself on some of the disks and asks it over HTTP.
func (c *cut) realServer(t *testing.T, n int) {
	t.Helper()
	d, done, held := powercut.NewDisk(), 0, 0
	random := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	server := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: c.node.Address})
	for i, m := range c.moments(n) {
		c.record.Play(d, done, m.event)
		done = m.event
		c.node.Dir = c.directory(t)
		if err := d.Image(c.node.Dir, powercut.Losses[i%len(powercut.Losses)], random); err != nil {
			t.Fatal(err)
		}
		c.node.Up(t)
		a := &asker{Handler: server, host: c.node.Address, later: true}
		c.ask(a, m)
		c.node.Kill()
		checkSQLite(t, c.node.Dir)
		nothingWrong(t, a.wrongs)
		held += a.held
	}
	if held == 0 {
		t.Error("nobody was asked about")
	}
}
