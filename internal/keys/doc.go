// Package keys signs access tokens and verifies them again: RFC 7515, RFC 7517,
// RFC 9068.
//
// For each algorithm in use there is one key that signs (active), one that is
// published so that verifiers know it long before it signs (standby), and those
// that signed before (retired), which stay published for as long as a token of
// theirs can live. The official SDKs cache the key set for the life of their
// process and never fetch it again: the standby key is what makes a rotation
// invisible to them.
//
//	generate ─▶ standby ──Rotate──▶ active ──Rotate──▶ retired ──25 h──▶ gone
//
// A private key exists outside of memory only sealed under the master secret,
// bound to its kid and algorithm. The kid is the RFC 7638 thumbprint, and what
// is published is derived from the opened private key: who can write to the
// database cannot make anyone trust a key of his own.
//
// A token is ours only if its header is, byte for byte, one that this package
// writes. So alg and typ are never taken from the token: there is no "none", no
// HS256 under a public key, no jku, no crit and no JSON of a stranger to parse
// before the signature was checked.
package keys
