//go:build unix

package pgtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Signal sends a signal to all processes of the server, if it runs: SIGKILL ends it
// without a word, SIGSTOP stops it as a machine that swaps, SIGCONT lets it go on.
func (c *Cluster) Signal(tb testing.TB, s syscall.Signal) {
	tb.Helper()
	postmaster := c.pid()
	if postmaster == 0 {
		return
	}
	// Stopped, it starts no others while they are counted.
	if err := syscall.Kill(postmaster, syscall.SIGSTOP); err != nil {
		return // it has ended
	}
	all := append(children(postmaster), postmaster)
	for _, pid := range all {
		_ = syscall.Kill(pid, s) // one of them may have ended meanwhile
	}
	if s != syscall.SIGKILL {
		return
	}
	for _, pid := range all {
		for begun := time.Now(); alive(pid) && time.Since(begun) < patience; {
			time.Sleep(time.Millisecond)
		}
	}
	// Its number may be another's soon, or still a dead process's that nobody asked about:
	// the next server would take either for a living one.
	for _, left := range []string{
		filepath.Join(c.data(), "postmaster.pid"), filepath.Join(c.dir, fmt.Sprintf(".s.PGSQL.%d.lock", c.port)),
	} {
		_ = os.Remove(left)
	}
}

// alive: a process that has ended and that nobody asked about yet is not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(stat), ") ")
	return err == nil && !strings.HasPrefix(after, "Z")
}

// pid is the number of the server's first process, 0 if it does not run.
func (c *Cluster) pid() int {
	text, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		return 0
	}
	return pid
}

// children are the processes that a process started.
func children(of int) (pids []int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", of, of))
	if err != nil {
		return nil
	}
	for field := range strings.FieldsSeq(string(text)) {
		if pid, err := strconv.Atoi(field); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
