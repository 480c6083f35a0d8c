// What is named after a login without being sealed: its attempt, its flow, and
// the verifier that proves which browser the company signed in.

package seal

import "crypto/subtle"

// attemptPrefix begins every attempt id.
const attemptPrefix = "req_"

// AttemptID is the id under which logs and lists keep the login: req_ and 22
// characters. It does not yield the login's random.
func (l *Logins) AttemptID(v Login) string {
	return attemptPrefix + encode(l.keysOf(v).attempt.sum(v.random[:])[:16])
}

// FlowID names the login's cookie and consent page: 16 characters.
func (l *Logins) FlowID(v Login) string {
	return encode(l.keysOf(v).flow.sum(v.random[:])[:12])
}

// Verifier is the login_verifier: 22 characters, for the answer to the
// authenticated user-details request alone. Whoever knows login_request_id and
// state cannot compute it.
func (l *Logins) Verifier(v Login, connection string) string {
	return encode(l.keysOf(v).verifier.sum(v.random[:], connection)[:16])
}

// AuthRequestID is attempt id and verifier in one, 48 characters: what older
// SDKs know as auth_request_id. Keep [Logins.AttemptID] alone in logs.
func (l *Logins) AuthRequestID(v Login, connection string) string {
	return l.AttemptID(v) + l.Verifier(v, connection)
}

// VerifyVerifier reports whether s is this login's verifier or its whole
// auth_request_id. Comparing text with text leaves no second spelling; the time
// depends on the length of s alone.
func (l *Logins) VerifyVerifier(v Login, connection, s string) bool {
	bare := subtle.ConstantTimeCompare([]byte(s), []byte(l.Verifier(v, connection)))
	whole := subtle.ConstantTimeCompare([]byte(s), []byte(l.AuthRequestID(v, connection)))
	return bare|whole == 1
}
