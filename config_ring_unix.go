//go:build unix

package symbolon

import (
	"fmt"
	"os"
	"syscall"
)

// keepOwner gives f the owner of the file whose place it takes.
func keepOwner(f *os.File, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	own, err := f.Stat()
	if err != nil {
		return err
	}
	if mine, ok := own.Sys().(*syscall.Stat_t); ok && mine.Uid == owner.Uid && mine.Gid == owner.Gid {
		return nil
	}
	if err := f.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
		return fmt.Errorf("%s belongs to another user; run the command as that user, or as root: %w", path, err)
	}
	return nil
}
