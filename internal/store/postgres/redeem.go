package postgres

import (
	"context"
	"errors"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// RedeemCode implements store.Grants.
func (s *Store) RedeemCode(ctx context.Context, r store.RedeemCode) (store.Redeemed, error) {
	args, err := redeemArgs(r)
	if err != nil {
		return store.Redeemed{}, err
	}
	return do(ctx, s, func(q *session) (store.Redeemed, error) {
		return settle(func() (store.Redeemed, bool, error) {
			var g store.Grant
			if !stale(r.Once, r.Now) {
				spent, err := q.row(redeem, []any{args}, grantTargets(&g)...)
				if err != nil || spent {
					return store.Redeemed{Outcome: store.OutcomeOK, Grant: g}, spent, err
				}
			}
			return refuseRedemption(q, r, args)
		})
	})
}

// redeem repeats store.JudgeCode, and that the code was not spent. Code and grant
// are locked first, so the assertion is consumed for a redemption that happens. Each is
// found by its key, whatever a planner knows of the tables: a join may read all grants.
const redeem = `WITH presented AS MATERIALIZED (
	SELECT grant_id FROM codes AS c
	WHERE c.id = @code AND c.uses = 0 AND c.client_id = @client_id AND c.challenge = @challenge
		AND (@redirect_uri = '' OR c.redirect_uri = @redirect_uri) AND c.expires_at > @now
	FOR UPDATE
), good AS (
	SELECT g.id, g.attempt FROM grants AS g
	WHERE g.id = (SELECT grant_id FROM presented)
		AND ` + usable + ` AND (NOT g.offline OR @family::bytea IS NOT NULL)
	FOR UPDATE
)` + proven + `, spent AS (
	UPDATE codes SET uses = 1 FROM taken WHERE codes.id = @code
), installed AS (
	UPDATE grants AS g SET generation = 0, last_used_at = @now,
		family = CASE WHEN g.offline THEN @family::bytea END, rotated_at = CASE WHEN g.offline THEN @now::bigint ELSE 0 END
	FROM taken WHERE g.id = taken.id RETURNING ` + grantColumns + `
), done AS (SELECT attempt FROM taken)` + trail + `
SELECT * FROM installed`

func redeemArgs(r store.RedeemCode) (named, error) {
	args, err := trailArgs(r.Events, nil)
	if err != nil {
		return nil, err
	}
	permits, err := permitArgs(r.Permits)
	var family []byte // NULL
	if r.Family != (store.FamilyID{}) {
		family = r.Family[:]
	}
	return args.with(permits, onceArgs(r.Once, r.Now), named{
		"code": r.ID, "client_id": r.ClientID, "challenge": r.Challenge, "redirect_uri": r.RedirectURI, "family": family,
	}), err
}

// refuseRedemption finds out why a redemption did not happen, and ends the grant
// of a code that was spent. Only who has all that a presenter must know and have
// can betray a replay.
func refuseRedemption(q *session, r store.RedeemCode, args named) (answer store.Redeemed, settled bool, err error) {
	var c store.Code
	var g store.Grant
	var uses int
	var asserted bool
	targets := append([]any{
		&c.ID, &c.GrantID, &c.ClientID, &c.Challenge, &c.RedirectURI, &c.MCPServer, into(&c.ExpiresAt), &c.CNF, &uses, &asserted,
	}, grantTargets(&g)...)
	known, err := q.row(`SELECT c.id, c.grant_id, c.client_id, c.challenge, c.redirect_uri, c.mcp_server, c.expires_at, c.cnf, c.uses,
		`+used+`, `+grantColumns+` FROM codes AS c JOIN grants AS g ON g.id = c.grant_id`+replicated+` WHERE c.id = @code`,
		[]any{args}, targets...)
	if err != nil || !known {
		return store.Redeemed{Outcome: store.OutcomeUnknown}, true, err
	}
	refused := func(o store.Outcome) (store.Redeemed, bool, error) {
		return store.Redeemed{Outcome: o, Grant: g}, true, nil
	}
	switch outcome := store.JudgeCode(c, g, r); {
	case outcome != store.OutcomeOK:
		return refused(outcome)
	case asserted || stale(r.Once, r.Now):
		return refused(store.OutcomeOnce)
	case uses > 0:
		killed, err := kill(q, &g, killing{store.ReasonCodeReplayed, r.Once, r.Now, r.ReplayEvents, r.ReplayAudit})
		return store.Redeemed{Outcome: store.OutcomeReplayed, Grant: g}, killed, err
	case g.Offline && r.Family == (store.FamilyID{}):
		return answer, true, errors.New("store: a grant with offline access needs a family")
	}
	return answer, false, nil
}
