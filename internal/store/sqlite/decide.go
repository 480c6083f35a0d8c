package sqlite

import (
	"context"
	"errors"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Decide implements store.Logins.
func (s *Store) Decide(ctx context.Context, d store.Decide) (store.DecideOutcome, error) {
	if d.Decision == store.DecisionAllow && (d.Grant == nil || d.Code == nil) {
		return 0, errors.New("store: allowing takes a grant and a code")
	}
	return do(ctx, s.writer, func(q *session) (store.DecideOutcome, error) {
		l, err := login(q, d.Login)
		if missing(err) {
			return store.DecisionRefused, nil
		}
		if err != nil {
			return 0, err
		}
		if outcome := store.JudgeDecision(l, d); outcome != store.Decided {
			return outcome, nil
		}
		return store.Decided, decide(q, l, d)
	})
}

// decide consumes the login, erases the user's details from it and, if the user
// allowed it, lets a grant and its code grow from it.
func decide(q *session, l store.Login, d store.Decide) error {
	var grantID string
	if d.Decision == store.DecisionAllow {
		grantID = d.Grant.ID
	}
	_, err := q.exec(`UPDATE logins SET decision = ?, decided_at = ?, user = '{}', grant_id = ? WHERE id = ?`,
		string(d.Decision), millis(d.Now), grantID, l.ID[:])
	if err != nil {
		return err
	}
	if d.Decision == store.DecisionAllow {
		if err := allow(q, store.GrantOf(l, d), *d.Code); err != nil {
			return err
		}
	}
	if _, err := addEvents(q, l.Attempt, d.Events, unlimited); err != nil {
		return err
	}
	return record(q, d.Audit)
}

func allow(q *session, g store.Grant, c store.Code) error {
	if err := insertGrant(q, g); err != nil {
		return err
	}
	_, err := q.exec(`INSERT INTO codes (id, grant_id, client_id, challenge, redirect_uri, mcp_server, expires_at, cnf)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, g.ID, c.ClientID, c.Challenge, c.RedirectURI, c.MCPServer, millis(c.ExpiresAt), c.CNF)
	if err != nil {
		return err
	}
	// The POST came from a backend that knows no client; the decision does.
	return summarize(q, store.AttemptSummary{
		ID: g.Attempt, Connection: g.Connection, Sub: g.Sub,
		MCPServer: g.MCPServer, ClientID: g.ClientID, ClientName: g.ClientName,
	})
}
