package store

import "time"

// FamilyID is the secret half of a refresh token; it appears nowhere else.
type FamilyID [16]byte

// Grant is what a user allowed a client on an MCP server, and at most one
// refresh token family: the family is the row, for ever.
type Grant struct {
	ID         string
	Attempt    string
	Origin     Origin
	Connection string
	Sub        string
	Claims     User // what the token says of the user; Claims.Sub equals Sub
	MCPServer  string
	Issuer     string // the issuer whose authorize endpoint was called
	Resource   string // the alias or URL the client asked for, "" if none
	Scopes     []string
	Offline    bool // the client may have a refresh token

	ClientID     string
	ClientName   string
	ClientKind   string
	ClientJSON   []byte // the client as consented to (auth method, keys), so that no remote host is needed later
	RedirectURI  string // as used
	RedirectHost string // host, or private-use scheme

	CNF []byte // key confirmation (RFC 7800), nil for bearer tokens

	CreatedAt  time.Time
	ExpiresAt  time.Time     // absolute end of the refresh family, or of the only access token; zero = none, kept until revoked
	IdleTTL    time.Duration // since RotatedAt; 0 = none
	LastUsedAt time.Time
	RevokedAt  time.Time
	Revoked    string // reason, "" while live

	// UserDisabled: the company has disabled the user, so the grant is not to be
	// used for now. Not a column: every read and statement looks at the user.
	UserDisabled bool

	// Generation counts rotations; HasFamily is false until the code is redeemed.
	HasFamily  bool
	Generation uint32
	RotatedAt  time.Time
}

// Origin is how a grant came to be.
type Origin string

// OriginBrowser: a user on the consent page.
const OriginBrowser Origin = "browser"

// Code is an authorization code's row: what the code is good for.
type Code struct {
	ID          string
	GrantID     string
	ClientID    string
	Challenge   string // PKCE S256 challenge
	RedirectURI string
	MCPServer   string
	ExpiresAt   time.Time
	CNF         []byte
}

// Permit names an MCP server whose grants may be used now by this client: it is
// enabled, still has the connection, and its policy admits the client. The
// steps compute permits from the catalog snapshot and the statement demands
// one, so a disabled server's rows are left untouched.
type Permit struct {
	MCPServer     string
	Connection    string
	RedirectHosts []string // nil = any
}

// Once makes something single-use: (Namespace, ID) until Exp.
type Once struct {
	Namespace string
	ID        string
	Exp       time.Time
	// Audit, if not nil, is written by ConsumeOnce if this was the first time.
	Audit *AuditEntry
}

// RedeemCode is the authorization_code grant (RFC 6749 §4.1.3).
type RedeemCode struct {
	ID          string
	ClientID    string
	Challenge   string // of the presented verifier
	RedirectURI string // "" = not sent (OAuth 2.1)
	Permits     []Permit
	Family      FamilyID // used if the grant is Offline
	Once        *Once    // a client assertion, consumed in the same transaction
	Now         time.Time
	Events      []Event
	// ReplayEvents and ReplayAudit are written instead when the code was spent
	// before: the replay revokes the grant. A third presenter finds it ended. The
	// store adds to the audit entries which grant it was, and why it ended.
	ReplayEvents []Event
	ReplayAudit  []AuditEntry
}

// Outcome is how a redemption or rotation ended.
type Outcome int

// The outcomes. All but OutcomeOK refuse; only Replayed and Ahead change something.
const (
	OutcomeOK           Outcome = iota + 1
	OutcomeRepeated             // refresh only: the same successor again, within the grace
	OutcomeUnknown              // no such code or family
	OutcomeExpired              // code, absolute or idle lifetime
	OutcomeMismatch             // other client, verifier or redirect_uri
	OutcomeNotPermitted         // no Permit for the row's MCP server and connection
	OutcomeEnded                // the grant was revoked
	OutcomeReplayed             // spent before: the grant is revoked now
	OutcomeAhead                // a generation above the row: the store went back; revoked now
	OutcomeScope                // no requested scope is granted
	OutcomeOnce                 // the assertion was used before
	OutcomeUserDisabled         // the company has disabled the user; nothing is consumed
)

// Redeemed is the answer to RedeemCode; Grant is set for OutcomeOK (and, where
// a row was found, for refusals, so that the attempt can name it).
type Redeemed struct {
	Outcome Outcome
	Grant   Grant
}

// RotateRefresh is the refresh_token grant (RFC 6749 §6, OAuth 2.1 §4.3.1).
type RotateRefresh struct {
	Family     FamilyID
	Generation uint32 // of the presented token
	ClientID   string
	Permits    []Permit
	Scopes     []string // requested; nil = all that was granted
	Grace      time.Duration
	Once       *Once
	Now        time.Time
	// ReplayEvents and ReplayAudit are written when the family is killed, as above.
	ReplayEvents []Event
	ReplayAudit  []AuditEntry
}

// Rotated is the answer to RotateRefresh: on OutcomeOK and OutcomeRepeated the
// new token has generation Grant.Generation.
type Rotated struct {
	Outcome Outcome
	Grant   Grant
}

// Revoke selects grants by the conjunction of its non-empty fields; a Revoke
// with no selector selects nothing.
type Revoke struct {
	GrantID    string
	Family     *FamilyID
	ClientID   string
	Connection string
	Sub        string
	MCPServer  string
	// Organization is the one that the grant's tokens name.
	Organization string
	// ClientPrefixes selects clients whose id begins with one of these: all that one
	// host describes.
	ClientPrefixes []string
	// OpenLogins takes Connection and Sub, and looks at no other selector.
	OpenLogins bool
	Reason     string
	Now        time.Time
	Events     []Event
	Audit      []AuditEntry // get the number of grants, unless one is named
}

// One says whether r names one grant.
func (r Revoke) One() bool { return r.GrantID != "" || r.Family != nil }

// FindGrant names a grant by the code that began it or by its family; one is set.
type FindGrant struct {
	CodeID string
	Family *FamilyID
}

// GrantFilter selects grants, newest first.
type GrantFilter struct {
	Connection, Sub, ClientID, MCPServer string
	Organization                         string    // as in Revoke
	LiveAt                               time.Time // zero: ended ones too
	Limit                                int
	Before                               string // grant id to continue after
}
