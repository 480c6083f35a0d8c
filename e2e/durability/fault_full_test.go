package durability

// Disks that are really full: a server on a small file system of its own (S07).

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
)

func TestFaultFullDisk(t *testing.T) {
	for _, fs := range []struct{ name, what, mount string }{
		{"S07_tmpfs", "a full disk, tmpfs", "mount -t tmpfs -o size=8m none disk"},
		{"S07_ext4", "a full disk, ext4", "truncate -s 20M image && mkfs.ext4 -q image && mount -o loop image disk"},
	} {
		t.Run(fs.name, func(t *testing.T) {
			t.Parallel()
			if why := unmountable(t, fs.mount); why != "" {
				figures.add(time.Now(), "%s: NOT TRIED here, no file system can be mounted (%s)", fs.what, why)
				t.Skip(why)
			}
			x := onOwnDisk(t, fs.mount)
			x.survives(t, fs.what, mustRefuse, func(t *testing.T) func() { return fill(t, x.node) })
			checkSQLite(t, disk(x.node))
		})
	}
}

// apart is a command that runs a script, and then a command, with mounts of its own,
// which are gone with it.
func apart(script string) []string {
	command := []string{"unshare", "--mount"}
	if os.Getuid() != 0 {
		command = append(command, "--map-root-user")
	}
	return append(command, "sh", "-c", script+` && exec "$@"`, "sh")
}

// unmountable says why a server cannot have that disk, "" if it can.
func unmountable(t *testing.T, mount string) string {
	t.Helper()
	command := append(apart("mkdir disk && "+mount), "true")
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err == nil {
		return ""
	}
	return strings.TrimSpace(fmt.Sprint(err, " ", string(out)))
}

// onOwnDisk runs a server whose database is on a file system that only it sees, and
// that is gone with it.
func onOwnDisk(t *testing.T, mount string) *trial {
	t.Helper()
	return newTrial(t, campaign.Settings{Database: "sqlite:disk/symbolon.db"}, func(n *campaign.Node) {
		if err := os.Mkdir(filepath.Join(n.Dir, "disk"), 0o700); err != nil {
			t.Fatal(err)
		}
		n.Under = apart(mount)
	})
}

// disk is the file system as the server sees it.
func disk(n *campaign.Node) string {
	return filepath.Join("/proc", fmt.Sprint(n.PID()), "root", n.Dir, "disk")
}

// fill takes all the space, until end is called.
func fill(t *testing.T, n *campaign.Node) (end func()) {
	t.Helper()
	name := filepath.Join(disk(n), "something-else")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
}
