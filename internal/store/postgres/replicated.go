package postgres

// What was read may be lost with the server: a COMMIT that waits for its synchronous
// standby shows its changes as soon as somebody cancels the wait, and so does a primary
// that crashed and came back. The one whose wait it was is told (see noticed), and asks
// again; the answer would be read from those changes. So whoever says "it is so already"
// commits something, too: a commit waits until everything before it is on the standby.

// replicated joins a FROM with the lock of a row that all nodes share and nobody
// changes, which makes a transaction that only reads commit something. There is no row,
// and no cost, where no standby is waited for.
const replicated = ` LEFT JOIN (` + shared + `) AS replicated ON true`

const shared = `SELECT one FROM instance WHERE coalesce(current_setting('synchronous_standby_names', true), '') <> '' FOR KEY SHARE`

// confirm makes the transaction of an answer that found nothing to do as good as that of
// one who did it.
func (q *session) confirm() error {
	_, err := q.exec(shared)
	return err
}
