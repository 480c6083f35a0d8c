package store

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
)

// The rules that every database must hold, as functions of a row and a request.
// A database carries them out: it reads the row and changes it in one
// transaction, or repeats the mutable part of the condition in its statement.
// Times are compared in milliseconds, the precision at which they are stored.

// SubDigest is what a repeated user-details POST is compared with. The login is
// part of it, so that equal users of two logins cannot be linked by their rows.
func SubDigest(login LoginID, sub string) []byte {
	sum := sha256.Sum256(append(login[:], sub...))
	return sum[:]
}

// JudgeRepeat compares a POST with the login recorded before it.
func JudgeRepeat(recorded, posted Login) PutLoginOutcome {
	same := recorded.Connection == posted.Connection &&
		recorded.Failed == posted.Failed &&
		bytes.Equal(recorded.SubDigest, SubDigest(posted.ID, posted.User.Sub))
	if same && recorded.BurnedAt.IsZero() {
		return LoginKnown
	}
	return LoginConflict
}

// JudgeDecision says whether d may decide l.
func JudgeDecision(l Login, d Decide) DecideOutcome {
	switch {
	case l.Connection != d.Connection, !l.BurnedAt.IsZero():
		return DecisionRefused
	case l.Decision != "":
		return AlreadyDecided
	case !before(d.Now, l.DecideBy), l.Declared && d.StateOnly:
		return DecisionRefused
	case l.Failed && d.Decision == DecisionAllow, !l.Failed && d.Decision == DecisionFailed:
		return DecisionRefused
	case l.UserDisabled && d.Decision == DecisionAllow:
		return DecisionUserDisabled
	case d.Decision == DecisionAllow && !d.Choice.fits(l.User):
		return DecisionNotOffered
	}
	return Decided
}

// MayBurn says whether a state-only callback kills l: a login that declared a
// verifier is never accepted by state alone, so it needs no such protection,
// and a stranger must not be able to end it.
func MayBurn(l Login) bool { return l.BurnedAt.IsZero() && !l.Declared }

// GrantOf joins an allowed login and the grant that the page proposed. Who the
// user is comes from the login row alone, and so does what there was to choose.
func GrantOf(l Login, d Decide) Grant {
	g := *d.Grant
	g.Attempt, g.Connection = l.Attempt, l.Connection
	g.Sub, g.Claims = l.User.Sub, d.Choice.claims(l.User)
	if g.CreatedAt.IsZero() {
		g.CreatedAt = d.Now
	}
	return g
}

// JudgeCode says how a redemption ends, but for replay: what remains is whether
// the code was spent before, which the statement that spends it finds out.
func JudgeCode(c Code, g Grant, r RedeemCode) Outcome {
	switch {
	case c.ClientID != r.ClientID, c.Challenge != r.Challenge:
		return OutcomeMismatch
	case r.RedirectURI != "" && r.RedirectURI != c.RedirectURI:
		return OutcomeMismatch
	case !before(r.Now, c.ExpiresAt), g.expired(r.Now):
		return OutcomeExpired
	case !Permitted(r.Permits, g):
		return OutcomeNotPermitted
	case !g.RevokedAt.IsZero():
		return OutcomeEnded
	case g.UserDisabled:
		return OutcomeUserDisabled
	}
	return OutcomeOK
}

// JudgeRotation says how a rotation ends. The order matters: a family that has
// ended, or that this client may not use now, is refused without a change, also
// when the token presented is old.
func JudgeRotation(g Grant, r RotateRefresh) Outcome {
	switch {
	case g.ClientID != r.ClientID:
		return OutcomeMismatch
	case !g.RevokedAt.IsZero():
		return OutcomeEnded
	case g.expired(r.Now):
		return OutcomeExpired
	case !Permitted(r.Permits, g):
		return OutcomeNotPermitted
	case g.UserDisabled:
		return OutcomeUserDisabled
	case r.Generation > g.Generation:
		return OutcomeAhead
	case r.Generation < g.Generation && !repeats(g, r):
		return OutcomeReplayed
	case !grantsAny(g.Scopes, r.Scopes):
		return OutcomeScope
	case r.Generation < g.Generation:
		return OutcomeRepeated
	}
	return OutcomeOK
}

// repeats: the last token but one, no longer ago than the grace. Its client has
// lost the answer, or two of its threads refreshed at once.
func repeats(g Grant, r RotateRefresh) bool {
	return r.Generation+1 == g.Generation && !before(g.RotatedAt.Add(r.Grace), r.Now)
}

// Permitted says whether one of the permits covers g.
func Permitted(permits []Permit, g Grant) bool {
	return slices.ContainsFunc(permits, func(p Permit) bool {
		return p.MCPServer == g.MCPServer && p.Connection == g.Connection &&
			(p.RedirectHosts == nil || slices.Contains(p.RedirectHosts, g.RedirectHost))
	})
}

func grantsAny(granted, requested []string) bool {
	return len(requested) == 0 || slices.ContainsFunc(requested, func(s string) bool {
		return slices.Contains(granted, s)
	})
}

// Live says whether tokens of g are honoured at that time.
func (g Grant) Live(at time.Time) bool { return g.RevokedAt.IsZero() && !g.expired(at) }

// expired: past the absolute end, or a family that nobody used for IdleTTL.
func (g Grant) expired(at time.Time) bool {
	if !g.ExpiresAt.IsZero() && !before(at, g.ExpiresAt) {
		return true
	}
	return g.HasFamily && g.IdleTTL > 0 && !before(at, g.RotatedAt.Add(g.IdleTTL))
}

// Live says whether o is worth recording: what has expired by now counts as
// used, since its record would be gone before it could refuse anything.
func (o Once) Live(now time.Time) bool { return before(now, o.Exp) }

// RevocationFor is what deleting an object ends; false if nothing hangs on it.
func RevocationFor(ref catalog.Ref, now time.Time) (Revoke, bool) {
	r := Revoke{Reason: string(ref.Kind) + "_deleted", Now: now}
	switch ref.Kind {
	case catalog.KindConnection:
		r.Connection = ref.ID
	case catalog.KindMCPServer:
		r.MCPServer = ref.ID
	case catalog.KindClient:
		r.ClientID = ref.ID
	default:
		return Revoke{}, false
	}
	return r, ref.ID != ""
}

// RevocationByBlock is what writing an object ends: the grants of a client that it
// blocks. False for everything else.
func RevocationByBlock(o catalog.Object, now time.Time) (Revoke, bool) {
	if o.Kind != catalog.KindBlockedClient || o.Disabled || o.ID == "" {
		return Revoke{}, false
	}
	r := Revoke{Reason: ReasonClientBlocked, Now: now, ClientPrefixes: catalog.DocumentPrefixes(o.ID)}
	if r.ClientPrefixes == nil {
		r.ClientID = o.ID
	}
	return r, true
}

// Selects says whether r has a selector at all.
func (r Revoke) Selects() bool {
	return r.GrantID != "" || r.Family != nil || r.ClientID != "" ||
		r.Connection != "" || r.Sub != "" || r.MCPServer != "" || r.Organization != "" || len(r.ClientPrefixes) > 0
}

func before(a, b time.Time) bool { return a.UnixMilli() < b.UnixMilli() }
