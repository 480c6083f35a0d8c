package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// cluster is three servers behind HAProxy, with the configuration that is shipped.
func cluster(b *bed) (*running, error) {
	name, err := b.postgres.database()
	if err != nil {
		return nil, err
	}
	bind, err := freeAddress()
	if err != nil {
		return nil, err
	}
	r := &running{base: "http://" + bind, stored: true, operations: symbolonOperations("http://" + bind)}
	var all []*process
	r.stop = func() {
		for _, p := range all {
			p.stop(syscall.SIGTERM)
		}
	}
	env := []string{"SYMBOLON_BIND=" + bind}
	for i := range 3 {
		n := node{dir: filepath.Join(b.dir, strconv.Itoa(i)), base: r.base, database: b.postgres.url(name), alg: "RS256"}
		p, err := n.join(i == 0)
		if p != nil {
			all = append(all, p)
		}
		if err != nil {
			return nil, errors.Join(err, stopped(r))
		}
		r.server = append(r.server, p.pid())
		env = append(env, fmt.Sprintf("SYMBOLON_NODE_%d=%s", i+1, n.address))
	}
	p, err := balancer(b.dir, env)
	if err != nil {
		return nil, errors.Join(err, stopped(r))
	}
	all, r.proxy = append(all, p), []int{p.pid()}
	return r, answers(r.base+"/readyz", p)
}

func stopped(r *running) error { r.stop(); return nil }

// join starts a server; the first one makes the database.
func (n *node) join(first bool) (*process, error) {
	var err error
	if n.address, err = freeAddress(); err != nil {
		return nil, err
	}
	if n.admin, err = freeAddress(); err != nil {
		return nil, err
	}
	if err := os.Mkdir(n.dir, 0o700); err != nil {
		return nil, err
	}
	if err := n.configure(); err != nil {
		return nil, err
	}
	if first {
		if err := n.command("apply", "--yes").run(); err != nil {
			return nil, err
		}
	}
	p, err := n.command("serve").start()
	if err != nil {
		return nil, err
	}
	return p, answers("http://"+n.address+"/readyz", p)
}

func balancer(dir string, env []string) (*process, error) {
	program, err := exec.LookPath("haproxy")
	if err != nil {
		program = "/usr/sbin/haproxy" // not on everybody's PATH
	}
	config, err := filepath.Abs("../deploy/haproxy.cfg")
	if err != nil {
		return nil, err
	}
	return command{dir: dir, log: "haproxy.log", env: env, args: []string{program, "-db", "-f", config}}.start()
}
