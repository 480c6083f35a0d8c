// The two values by which a login leaves and comes back: the login_request_id
// through the company's backend, the state through the browser.

package seal

import (
	"crypto/subtle"
	"errors"
	"log/slog"
	"time"
)

// Login is the random of one login, as a handle. Everything named after that
// login is computed from it: make it with [NewLogin] or get it back from
// [Logins.OpenRequestID] or [Logins.OpenState].
//
// A login stays under one secret. The handle remembers the secret that sealed
// the value it was opened from, and whatever is computed from the handle is
// computed with that secret, also when the ring has a newer first one: the state
// made from an opened login_request_id, the attempt id, the flow id and the
// verifier are those of the day the login began. A new Login takes the first
// secret of the [Logins] it is given to.
//
// A Login has no encoding of its own, since its random alone would lose the
// secret: store its login_request_id, its state or its attempt id. Marshalling
// fails. It cannot be compared with ==, see [Login.Equal].
type Login struct {
	_      [0]func() // no ==: an opened handle remembers more than a new one
	random [16]byte
	under  *loginKeys // nil: the first secret
}

// NewLogin is a Login that never was: 128 random bits.
func NewLogin() Login { return Login{random: random128()} }

// Equal reports whether both are the same login.
func (v Login) Equal(w Login) bool {
	return subtle.ConstantTimeCompare(v.random[:], w.random[:]) == 1
}

// MarshalText always fails, so that no encoder writes an empty object instead.
func (v Login) MarshalText() ([]byte, error) {
	return nil, errors.New("seal: a Login has no encoding, store its login_request_id")
}

// String hides the random from fmt.
func (v Login) String() string { return "[sealed]" }

// GoString hides the random from fmt's %#v.
func (v Login) GoString() string { return "[sealed]" }

// LogValue hides the random from slog.
func (v Login) LogValue() slog.Value { return slog.StringValue("[sealed]") }

// Logins makes and opens what belongs to a login.
type Logins struct{ keys []*loginKeys } // as in the ring

// loginKeys are the keys of one secret of the ring.
type loginKeys struct{ request, state, time, attempt, flow, verifier *macKey }

// NewLogins derives the keys of the ring's secrets.
func NewLogins(r *Ring) *Logins {
	l := &Logins{keys: make([]*loginKeys, 0, len(r.masters))}
	for _, m := range r.masters {
		l.keys = append(l.keys, &loginKeys{
			request:  m.macKey(PurposeLoginRequest),
			state:    m.macKey(PurposeState),
			time:     m.macKey(PurposeLoginTime),
			attempt:  m.macKey(PurposeAttempt),
			flow:     m.macKey(PurposeFlowID),
			verifier: m.macKey(PurposeVerifier),
		})
	}
	return l
}

// keysOf are the keys that everything of this login is computed with.
func (l *Logins) keysOf(v Login) *loginKeys {
	if v.under != nil {
		return v.under
	}
	return l.keys[0]
}

// route is one of the two ways of a login: its purpose names the key stream that
// hides the time, key picks the MAC. A MAC of its own for each way is what keeps
// someone who saw one value from computing the other.
type route struct {
	prefix  string
	purpose Purpose
	key     func(*loginKeys) *macKey
}

var (
	requestRoute = route{"lri_", PurposeLoginRequest, func(k *loginKeys) *macKey { return k.request }}
	stateRoute   = route{"", PurposeState, func(k *loginKeys) *macKey { return k.state }}
)

// A sealed login is random ‖ hidden time ‖ tag, 38 bytes or 51 characters.
const (
	loginBodySize = 16 + timeSize
	loginSize     = loginBodySize + MinMACSize
)

// RequestID is the login_request_id: lri_ and 51 characters. It is bound to the
// connection and carries the time the login began, hidden, to the millisecond.
// The same arguments give the same value.
func (l *Logins) RequestID(v Login, at time.Time, connection string) string {
	return requestRoute.seal(l.keysOf(v), v, at, connection)
}

// State is the state that travels through the browser: 51 characters, otherwise
// like [Logins.RequestID].
func (l *Logins) State(v Login, at time.Time, connection string) string {
	return stateRoute.seal(l.keysOf(v), v, at, connection)
}

// OpenRequestID gives the login and the time at which it began, in UTC. Whether
// that is too long ago is for the caller to say. Any failure is [ErrNotOurs].
func (l *Logins) OpenRequestID(s, connection string) (Login, time.Time, error) {
	return requestRoute.open(l.keys, s, connection)
}

// OpenState is like [Logins.OpenRequestID] for the state.
func (l *Logins) OpenState(s, connection string) (Login, time.Time, error) {
	return stateRoute.open(l.keys, s, connection)
}

func (r route) seal(k *loginKeys, v Login, at time.Time, connection string) string {
	sealed := make([]byte, 0, loginSize)
	sealed = appendTime(append(sealed, v.random[:]...), at)
	r.maskTime(k, sealed)
	tag := r.key(k).sum(sealed, connection)
	return r.prefix + encode(append(sealed, tag[:MinMACSize]...))
}

// open tries every secret and takes as long whichever fits.
func (r route) open(ring []*loginKeys, s, connection string) (Login, time.Time, error) {
	raw, err := decodePrefixed(s, r.prefix, loginSize)
	if err != nil {
		return Login{}, time.Time{}, err
	}
	body, tag := raw[:loginBodySize], raw[loginBodySize:]
	v := Login{random: [16]byte(body)}
	for _, k := range ring {
		if subtle.ConstantTimeCompare(tag, r.key(k).sum(body, connection)[:MinMACSize]) == 1 {
			v.under = k
		}
	}
	if v.under == nil {
		return Login{}, time.Time{}, ErrNotOurs
	}
	r.maskTime(v.under, body)
	return v, parseTime(body[16:]), nil
}

// maskTime hides or uncovers the time in random ‖ time. A value must not tell
// its holder when or in which order logins began. The stream depends on random
// and route; a random has one time only, so no stream meets two plaintexts.
func (r route) maskTime(k *loginKeys, body []byte) {
	stream := k.time.sum(body[:16], r.purpose.name)
	subtle.XORBytes(body[16:loginBodySize], body[16:loginBodySize], stream)
}
