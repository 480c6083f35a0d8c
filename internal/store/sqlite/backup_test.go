package sqlite_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/sqlite"
)

// What was acknowledged before the backup began is in it, while others write on.
func TestBackupOfABusyDatabase(t *testing.T) {
	path := file(t)
	s := open(t, path)
	if _, err := s.Init(t.Context(), store.Identity{Epoch: "e", BaseURL: "b", KeyCheck: "k"}, now); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	stop := make(chan struct{})
	var writing sync.WaitGroup
	for w := range 4 {
		writing.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := use(t.Context(), s, fmt.Sprint("meanwhile-", w, "-", i)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	const before = 50
	for i := range before {
		if err := use(t.Context(), s, fmt.Sprint("before-", i)); err != nil {
			t.Fatal(err)
		}
	}
	err := sqlite.Backup(t.Context(), path, copied)
	close(stop)
	writing.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := open(t, copied).Exec(t.Context(), `DELETE FROM once WHERE id LIKE 'before-%'`); n != before || err != nil {
		t.Errorf("%d of %d are in the backup, %v", n, before, err)
	}
}
