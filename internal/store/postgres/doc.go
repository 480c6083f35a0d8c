// Package postgres keeps everything in PostgreSQL: the database of more than one
// node. Any number of stores may have it open.
//
// # Writing
//
// An intent that happens is one statement in one round trip: common table
// expressions change all rows that it changes, or none. The statement repeats the
// condition of package store's rules, as far as a row can decide it, so that it
// holds for any number of nodes; the contract suite covers both. A statement that
// changes nothing does not say why. Then the row is read and the rule itself
// names the refusal; if the rule would have allowed it, somebody was faster in
// between, and the intent starts again with what is there now. What a refusal
// changes (a replayed token ends its grant) is a statement of its own, carried
// out only while the row is as it was judged. Nothing is locked between two
// statements, and a refusal writes nothing. Only the intents of an operator,
// which change the catalog or the keys, are transactions of several round trips.
//
// The statements rely on READ COMMITTED: an UPDATE, or a SELECT … FOR UPDATE,
// that waited for another transaction looks at the condition again, with the row
// as that transaction left it. Stricter isolation is as good: serialization
// failures and deadlocks have rolled back, and are tried again.
//
//   - The context of a request is never that of a statement. It ends waiting for
//     a connection or for the answer, but cancels no COMMIT. A statement ends by
//     its own time-out, at the server first.
//   - A connection that breaks before the answer leaves the outcome unknown. That
//     is an error and never a success; nothing is tried again behind the caller's
//     back, since a second redemption would be a replay.
//   - No now() of the server: every time is the caller's. No replica is read.
//   - An answer leaves only after the COMMIT is durable: synchronous_commit is
//     switched on where it was off, and a COMMIT that stopped waiting for its
//     standby counts as unknown. What it changed shows all the same, so an answer
//     that finds nothing left to do commits something, too (replicated.go).
//
// # Several servers
//
// Of the hosts in the URL the one is used that takes writes; all are asked at once
// (hosts.go). A promotion begins a new timeline, and who has seen it never goes back
// to a server on an older one (lineage.go). A former primary that nobody ended can
// commit nothing, since its standby is gone; and since the versions are confirmed by a
// commit, it is not read either, after the second for which a node trusts its catalog.
//
// # Engines
//
// LISTEN/NOTIFY and advisory locks make things faster; [Options.Portable] does
// without them, for engines that speak PostgreSQL's protocol and lack them, and for
// poolers such as PgBouncer in transaction mode. The contract holds in both ways.
package postgres
