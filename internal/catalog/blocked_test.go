package catalog_test

import (
	"testing"

	"github.com/symbolon-auth/symbolon/internal/catalog"
)

func TestBlocked(t *testing.T) {
	var objects []catalog.Object
	for _, b := range []catalog.BlockedClient{
		{ID: "agent.example"}, {ID: "other.example:8443"}, {ID: "dyn_AQ"}, {ID: "https://one.example/client.json"}, {ID: "lifted.example", Disabled: true},
	} {
		o, err := catalog.NewObject(catalog.OwnerFile, b)
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, o)
	}
	snap, err := catalog.NewSnapshot(objects, 1)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{
		"https://agent.example/client.json": true, "https://agent.example:443/client.json": true, "https://agent.example/a?b": true,
		"https://other.example:8443/c": true, "dyn_AQ": true, "https://one.example/client.json": true,
		"https://agent.example:8443/c": false, "https://other.example/c": false, "https://agent.example.evil.example/c": false,
		"https://evilagent.example/c": false, "https://one.example/other.json": false, "https://lifted.example/c": false,
		"dyn_AQE": false, "cli_x": false, "": false, "agent.example": true, // no such client id exists
	} {
		if got := snap.Blocked(id); got != want {
			t.Errorf("Blocked(%q) = %v", id, got)
		}
	}
}

func TestBlockedEntries(t *testing.T) {
	for entry, ok := range map[string]bool{
		"agent.example": true, "agent.example:8443": true, "localhost:3013": true, "dyn_AQ": true, "cli_x": true, "https://agent.example/client.json": true,
		"": false, "Agent.example": false, "agent.example/": false, "agent.example:443": false, "https://agent.example": false,
		"https://agent.example/a/../b": false, "ftp://agent.example/c": false, "agent.example.": false, "agent example": false,
	} {
		if err := catalog.CheckBlocked(entry); (err == nil) != ok {
			t.Errorf("CheckBlocked(%q) = %v", entry, err)
		}
	}
}

// A diff says what a block does: it ends grants when it begins, and nothing later.
func TestBlockedInADiff(t *testing.T) {
	o, err := catalog.NewObject(catalog.OwnerFile, catalog.BlockedClient{ID: "agent.example"})
	if err != nil {
		t.Fatal(err)
	}
	off := o
	off.Disabled = true
	for _, test := range []struct {
		stored, wanted []catalog.Object
		prune          bool
		want           string
	}{
		{nil, []catalog.Object{o}, false, "create blocked_client agent.example and end its grants"},
		{[]catalog.Object{off}, []catalog.Object{o}, false, "enable blocked_client agent.example and end its grants"},
		{[]catalog.Object{o}, nil, false, "disable blocked_client agent.example"},
		{[]catalog.Object{o}, nil, true, "delete blocked_client agent.example"},
	} {
		change, err := catalog.Diff(test.stored, test.wanted, catalog.OwnerFile, test.prune)
		if err != nil || len(change.Lines) != 1 || change.Lines[0].String() != test.want {
			t.Errorf("%v, %v; want %s", change.Lines, err, test.want)
		}
	}
}
