// Package limit bounds what callers may ask for whom nobody vouches: how often,
// and how much at once.
//
// A [Class] is one kind of caller, such as browsers or clients that register. It
// has two buckets of tokens for every request: one for the source, which is its
// share, and one for all sources together. A source within its share is served as
// long as the class has anything left. A source beyond its share is served from
// the upper half of what the class has, so it gets what nobody else asks for and
// is the first to be refused when it gets tight.
//
// A limit on the source alone would lock out everybody behind one address: the
// users of a hosted client all arrive from a few addresses, and behind a proxy
// that nobody named in the configuration there is but one. A limit on the sum
// alone would let one of them lock out the rest.
//
// [Failures] counts wrong secrets, by source and client together: guessing gets
// slow, and the client itself, from elsewhere, does not notice.
//
// Everything is of a fixed size, whatever is sent, and needs no goroutine.
package limit
