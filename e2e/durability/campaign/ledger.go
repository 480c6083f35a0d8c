package campaign

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// Ledger is what happened. Its three wrongs must stay empty.
type Ledger struct {
	Logins    atomic.Int64 // that got their tokens
	Restarted atomic.Int64 // that had to begin again, since the answer to something that counts once did not come
	Refreshes atomic.Int64
	Ended     atomic.Int64 // revoked, or ended by a replay

	// Smooth and Once are clients that had to try nothing again, or one thing once.
	Smooth, Once, More atomic.Int64

	mu      sync.Mutex
	lost    []string
	twice   []string
	revived []string
}

// client notes how often a client had to try again.
func (l *Ledger) client(retries int64) {
	switch retries {
	case 0:
		l.Smooth.Add(1)
	case 1:
		l.Once.Add(1)
	default:
		l.More.Add(1)
	}
}

// Lost: something that was acknowledged is no more.
func (l *Ledger) Lost(format string, a ...any) { l.note(&l.lost, format, a...) }

// Twice: a code gave tokens a second time.
func (l *Ledger) Twice(format string, a ...any) { l.note(&l.twice, format, a...) }

// Revived: a refresh token that was rotated away or ended gave tokens.
func (l *Ledger) Revived(format string, a ...any) { l.note(&l.revived, format, a...) }

func (l *Ledger) note(where *[]string, format string, a ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*where = append(*where, fmt.Sprintf(format, a...))
}

// Wrongs are all that must not be.
func (l *Ledger) Wrongs() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append(append(append([]string{}, l.lost...), l.twice...), l.revived...)
}

// String is the figure of a proof.
func (l *Ledger) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("%d logins, %d refreshes, %d grants ended: %d acknowledged answers lost, %d codes redeemed twice, %d refresh tokens revived",
		l.Logins.Load(), l.Refreshes.Load(), l.Ended.Load(), len(l.lost), len(l.twice), len(l.revived))
}
