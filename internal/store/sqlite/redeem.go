package sqlite

import (
	"context"
	"errors"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// RedeemCode implements store.Grants.
func (s *Store) RedeemCode(ctx context.Context, r store.RedeemCode) (store.Redeemed, error) {
	return do(ctx, s.writer, func(q *session) (store.Redeemed, error) {
		c, g, err := codeAndGrant(q, r.ID)
		if missing(err) {
			return store.Redeemed{Outcome: store.OutcomeUnknown}, nil
		}
		if err != nil {
			return store.Redeemed{}, err
		}
		outcome, err := redeem(q, c, &g, r)
		return store.Redeemed{Outcome: outcome, Grant: g}, err
	})
}

func codeAndGrant(q *session, id string) (store.Code, store.Grant, error) {
	var c store.Code
	var g store.Grant
	targets := append([]any{
		&c.ID, &c.GrantID, &c.ClientID, &c.Challenge, &c.RedirectURI, &c.MCPServer, into(&c.ExpiresAt), &c.CNF,
	}, grantTargets(&g)...)
	found, err := q.row(`SELECT c.id, c.grant_id, c.client_id, c.challenge, c.redirect_uri, c.mcp_server, c.expires_at, c.cnf, `+
		grantColumns+` FROM codes AS c JOIN grants ON grants.id = c.grant_id WHERE c.id = ?`, []any{id}, targets...)
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return c, g, err
}

// redeem spends the code. First comes all that a presenter must know and have;
// only who has it may consume anything, and only he can betray a replay.
func redeem(q *session, c store.Code, g *store.Grant, r store.RedeemCode) (store.Outcome, error) {
	if outcome := store.JudgeCode(c, *g, r); outcome != store.OutcomeOK {
		return outcome, nil
	}
	if first, err := consume(q, r.Once, r.Now); err != nil || !first {
		return store.OutcomeOnce, err
	}
	var uses int
	_, err := q.row(`UPDATE codes SET uses = uses + 1 WHERE id = ? RETURNING uses`, []any{c.ID}, &uses)
	if err != nil {
		return 0, err
	}
	if uses > 1 {
		return store.OutcomeReplayed, kill(q, g, store.ReasonCodeReplayed, r.Now, r.ReplayEvents, r.ReplayAudit)
	}
	if err := install(q, g, r); err != nil {
		return 0, err
	}
	_, err = addEvents(q, g.Attempt, r.Events, unlimited)
	return store.OutcomeOK, err
}

// install begins the grant's use, and its refresh token family if it may have one.
func install(q *session, g *store.Grant, r store.RedeemCode) error {
	var family any // NULL
	var rotated int64
	if g.Offline {
		if r.Family == (store.FamilyID{}) {
			return errors.New("store: a grant with offline access needs a family")
		}
		family, rotated = r.Family[:], millis(r.Now)
	}
	_, err := q.row(`UPDATE grants SET family = ?, generation = 0, rotated_at = ?, last_used_at = ?
		WHERE id = ? RETURNING `+grantColumns, []any{family, rotated, millis(r.Now), g.ID}, grantTargets(g)...)
	return err
}
