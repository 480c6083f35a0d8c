package durability

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

// tellingTime is what the design promises; a machine that builds something else at the
// same time may need longer.
var tellingTime = form(5*time.Second, time.Second)

// What an operator changes is known on every node within a second of the answer: the
// configuration, blocked clients, rotated and revoked keys; with LISTEN and NOTIFY, and
// without.
func TestChangesReachEveryNode(t *testing.T) {
	database := pgtest.New(t)
	for _, portable := range []bool{false, true} {
		begun, way := time.Now(), "NOTIFY"
		if portable {
			way = "database_portable"
		}
		t.Run(way, func(t *testing.T) {
			nodes, _ := nodesOf(t, campaign.Settings{Database: database.Database(t), More: map[string]any{"database_portable": portable}})
			o := operatorOf(t, nodes)
			worst, surely := map[string]time.Duration{}, map[string]time.Duration{}
			rounds := form(3, 100)
			for i := range rounds {
				for _, change := range []func(int) (string, delay){o.apply, o.block, o.unblock, o.rotate, o.revoke} {
					what, took := change(i)
					worst[what], surely[what] = max(worst[what], took.seen), max(surely[what], took.ignorant)
				}
			}
			var said []string
			for what, took := range worst {
				if surely[what] > tellingTime {
					t.Errorf("%s: not known everywhere after %s, want %s", what, surely[what], tellingTime)
				}
				said = append(said, fmt.Sprintf("%s %.0f ms", what, float64(took.Microseconds())/1000))
			}
			slices.Sort(said)
			figures.add(begun, "changes on three nodes, with %s, %d times each, worst delay until the last node knows: %s", way, rounds, strings.Join(said, ", "))
		})
	}
}

// operator changes things from outside of the nodes, as commands do.
type operator struct {
	*testing.T
	nodes  []*campaign.Node
	config *symbolon.Config
	*admin.Client
}

func operatorOf(t *testing.T, nodes []*campaign.Node) *operator {
	t.Helper()
	config, err := symbolon.LoadConfig(filepath.Join(nodes[0].Dir, "symbolon.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	server, err := symbolon.Open(*config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return &operator{t, nodes, config, admin.InProcess(server.Operator())}
}

// delay is how long the last node took. On a machine that is busy a question takes long,
// too: seen is when the answer was there, ignorant is when the last one was asked for to
// which the node did not know.
type delay struct{ seen, ignorant time.Duration }

// everywhere waits until each node knows.
func (o *operator) everywhere(what string, known func(ctx context.Context, address string) bool) (string, delay) {
	o.Helper()
	acknowledged := time.Now()
	took := make(chan delay, len(o.nodes))
	for _, n := range o.nodes {
		go func() {
			var d delay
			for asked := time.Since(acknowledged); !known(o.Context(), n.Address) && asked < campaign.Patience; asked = time.Since(acknowledged) {
				d.ignorant = asked
				time.Sleep(2 * time.Millisecond)
			}
			d.seen = time.Since(acknowledged)
			took <- d
		}()
	}
	var last delay
	for range o.nodes {
		d := <-took
		last = delay{max(last.seen, d.seen), max(last.ignorant, d.ignorant)}
	}
	return what, last
}

func (o *operator) applyNow() {
	o.Helper()
	objects, err := o.config.Objects()
	if err != nil {
		o.Fatal(err)
	}
	if _, err := o.Apply(o.Context(), admin.Apply{BaseURL: o.config.BaseURL, Objects: objects}); err != nil {
		o.Fatal(err)
	}
}

// apply adds a scope, which the metadata then name.
func (o *operator) apply(i int) (string, delay) {
	name := fmt.Sprint("todo:", i)
	o.config.MCPServers[0].Scopes = append(o.config.MCPServers[0].Scopes, symbolon.Scope{Name: name})
	o.applyNow()
	return o.everywhere("apply", func(ctx context.Context, address string) bool {
		return strings.Contains(campaign.Get(ctx, address, "/resources/res_todo/.well-known/oauth-authorization-server").Body, `"`+name+`"`)
	})
}

func (o *operator) block(int) (string, delay) {
	o.config.BlockedClients = []string{campaign.ClientID}
	o.applyNow()
	return o.everywhere("blocked_clients", func(ctx context.Context, address string) bool { return !admitted(ctx, address) })
}

func (o *operator) unblock(int) (string, delay) {
	o.config.BlockedClients = nil
	o.applyNow()
	return o.everywhere("unblocking", admitted)
}

// admitted: the client gets as far as the company's login.
func admitted(ctx context.Context, address string) bool {
	return campaign.Get(ctx, address, campaign.AuthorizePath()).Status == http.StatusSeeOther
}

// rotate lets the next key sign.
func (o *operator) rotate(int) (string, delay) {
	list, err := o.RotateKey(o.Context(), admin.Rotate{Alg: "RS256", Force: true})
	if err != nil {
		o.Fatal(err)
	}
	return o.everywhere("rotation", func(ctx context.Context, address string) bool {
		kids, err := campaign.PublishedKeys(ctx, address)
		signs, _ := campaign.KIDOf(campaign.MachineToken(ctx, address))
		return err == nil && signs == list[0].KID && slices.Contains(kids, list[1].KID)
	})
}

// revoke takes away the key that signs; a machine token of it must be worth nothing.
func (o *operator) revoke(int) (string, delay) {
	token := campaign.MachineToken(o.Context(), o.nodes[0].Address)
	kid, err := campaign.KIDOf(token)
	if err != nil {
		o.Fatal(err)
	}
	if _, err := o.RevokeKey(o.Context(), admin.Revoke{KID: kid, State: "active"}); err != nil {
		o.Fatal(err)
	}
	return o.everywhere("revoked key", func(ctx context.Context, address string) bool {
		kids, err := campaign.PublishedKeys(ctx, address)
		return err == nil && !slices.Contains(kids, kid) && campaign.TryMachineToken(ctx, address, token) == http.StatusUnauthorized
	})
}
