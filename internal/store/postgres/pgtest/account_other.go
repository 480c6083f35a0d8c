//go:build !unix

package pgtest

import "os/exec"

// account is the current user: other systems have no root to avoid.
type account struct{}

func unprivileged() (*account, error) { return &account{}, nil }

func (*account) own(string) error { return nil }

func (*account) become(*exec.Cmd) {}

func (*account) command() []string { return nil }

// guard does nothing: without a shell, a test that is killed leaves its server.
type guard struct{}

func (*Cluster) watch() (*guard, error) { return nil, nil }

func (*guard) dismiss() {}
