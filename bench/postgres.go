package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// postgres is a PostgreSQL of this run's own, as durable as its defaults make it.
type postgres struct {
	*process
	bin, dir, address string
	user              *syscall.Credential
	databases         int
}

func startPostgres(dir string) (*postgres, error) {
	p := &postgres{dir: filepath.Join(dir, "postgres")}
	var err error
	if p.bin, err = postgresPrograms(); err != nil {
		return nil, err
	}
	if p.user, err = unprivileged(); err != nil {
		return nil, err
	}
	if p.address, err = freeAddress(); err != nil {
		return nil, err
	}
	if err := os.Mkdir(p.dir, 0o700); err != nil {
		return nil, err
	}
	if p.user != nil {
		if err := os.Chown(p.dir, int(p.user.Uid), int(p.user.Gid)); err != nil {
			return nil, err
		}
	}
	data := filepath.Join(p.dir, "data")
	if err := p.program("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C").run(); err != nil {
		return nil, err
	}
	p.process, err = p.program("postgres", "-D", data, "-p", port(p.address), "-k", p.dir,
		"-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300").start()
	if err != nil {
		return nil, err
	}
	return p, p.answers()
}

func (p *postgres) program(name string, args ...string) command {
	return command{dir: p.dir, log: "log", user: p.user, args: append([]string{filepath.Join(p.bin, name)}, args...)}
}

func (p *postgres) answers() error {
	var err error
	for range 200 {
		if err = p.program("pg_isready", "-q", "-h", "127.0.0.1", "-p", port(p.address)).run(); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}

// database makes an empty database and returns its name.
func (p *postgres) database() (string, error) {
	p.databases++
	name := "bench_" + strconv.Itoa(p.databases)
	return name, p.program("createdb", "-h", "127.0.0.1", "-p", port(p.address), "-U", "postgres", name).run()
}

func (p *postgres) url(database string) string {
	return fmt.Sprintf("postgres://postgres@%s/%s?sslmode=disable", p.address, database)
}

func (p *postgres) version() string {
	out, err := exec.Command(filepath.Join(p.bin, "postgres"), "--version").Output()
	if err != nil {
		return err.Error()
	}
	return string(out[:len(out)-1])
}

// postgresPrograms is where they are: Debian has them outside the PATH.
func postgresPrograms() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		path, err = filepath.EvalSymlinks(path)
		return filepath.Dir(path), err
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("PostgreSQL is missing: run bench/setup")
	}
	release := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return release(a) - release(b) })), nil
}

// unprivileged is whom PostgreSQL runs as: it refuses root.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nil is us
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(uidErr, gidErr)
}
