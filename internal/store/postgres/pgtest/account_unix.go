//go:build unix

package pgtest

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user whose processes the server's are; nil is the current one.
type account struct{ uid, gid uint32 }

// unprivileged returns whom to run the server as: PostgreSQL refuses root.
func unprivileged() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nil is an account: the current one
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if uidErr == nil && gidErr == nil {
			return &account{uint32(uid), uint32(gid)}, nil
		}
	}
	return nil, errors.New("pgtest: PostgreSQL does not run as root, and there is no user postgres or nobody")
}

func (a *account) own(dir string) error {
	if a == nil {
		return nil
	}
	return os.Chown(dir, int(a.uid), int(a.gid))
}

func (a *account) become(cmd *exec.Cmd) {
	if a != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: a.uid, Gid: a.gid}}
	}
}

// command becomes the user and runs what follows.
func (a *account) command() []string {
	if a == nil {
		return nil
	}
	uid, gid := strconv.FormatUint(uint64(a.uid), 10), strconv.FormatUint(uint64(a.gid), 10)
	return []string{"setpriv", "--reuid", uid, "--regid", gid, "--clear-groups"}
}

// guard is a shell that waits for the end of its standard input, which comes with
// the end of this process: a test that panics or is killed cleans up nothing.
type guard struct {
	shell *exec.Cmd
	input io.WriteCloser
}

func (c *Cluster) watch() (*guard, error) {
	shell := exec.Command("/bin/sh", "-c", `cat; [ -d "$2" ] && "$1" stop -m immediate -D "$2/data"; rm -rf "$2"`,
		"sh", filepath.Join(c.bin, "pg_ctl"), c.dir)
	shell.Dir = "/"
	c.user.become(shell)
	if shell.SysProcAttr == nil {
		shell.SysProcAttr = &syscall.SysProcAttr{}
	}
	shell.SysProcAttr.Setpgid = true // an interrupt at the terminal is for the tests
	input, err := shell.StdinPipe()
	if err != nil {
		return nil, err
	}
	return &guard{shell, input}, shell.Start()
}

// dismiss lets the guard do its work, and waits for it.
func (g *guard) dismiss() {
	if g == nil {
		return
	}
	_ = g.input.Close()
	_ = g.shell.Wait()
}
