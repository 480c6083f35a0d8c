package sqlite

import (
	"errors"
	"fmt"
	"os"
)

// fileLock is held on a file beside the database, for as long as the Store is
// open. The operating system gives it up when the process dies. It is not on the
// database itself: closing any descriptor of that file would drop SQLite's own
// locks. The lock file stays, since deleting it would race with the next opener.
type fileLock struct{ file *os.File }

func lockFile(path string) (*fileLock, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockExclusively(file); err != nil {
		if errors.Is(err, ErrLocked) {
			err = fmt.Errorf("%w by another process, and only one may have it open: stop that one first", ErrLocked)
		}
		return nil, errors.Join(err, file.Close())
	}
	return &fileLock{file}, nil
}

// release is a no-op without a lock, and the second time.
func (l *fileLock) release() error {
	if l == nil || l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
