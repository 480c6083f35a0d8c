package powercut

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// calls are the system calls that change files or that answer a client. Some do not
// exist on every architecture, which the question mark allows.
const calls = "trace=?open,openat,?creat,close,accept4,write,?pwrite64,writev,?pwritev,?pwritev2," +
	"?ftruncate,?ftruncate64,?truncate,?truncate64,?fallocate,fsync,fdatasync,?sync_file_range,?copy_file_range," +
	"?mmap,?mmap2,?rename,?renameat,?renameat2,?unlink,unlinkat,?link,linkat,?dup,?dup2,dup3"

// longest is more than the largest write of SQLite or of an answer, in bytes.
const longest = "1048576"

// Tape takes what strace writes of one server.
type Tape struct {
	pipe string
	full chan struct{}
	text []byte
	err  error
}

// NewTape makes a named pipe in a directory and listens to it.
func NewTape(dir string) (*Tape, error) {
	t := &Tape{pipe: filepath.Join(dir, "strace-"+rand.Text()), full: make(chan struct{})}
	if err := syscall.Mkfifo(t.pipe, 0o600); err != nil {
		return nil, err
	}
	go func() {
		defer close(t.full)
		t.text, t.err = os.ReadFile(t.pipe) // opens when strace does, ends when strace has ended
	}()
	return t, nil
}

// Under is what to put before a server's command to record it. The tracer detaches
// itself: the process that was started is the server, and signals reach it.
func (t *Tape) Under() []string {
	return []string{
		"strace", "-D", "-f", "--seccomp-bpf", "-qq", "-ttt", "-xx", "-s", longest, "-o", t.pipe,
		"-e", "signal=none", "-e", calls,
	}
}

// Text is everything, once the server and its tracer have ended.
func (t *Tape) Text() ([]byte, error) {
	<-t.full
	return t.text, t.err
}

// Possible says why nothing can be traced here, and what to do; nil if it can.
func Possible() error {
	if _, err := exec.LookPath("strace"); err != nil {
		return errors.New("strace is missing: install it (Debian: sudo apt-get install strace), then run this again")
	}
	out, err := exec.Command("strace", "-f", "--seccomp-bpf", "-q", "-o", os.DevNull, "true").CombinedOutput()
	if err != nil {
		return fmt.Errorf("strace may not trace here; a container needs --cap-add SYS_PTRACE: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}
