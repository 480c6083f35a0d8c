// Package oauth is the vocabulary of the authorization server: errors,
// clients, redirect URIs, PKCE, scopes, resources, request parameters and the
// JSON documents of the protocol.
//
// Nothing here does I/O, reads a clock or knows a database. Everything that
// arrives from outside is parsed here once, into a type that cannot hold the
// bad value; the steps work on those types and repeat no check. Two rules
// follow from that:
//
//   - A [RedirectURI] exists only if a [Client] registered it: [Client.Match]
//     is its only maker, so code that redirects has proof in its hand.
//   - Parsers do an amount of work linear in their input and refuse what is
//     large before they look at it closely.
//
// Every error that a parser of protocol values returns is an [*Error], also
// where the signature says error: it carries the wire code, a sentence that a
// stranger may read, and the reason that the operator sees in the login
// attempt. [StrictJSON] and [StrictObject] serve bodies of several protocols
// and leave the code to their caller.
package oauth
