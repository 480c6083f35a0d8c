// Package clientassert verifies the client assertions of private_key_jwt
// (RFC 7523 §3, OpenID Connect Core §9).
//
// It has two steps, because the assertion itself names the client whose keys
// are needed: [Parse] bounds the work and reads whom the assertion claims to be
// from; [Assertion.Verify] proves it. What the second returns is not yet a
// proof of freshness: the [store.Once] has to be consumed, in the transaction
// that the assertion authorizes.
package clientassert
