package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/sqlite"
)

// forged is what a stranger calls a client to write lines and colours of his own: ANSI
// in two forms, line breaks, text that runs backwards, and a formula.
const forged = "=cmd|' /C calc'!A0\x1b[31m\u009b2J\r\nforged line \u202etxet\u2066\x7f"

// seed FILE N makes a database of N grants, the newest with the highest number:
// grt_000…1 is of user-1 in org-1 for a client of a strange name, and so on; every fifth
// is of alice. Consent was given a minute after the other.
func seed(ts *testscript.TestScript, neg bool, args []string) {
	var n int
	if _, err := fmt.Sscan(args[1], &n); neg || len(args) != 2 || err != nil {
		ts.Fatalf("usage: seed file number")
	}
	ctx := context.Background()
	s, err := sqlite.Open(ctx, sqlite.Options{Path: ts.MkAbs(args[0])})
	ts.Check(err)
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	for i := 1; i <= n; i++ {
		ts.Check(seedGrant(ctx, s, i, begin.Add(time.Duration(i)*time.Minute)))
	}
	ts.Check(s.Close())
}

func seedGrant(ctx context.Context, s store.Store, i int, at time.Time) error {
	sub := fmt.Sprintf("user-%d", i)
	if i%5 == 0 {
		sub = "alice"
	}
	login := store.Login{
		Attempt: fmt.Sprintf("req_%022d", i), Connection: "conn_acme", PostedAt: at, DecideBy: at.Add(time.Minute),
		User: store.User{Sub: sub, Email: sub + "@acme.example", OrganizationID: fmt.Sprintf("org-%d", i%2), OrganizationName: forged},
	}
	binary.BigEndian.PutUint64(login.ID[:], uint64(i))
	if _, err := s.PutLogin(ctx, store.PutLogin{Login: login, Attempt: store.AttemptSummary{Connection: "conn_acme", Sub: sub, StartedAt: at}}); err != nil {
		return err
	}
	grant := store.Grant{
		ID: fmt.Sprintf("grt_%022d", i), Origin: store.OriginBrowser, MCPServer: "res_todo", Issuer: "http://127.0.0.1:3010/resources/res_todo",
		Scopes: []string{"todo:read", forged}, Offline: true, ClientID: "https://robot.example/client.json", ClientName: forged,
		ClientKind: "metadata_document", RedirectURI: "https://robot.example/callback", RedirectHost: "robot.example", ExpiresAt: at.Add(720 * time.Hour),
	}
	code := store.Code{
		ID: grant.ID, GrantID: grant.ID, ClientID: grant.ClientID, RedirectURI: grant.RedirectURI, MCPServer: grant.MCPServer, ExpiresAt: at.Add(time.Minute),
	}
	_, err := s.Decide(ctx, store.Decide{
		Login: login.ID, Connection: "conn_acme", Now: at, Decision: store.DecisionAllow, Grant: &grant, Code: &code,
		Audit: []store.AuditEntry{{
			At: at, Actor: "user:conn_acme", Action: "grant.created", Object: "grant:" + grant.ID,
			Detail: map[string]string{"client": forged, "mcp_server": "res_todo"},
		}},
	})
	return err
}
