// Package seal makes and opens every value that leaves this server and comes
// back: login requests, states, cookies, codes, refresh tokens, error ids, and
// what the database keeps hidden.
//
// # One purpose a key
//
// A [Ring] of master secrets is the only secret an operator keeps. For each
// [Purpose], and for hiding ([Box]) and proving ([MAC]) apart, HKDF-SHA256
// derives a key of its own (RFC 5869). A value of one kind presented as another
// therefore meets the wrong key and does not open; no code has to compare kinds.
// Who the value is for (issuer, connection, client, epoch) is its context:
// associated data, each part prefixed with its length, so that ("ab", "c") and
// ("a", "bc") differ.
//
// # One encoding a value
//
// Values are unpadded base64url (RFC 4648 §5). A decoder that skips newlines or
// ignores trailing bits would give one value many spellings, and every
// comparison, log search and block list by text would miss some. Whatever does
// not re-encode to exactly what was presented is refused.
//
// # Rotation
//
// The first secret of the ring seals, all open. What started under one secret
// stays under it: see [Login]. To rotate on several nodes, append the new secret
// everywhere, then move it to the front, then remove the old one once what it
// sealed has expired and stored values went through [Box.Reseal]. The command
// "symbolon secret" leads through it; it names secrets by [Ring.Fingerprints].
//
// # Refusal
//
// Everything that does not open gives [ErrNotOurs] and nothing else: forged,
// damaged, of another purpose, for another context and under a forgotten secret
// look the same. Lifetimes are the caller's: what carries a time returns it.
//
// The package does no I/O but for the system's random source, knows no clock and
// is safe for concurrent use.
package seal
