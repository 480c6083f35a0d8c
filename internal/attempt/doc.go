// Package attempt tells the engineer who integrates Symbolon what happened to
// one login, and what to change.
//
// Three things live here. A registry explains every refusal: a stable code, what
// happened, and the remedy, in words ([Lookup]). A [Recorder] keeps the attempts
// of strangers in memory, in a space that no number of requests can grow, until
// the company vouches for a login and the attempt is stored. A diagram draws one
// attempt for a terminal ([Write], [Line]).
//
// An attempt is for the operator's eyes. Even so, nothing in it is a secret:
// what is written to an event's notes is cut, escaped and stripped of anything
// shaped like a code, a token or a verifier.
package attempt
