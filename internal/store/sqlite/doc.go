// Package sqlite keeps everything in one SQLite file: the embedded default.
//
// # Writing
//
// One goroutine owns the only writing connection. It takes the intents that are
// waiting, runs each inside a savepoint of its own, commits them together and
// only then answers: concurrent callers share one fsync (journal_mode=WAL,
// synchronous=FULL). Four rules make that safe:
//
//   - The error of an intent rolls back to its savepoint and no further.
//   - SQLite may end a transaction by itself (disk full, I/O error, a trigger's
//     RAISE(ROLLBACK)). The savepoint is gone then, and naming it fails: nothing
//     of the batch is acknowledged, and each intent is run again, alone.
//   - A COMMIT that fails has committed nothing: SQLite either leaves the
//     transaction open or has rolled it back. It is rolled back for certain and
//     each intent is run again, alone.
//   - No request context reaches the writer, so no departing client can cancel a
//     COMMIT that others wait for. A caller whose context ends stops waiting and
//     gets the context's error; its intent never happens if it had not begun, and
//     may still be committed if it had.
//
// A caller waits for a disk that does not answer no longer than for a server that
// does not: then the database is unavailable, for reads as well.
//
// An intent runs more than once in these cases, so it is a function of its
// argument and the database alone. It reads and then writes without a second
// condition in the statement, because nobody writes in between: the transaction
// is IMMEDIATE and the file is locked against other processes.
//
// # Reading
//
// A small pool of read-only connections reads without waiting for the writer.
// Whatever was acknowledged is seen by every read that starts afterwards.
//
// # One process
//
// The store holds a lock on "<database>.lock" while it is open; a second opener
// gets ErrLocked.
package sqlite
