package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/symbolon-auth/symbolon/internal/store"
)

const (
	// maxBatch bounds how long the first intent of a batch waits for the last.
	maxBatch = 128
	// queueLength is how many callers may wait; more of them block.
	queueLength = 1024
)

// writer owns the writing connection. Only its goroutine, loop, touches conn,
// cache and the savepoint; the rest is shared.
type writer struct {
	db     *sql.DB
	conn   *sql.Conn
	cache  *statements
	logger *slog.Logger
	// beforeCommit lets a test fail a COMMIT; nil otherwise.
	beforeCommit func() error

	queue   chan *intent
	drained chan struct{} // closed when loop has ended

	// closing is held for reading while an intent enters the queue, so that
	// nothing enters a queue that is closed.
	closing sync.RWMutex
	closed  bool

	commits, intents atomic.Uint64
}

// close lets the queue drain and waits for it.
func (w *writer) close() {
	w.closing.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.closing.Unlock()
	<-w.drained
}

func (w *writer) isClosed() bool {
	w.closing.RLock()
	defer w.closing.RUnlock()
	return w.closed
}

func (w *writer) loop() {
	defer close(w.drained)
	for first := range w.queue {
		batch := w.gather(first)
		if len(batch) > 0 && !w.settle(batch) {
			for _, it := range batch {
				w.settle([]*intent{it})
			}
		}
		w.answer(batch)
	}
}

// gather takes what is waiting already; it never waits for more. What nobody waits for
// any more it leaves out.
func (w *writer) gather(first *intent) []*intent {
	var batch []*intent
	for it, ok := first, true; ok; {
		if it.claim() {
			batch = append(batch, it)
		}
		if len(batch) == maxBatch {
			return batch
		}
		select {
		case it, ok = <-w.queue:
		default:
			return batch
		}
	}
	return batch
}

func (w *writer) answer(batch []*intent) {
	for _, it := range batch {
		it.err = outside(it.err)
		close(it.done)
	}
	w.intents.Add(uint64(len(batch)))
}

// settle runs a batch as one transaction, leaving in each intent the error that
// is its own. It reports false if the transaction did not survive and running
// its intents one by one may do better; every intent holds the reason then.
func (w *writer) settle(batch []*intent) bool {
	err := w.exec("BEGIN IMMEDIATE")
	began := err == nil
	if began {
		err = w.runAll(batch)
	}
	if err == nil {
		err = w.commit()
	}
	if err == nil {
		return true
	}
	// Fails if SQLite has rolled back already, which is as good.
	_ = w.exec("ROLLBACK")
	refuse(batch, err)
	return !began || len(batch) == 1
}

// refuse gives every intent of a batch the reason why nothing of it happened.
func refuse(batch []*intent, err error) {
	if !errors.Is(err, store.ErrUnavailable) {
		err = fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	for _, it := range batch {
		it.err = err
	}
}

func (w *writer) runAll(batch []*intent) error {
	for _, it := range batch {
		if err := w.savepoint(it); err != nil {
			return err
		}
	}
	return nil
}

// savepoint runs one intent. The intent's own error is kept in it; the error
// returned means that the transaction is gone.
func (w *writer) savepoint(it *intent) error {
	if err := w.exec("SAVEPOINT intent"); err != nil {
		return err
	}
	it.err = w.protect(func() error {
		s := &session{ctx: context.Background(), cache: w.cache}
		if err := it.run(s); err != nil {
			return err
		}
		return s.err
	})
	if it.err == nil {
		return w.exec("RELEASE intent")
	}
	// ROLLBACK TO leaves the savepoint itself. Both fail when there is no
	// transaction left: the intent's error tells why.
	if w.exec("ROLLBACK TO intent") != nil || w.exec("RELEASE intent") != nil {
		return fmt.Errorf("%w: %w", errGone, it.err)
	}
	return nil
}

// protect runs an intent or a read and turns a panic into its error: the other callers
// of the batch, and all later ones, still need this process.
func (w *writer) protect(run func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.logger.Error("a database intent panicked", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("store: intent panicked: %v", p)
		}
	}()
	return run()
}

func (w *writer) commit() error {
	if w.beforeCommit != nil {
		if err := w.beforeCommit(); err != nil {
			return err
		}
	}
	if err := w.exec("COMMIT"); err != nil {
		return err
	}
	w.commits.Add(1)
	return nil
}

func (w *writer) exec(query string) error {
	stmt, err := w.cache.get(context.Background(), query)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(context.Background())
	return err
}
