package durability

// Disks that fail, fill up or stall under a server on SQLite (S07).

import (
	"bufio"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
	"github.com/symbolon-auth/symbolon/e2e/durability/powercut"
)

func TestFaultDisk(t *testing.T) {
	if err := powercut.Possible(); err != nil {
		t.Fatalf("no system call can be made to fail: %v", err)
	}
	for _, fault := range []struct {
		name, what, rule string
		effect           effect
	}{
		{"S07_write_errors", "EIO from every write to the disk", "pwrite64:error=EIO", mustRefuse},
		{"S07_sync_errors", "EIO from every sync", "fsync,fdatasync:error=EIO", mustRefuse},
		{"S07_some_errors", "EIO from one call in three", "pwrite64,fsync,fdatasync,ftruncate:error=EIO:when=1+3", mustRefuse},
		{"S07_no_space", "ENOSPC from every write", "pwrite64:error=ENOSPC", mustRefuse},
		{"S07_slow_disk", "a disk that needs 300 ms for a sync", "fsync,fdatasync:delay_enter=300000", mayServe},
		{"S07_stalled_disk", "a disk that needs 10 s for a sync", "fsync,fdatasync:delay_enter=10000000", mustRefuse},
	} {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			x := newTrial(t, campaign.Settings{})
			x.survives(t, fault.what, fault.effect, func(t *testing.T) func() { return inject(t, x.node, fault.rule) })
			x.node.Kill()
			checkSQLite(t, x.node.Dir)
		})
	}
}

// inject lets system calls of a running server on its database go wrong, by a rule of
// strace, until end is called.
func inject(t *testing.T, n *campaign.Node, rule string) (end func()) {
	t.Helper()
	calls, _, _ := strings.Cut(rule, ":")
	args := []string{"-f", "-p", strconv.Itoa(n.PID()), "-e", "trace=" + calls, "-e", "inject=" + rule, "-o", "/dev/null"}
	for _, name := range []string{"symbolon.db", "symbolon.db-wal"} {
		args = append(args, "-P", filepath.Join(n.Dir, name))
	}
	cmd := exec.Command("strace", args...)
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(said).ReadString('\n'); err != nil || !strings.Contains(line, "attached") {
		t.Fatalf("strace: %s %v", line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, said) }() // ends with strace
	return func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // it ends by the signal
	}
}
