package store

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Times of servers that share a database.
const (
	// ServerSeen is how often a server says that it runs.
	ServerSeen = 10 * time.Second
	// ServerGone is how long one that says nothing counts as running.
	ServerGone = 30 * time.Second
)

// Secret is what is known of a master secret. It is named by its fingerprint.
type Secret struct {
	Fingerprint string
	KnownAt     time.Time // to some server
	SealingAt   time.Time // since when a server sealed with it; zero: none ever did
	SealedUntil time.Time // of servers that do no longer; zero: none has ended
	RetiredAt   time.Time // from then on it opens nothing, whoever still has it
}

// RunningServer is a server as it last spoke of itself.
type RunningServer struct {
	ID, Name  string
	Secrets   []string // fingerprints; it seals with the first and opens with all
	StartedAt time.Time
	SeenAt    time.Time
}

// Knows reports whether the server can open what this secret seals.
func (s RunningServer) Knows(fingerprint string) bool { return slices.Contains(s.Secrets, fingerprint) }

// Seals is the secret that the server seals with.
func (s RunningServer) Seals() string {
	if len(s.Secrets) == 0 {
		return ""
	}
	return s.Secrets[0]
}

// Live reports whether the server may still run.
func (s RunningServer) Live(now time.Time) bool { return now.Sub(s.SeenAt) <= ServerGone }

// Secrets is all that is known of master secrets, and who uses them.
type Secrets struct {
	Secrets []Secret        // in the order in which they became known
	Servers []RunningServer // by their start; also one that has not ended its row
}

// NoteServer says that a server runs, and with which secrets.
type NoteServer struct {
	Server RunningServer
	// Alone: no other server can run on this database, so those on record are gone.
	Alone bool
	Now   time.Time
}

// Resealed is a stored value that is sealed anew. From must still be there.
type Resealed struct{ From, To string }

// RetireSecret moves all that is stored from under a secret, and marks it as retired.
type RetireSecret struct {
	Fingerprint string
	// Sealing seals from now on: every server must know it, and none may seal with
	// the retired one.
	Sealing  string
	Alone    bool // as in NoteServer
	KeyCheck Resealed
	// SigningKeys by kid and RegistrationKeys by number are all there are.
	SigningKeys      map[string]Resealed
	RegistrationKeys map[byte]Resealed
	Now              time.Time
	Audit            []AuditEntry
}

// Hinders reports whether a server that runs stands against the retirement.
func (r RetireSecret) Hinders(s RunningServer) bool {
	return !r.Alone && s.Live(r.Now) && (s.Seals() == r.Fingerprint || !s.Knows(r.Sealing))
}

// Covers reports whether these are the stored values that the retirement was made for.
func (r RetireSecret) Covers(keyCheck string, signing []SigningKey, registration []RegistrationKey) bool {
	if r.KeyCheck.From != keyCheck || len(r.SigningKeys) != len(signing) || len(r.RegistrationKeys) != len(registration) {
		return false
	}
	for _, k := range signing {
		if r.SigningKeys[k.KID].From != k.Sealed {
			return false
		}
	}
	for _, k := range registration {
		if r.RegistrationKeys[k.Number].From != k.Sealed {
			return false
		}
	}
	return true
}

// Ended is a secret that a server has sealed with until then.
type Ended struct {
	Server      string // whose row is to go, "" if it stays with another secret
	Fingerprint string
	Until       time.Time
}

// EndedBy lists whose sealing has ended when n is written, oldest first. A server that
// is gone has ended at the latest when it last could have sealed: where this one is
// alone, that is now.
func (n NoteServer) EndedBy(servers []RunningServer) []Ended {
	var ended []Ended
	for _, s := range servers {
		switch {
		case s.ID == n.Server.ID && s.Seals() != n.Server.Seals():
			ended = append(ended, Ended{"", s.Seals(), n.Now})
		case s.ID == n.Server.ID:
		case n.Alone:
			ended = append(ended, Ended{s.ID, s.Seals(), n.Now})
		case !s.Live(n.Now):
			ended = append(ended, Ended{s.ID, s.Seals(), s.SeenAt.Add(ServerGone)})
		}
	}
	slices.SortFunc(ended, func(a, b Ended) int { return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(a.Server, b.Server)) })
	return ended
}

// KIDs are the signing keys of r in a fixed order: every node locks rows alike.
func (r RetireSecret) KIDs() []string { return slices.Sorted(maps.Keys(r.SigningKeys)) }

// Numbers are the registration keys of r in a fixed order.
func (r RetireSecret) Numbers() []byte { return slices.Sorted(maps.Keys(r.RegistrationKeys)) }

// AuditSealing is for a secret that no server has sealed with before.
func (n NoteServer) AuditSealing() []AuditEntry {
	return []AuditEntry{{At: n.Now, Actor: "system", Action: "secret.sealing", Object: "secret:" + n.Server.Seals()}}
}
