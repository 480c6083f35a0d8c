package admin

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// maxSocketPath is what fits into a socket address everywhere: 104 bytes with
// the final zero on BSD and macOS, 108 on Linux.
const maxSocketPath = 103

// Listen makes the socket, readable and writable for the user of this process
// alone. A socket that is there already is replaced, so the caller must hold the
// database's lock: then it was left by a process that died. Closing the listener
// removes the socket.
func Listen(path string) (net.Listener, error) {
	path, err := reachable(path)
	if err != nil {
		return nil, err
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != os.ModeSocket {
		return nil, fmt.Errorf("%s exists and is not a socket; move it away, commands need this name", path)
	}
	l, err := listenPrivately(path)
	if err != nil {
		return nil, err
	}
	return &socket{Listener: l, path: path}, nil
}

// listenPrivately binds inside a directory that is closed to others and moves the
// socket into place with its final mode: nobody can connect in between, and what
// was there is replaced in one step.
func listenPrivately(path string) (net.Listener, error) {
	if runtime.GOOS == "windows" { // modes are lists of the directory's there
		_ = os.Remove(path) // if it is still there, listening says why
		return listenUnix(path)
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".s") // mode 0700
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	aside, err := reachable(filepath.Join(dir, "s"))
	if err != nil {
		return nil, err
	}
	l, err := listenUnix(aside)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.Chmod(aside, 0o600), os.Rename(aside, path)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func listenUnix(path string) (net.Listener, error) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // the name it was bound to is not the one it has
	return l, nil
}

// socket removes its file when it is closed, once.
type socket struct {
	net.Listener
	path   string
	closed sync.Once
}

func (s *socket) Close() error {
	err := s.Listener.Close()
	s.closed.Do(func() { err = errors.Join(err, os.Remove(s.path)) })
	return err
}

// reachable spells a path so that it fits into a socket address: a long one may
// be short when it starts here.
func reachable(path string) (string, error) {
	if len(path) <= maxSocketPath {
		return path, nil
	}
	if here, err := os.Getwd(); err == nil {
		if short, err := filepath.Rel(here, path); err == nil && len(short) <= maxSocketPath {
			return short, nil
		}
	}
	return "", fmt.Errorf("%s is too long for a socket, which may have %d characters; choose a shorter path for the database, "+
		"or run in its directory", path, maxSocketPath)
}
