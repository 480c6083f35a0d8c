package durability

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
	"github.com/symbolon-auth/symbolon/e2e/durability/powercut"
)

// Everything that a client was told survives a power cut (S03): on hundreds of disks
// that a cut can leave behind, made from the system calls of the real server, a server
// starts, its database is whole, and it keeps every word that was on its way to a
// client before the cut.
func TestPowerCut(t *testing.T) {
	if err := powercut.Possible(); err != nil {
		t.Fatalf("a power cut cannot be tried: %v", err)
	}
	begun := time.Now()
	c := recordCut(t, form[int64](14, 80))
	t.Run("S03_images", func(t *testing.T) {
		wrongs, held := c.images(t, form(120, 6000), powercut.NewDisk(), powercut.Losses)
		nothingWrong(t, wrongs)
		figures.add(begun, "power cut on SQLite: %d disks out of %d events of the real server, %d people held to: %d wrongs",
			form(120, 6000), len(c.record.Events), held, len(wrongs))
	})
	t.Run("S03_the_real_server_starts", func(t *testing.T) { c.realServer(t, form(4, 100)) })
	// A proof that cannot fail proves nothing.
	t.Run("S03_a_server_that_does_not_sync_is_caught", func(t *testing.T) {
		for _, loss := range []powercut.Loss{powercut.All, powercut.Sectors, powercut.Writes} {
			d := powercut.NewDisk()
			d.Lies = true
			if wrongs, _ := c.images(t, 4, d, []powercut.Loss{loss}); len(wrongs) == 0 {
				t.Errorf("%s: nobody noticed", loss)
			}
		}
	})
}

// cut is a record to cut anywhere, and what was told to whom in it.
type cut struct {
	node   *campaign.Node
	config []byte
	record *powercut.Record
	people []*history
	kids   []string // of keys that were published
}

// recordCut records three servers, one after another on one database: the first makes
// it, and is stopped; the second is killed; the third recovers.
func recordCut(t *testing.T, logins int64) *cut {
	t.Helper()
	// In a directory of its own, the name of the master secret needs its own sync.
	c := &cut{node: campaign.NewNode(t, campaign.Settings{More: map[string]any{"secret_file": "keys/symbolon.secret"}})}
	if err := os.Mkdir(filepath.Join(c.node.Dir, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	var err error
	if c.config, err = os.ReadFile(filepath.Join(c.node.Dir, "symbolon.yaml")); err != nil {
		t.Fatal(err)
	}
	wire := &books{}
	var tapes []*powercut.Tape
	for i, end := range []func(){func() { c.node.Stop() }, c.node.Kill, func() { c.node.Stop() }} {
		tape, err := powercut.NewTape(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		tapes, c.node.Under = append(tapes, tape), tape.Under()
		c.node.Up(t)
		wire.RoundTripper = campaign.Dial(c.node.Address)
		if i == 0 {
			c.kids = keysOf(t, wire, c.node.Address)
		}
		load := campaign.NewLoad("http://"+c.node.Address, wire)
		load.Run(t.Context(), func() bool { return load.Ledger.Logins.Load() < logins })
		nothingWrong(t, load.Ledger.Wrongs())
		end()
	}
	c.node.Under = nil
	if c.record, err = powercut.Read(c.node.Dir, tapes...); err != nil {
		t.Fatal(err)
	}
	if lost := wire.place(c.record); lost > 0 {
		t.Fatalf("%d answers are not in the record", lost)
	}
	c.people = wire.histories()
	return c
}

func keysOf(t *testing.T, transport http.RoundTripper, address string) (kids []string) {
	t.Helper()
	client := http.Client{Transport: transport}
	resp, err := client.Get("http://" + address + "/keys")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if kids = kidsIn(text); len(kids) == 0 {
		t.Fatalf("no keys: %s", text)
	}
	return kids
}

func kidsIn(set []byte) (kids []string) {
	var s struct{ Keys []struct{ KID string } }
	if json.Unmarshal(set, &s) != nil {
		return nil
	}
	for _, k := range s.Keys {
		kids = append(kids, k.KID)
	}
	return kids
}
