package catalog_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
)

func diff(t *testing.T, current, desired []catalog.Object, prune bool) catalog.Change {
	t.Helper()
	c, err := catalog.Diff(current, desired, catalog.OwnerFile, prune)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func lines(c catalog.Change) []string {
	var list []string
	for _, l := range c.Lines {
		list = append(list, l.String())
	}
	return list
}

func expect(t *testing.T, c catalog.Change, want ...string) {
	t.Helper()
	if got := lines(c); !slices.Equal(got, want) {
		t.Errorf("diff:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	if c.Empty() != (len(want) == 0) || len(c.Put)+len(c.Delete) != len(want) {
		t.Errorf("%d puts and %d deletes for %d lines", len(c.Put), len(c.Delete), len(want))
	}
}

func TestDiffFromNothing(t *testing.T) {
	reversed := objects(t, acme()...)
	slices.Reverse(reversed)
	c := diff(t, nil, reversed, false)
	expect(t, c, "create connection conn_acme", "create mcp_server res_todo", "create api_client skc_acme", "create client cli_inspector")
	expect(t, diff(t, c.After(nil), reversed, true))
}

func TestDiffNamesChangedFields(t *testing.T) {
	secret := strings.Repeat("s", 32)
	server := change(mcpServer("res_todo"), func(m *catalog.MCPServer) {
		m.AccessTokenTTL, m.Aliases, m.Scopes = time.Hour, []catalog.Alias{{URL: "https://mcp.example"}}, nil
	})
	api := change(apiClient("skc_acme"), func(a *catalog.APIClient) { a.SecretHash = []byte(secret) })
	c := diff(t, objects(t, acme()...), objects(t, connection("conn_acme"), server, api, client("cli_inspector")), false)
	expect(t, c,
		`change mcp_server res_todo: access_token_ttl: 10m0s → 1h0m0s; aliases: set to ["https://mcp.example"]; scopes: removed, was [{"default":true,"name":"todo:read"},{"name":"todo:write"}]`,
		`change api_client skc_acme: secret changed`,
	)
	for _, f := range c.Lines[1].Fields {
		if f.From != "" || f.To != "" {
			t.Errorf("a secret's hash is in the diff: %+v", f)
		}
	}
}

func TestDiffTellsWhatBecameOfSecrets(t *testing.T) {
	a, b, c := bytes.Repeat([]byte("a"), 32), bytes.Repeat([]byte("b"), 32), bytes.Repeat([]byte("c"), 32)
	of := func(hashes ...[]byte) []catalog.Object {
		return objects(t, connection("conn_acme"), change(apiClient("skc_acme"), func(a *catalog.APIClient) {
			a.SecretHash, a.OtherSecretHashes = hashes[0], hashes[1:]
		}))
	}
	for _, test := range []struct {
		from, to []catalog.Object
		want     string
	}{
		{of(a), of(b, a), "secret added"},
		{of(b, a), of(b), "secret removed"},
		{of(b, a), of(a), "secret removed"},
		{of(a), of(b), "secret changed"},
		{of(a, b), of(b, c), "secret changed"},
		{of(a, b), of(b, a), "secrets in another order"},
	} {
		expect(t, diff(t, test.from, test.to, false), "change api_client skc_acme: "+test.want)
	}
}

// A database may give JSON back in another spelling.
func TestDiffIgnoresSpelling(t *testing.T) {
	stored := objects(t, connection("conn_acme"))
	stored[0].Spec = []byte(`{ "name":"Acme",  "login_verifier":"required", "login_url":"https:\/\/acme.example/login" }`)
	expect(t, diff(t, stored, objects(t, connection("conn_acme")), false))
}

func TestDiffDisablesAndEnables(t *testing.T) {
	all := objects(t, acme()...)
	fewer := objects(t, connection("conn_acme"), mcpServer("res_todo"), apiClient("skc_acme"))
	gone := diff(t, all, fewer, false)
	expect(t, gone, "disable client cli_inspector")
	after := gone.After(all)
	if last := after[len(after)-1]; last.ID != "cli_inspector" || !last.Disabled || string(last.Spec) != string(all[3].Spec) {
		t.Errorf("disabled: %+v, want the same specification", last)
	}
	expect(t, diff(t, after, fewer, false))
	expect(t, diff(t, after, all, false), "enable client cli_inspector")

	renamed := slices.Clone(all)
	renamed[3] = objects(t, change(client("cli_inspector"), func(c *catalog.Client) { c.Name = "Inspector 2" }))[0]
	expect(t, diff(t, after, renamed, false), `enable client cli_inspector: name: "Inspector" → "Inspector 2"`)
}

func TestDiffPrunes(t *testing.T) {
	all := objects(t, acme()...)
	all[3].Disabled = true
	c := diff(t, all, all[:3], true)
	expect(t, c, "delete client cli_inspector and end its grants")
	if after := c.After(all); len(after) != 3 {
		t.Errorf("%d objects left, want 3", len(after))
	}
}

func TestDiffLeavesTheOtherOwnerAlone(t *testing.T) {
	stored := objects(t, acme()...)
	stored[3].Owner = catalog.OwnerDashboard
	expect(t, diff(t, stored, stored[:3], true))
	_, err := catalog.Diff(stored, objects(t, acme()...), catalog.OwnerFile, false)
	if !mentions(err, "cli_inspector", "dashboard") {
		t.Errorf("err = %v, want one that names object and owner", err)
	}
	for _, o := range diff(t, nil, stored, false).Put {
		if o.Owner != catalog.OwnerFile {
			t.Errorf("%s was put for %s", o.ID, o.Owner)
		}
	}
}

func TestDiffRefusesAnInvalidResult(t *testing.T) {
	stored := objects(t, acme()...)
	stored[3].Owner = catalog.OwnerDashboard
	if _, err := catalog.Diff(stored, stored[:1], catalog.OwnerFile, true); !mentions(err, "cli_inspector", "res_todo") {
		t.Errorf("pruning what another object needs: %v", err)
	}
	twice := append(objects(t, acme()...), objects(t, connection("conn_acme"))...)
	if _, err := catalog.Diff(nil, twice, catalog.OwnerFile, false); !mentions(err, "conn_acme", "twice") {
		t.Errorf("one object twice: %v", err)
	}
}
