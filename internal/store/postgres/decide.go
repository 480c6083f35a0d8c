package postgres

import (
	"context"
	"errors"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Decide implements store.Logins.
func (s *Store) Decide(ctx context.Context, d store.Decide) (store.DecideOutcome, error) {
	statement := decide
	if d.Decision == store.DecisionAllow {
		if d.Grant == nil || d.Code == nil {
			return 0, errors.New("store: allowing takes a grant and a code")
		}
		statement = decideAllow
	}
	args, err := decideArgs(d)
	if err != nil {
		return 0, err
	}
	return do(ctx, s, func(q *session) (store.DecideOutcome, error) {
		args.with(named{"seen": "", "claims": "{}"})
		look := d.Decision == store.DecisionAllow && !d.Choice.Empty()
		return settle(func() (store.DecideOutcome, bool, error) {
			if look {
				if outcome, settled, err := judge(q, d, args); settled || err != nil {
					return outcome, settled, err
				}
			}
			look = true
			decided, err := q.row(statement, []any{args})
			return store.Decided, decided, err
		})
	})
}

// judge asks the rules. What they allow is settled by the statement, if the user
// details are then still those that were seen: the claims were made from them.
func judge(q *session, d store.Decide, args named) (outcome store.DecideOutcome, settled bool, err error) {
	l, seen := store.Login{ID: d.Login}, ""
	known, err := q.row(`SELECT `+loginColumns+`, details::text FROM logins`+replicated+` WHERE id = $1`, []any{d.Login[:]}, append(loginTargets(&l), &seen)...)
	if err != nil || !known {
		return store.DecisionRefused, true, err
	}
	if outcome := store.JudgeDecision(l, d); outcome != store.Decided || d.Decision != store.DecisionAllow {
		return outcome, outcome != store.Decided, nil
	}
	claims, err := asJSON(store.GrantOf(l, d).Claims)
	args.with(named{"seen": seen, "claims": claims})
	return store.Decided, false, err
}

// consumeLogin repeats store.JudgeDecision. It reads the user's details, under a
// lock, before it erases them. Where the company offers a choice, the claims come
// from Go, and are good for the details that they were made from alone. The offer
// is looked for in the text: PostgreSQL cannot take a document apart that has an
// escaped NUL anywhere, and finding one too many only costs a second look.
//
// The row is found by its key, and only then looked at: a planner that knows nothing of
// the tables yet would as soon go through all open logins of the connection.
const consumeLogin = `WITH found AS MATERIALIZED (
	SELECT * FROM logins WHERE id = @id FOR UPDATE
), chosen AS (
	SELECT id, attempt, connection, sub, details FROM found AS logins
	WHERE connection = @connection AND burned_at = 0 AND decision = '' AND decide_by > @now
		AND NOT (declared AND @state_only) AND NOT (failed AND @decision = 'allow')
		AND (failed OR @decision <> 'failed') AND NOT (@decision = 'allow' AND ` + loginDisabled + `)
		AND (@decision <> 'allow' OR CASE @seen::text WHEN '' THEN strpos(details::text, '"offer":') = 0 ELSE details::text = @seen END)
), consumed AS (
	UPDATE logins SET decision = @decision, decided_at = @now, sub = '', details = '{}', grant_id = @grant
	FROM chosen WHERE logins.id = chosen.id
), done AS (SELECT attempt FROM chosen)`

const decide = consumeLogin + trail + ` SELECT 1 FROM done`

// decideAllow lets a grant and its code grow from the login. It repeats
// store.GrantOf: the user comes from the login's row alone. The attempt learns
// which client it was: the POST came from a backend that knows none.
const decideAllow = consumeLogin + `, granted AS (
	INSERT INTO grants (id, attempt, origin, connection, sub, claims, mcp_server, issuer, resource,
		scopes, offline, client_id, client_name, client_kind, client_json, redirect_uri, redirect_host,
		cnf, created_at, expires_at, idle_ttl, last_used_at, revoked_at, revoked, family, generation, rotated_at)
	SELECT @grant, attempt, @origin, connection, sub, CASE @seen::text WHEN '' THEN details ELSE @claims::json END, @mcp_server, @issuer, @resource,
		@scopes::text[], @offline, @client_id, @client_name, @client_kind, @client_json, @redirect_uri, @redirect_host,
		@cnf, @created_at, @expires_at, @idle_ttl, 0, 0, '', NULL, 0, 0
	FROM chosen
), coded AS (
	INSERT INTO codes (id, grant_id, client_id, challenge, redirect_uri, mcp_server, expires_at, cnf)
	SELECT @c_id, @grant, @c_client_id, @c_challenge, @c_redirect_uri, @c_mcp_server, @c_expires_at, @c_cnf
	FROM chosen
), happened AS (
	INSERT INTO attempt_events (attempt, at, step, ok, reason, notes)
	SELECT chosen.attempt, e.at, e.step, e.ok, e.reason, e.notes::json
	FROM chosen CROSS JOIN ` + givenEvents + ` ORDER BY e.place
	ON CONFLICT DO NOTHING RETURNING attempt
), summarized AS (
	INSERT INTO attempts AS a (id, connection, mcp_server, client_id, client_name, sub, started_at, updated_at, events)
	SELECT attempt, connection, @mcp_server, @client_id, @client_name, sub, 0, @event_latest::bigint,
		(SELECT count(*) FROM happened)
	FROM chosen ` + fillIn + `
)` + audited + ` SELECT 1 FROM done`

func decideArgs(d store.Decide) (named, error) {
	args, err := trailArgs(d.Events, d.Audit)
	if err != nil {
		return nil, err
	}
	args.with(named{
		"id": d.Login[:], "connection": d.Connection, "now": millis(d.Now), "decision": string(d.Decision),
		"state_only": d.StateOnly, "grant": "",
	})
	if d.Decision != store.DecisionAllow {
		return args, nil
	}
	// The login's fields are the row's; of the rest nothing depends on it.
	g, c := store.GrantOf(store.Login{}, d), d.Code
	return args.with(named{
		"grant": g.ID, "origin": string(g.Origin), "mcp_server": g.MCPServer, "issuer": g.Issuer, "resource": g.Resource,
		"scopes": g.Scopes, "offline": g.Offline, "client_id": g.ClientID, "client_name": g.ClientName,
		"client_kind": g.ClientKind, "client_json": g.ClientJSON, "redirect_uri": g.RedirectURI,
		"redirect_host": g.RedirectHost, "cnf": g.CNF, "created_at": millis(g.CreatedAt),
		"expires_at": millis(g.ExpiresAt), "idle_ttl": g.IdleTTL.Milliseconds(),
		"c_id": c.ID, "c_client_id": c.ClientID, "c_challenge": c.Challenge, "c_redirect_uri": c.RedirectURI,
		"c_mcp_server": c.MCPServer, "c_expires_at": millis(c.ExpiresAt), "c_cnf": c.CNF,
	}), nil
}
