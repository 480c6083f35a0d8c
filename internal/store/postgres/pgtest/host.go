package pgtest

import (
	"context"
	"os/exec"
	"slices"
)

// Host is where a server runs: an address of this machine, or of a network namespace.
type Host struct {
	Address string
	// Within is a command that runs another one there; nil for here.
	Within []string
}

// command is a program of this cluster's user, on its host.
func (c *Cluster) command(ctx context.Context, words []string) *exec.Cmd {
	if c.host.Within == nil {
		cmd := exec.CommandContext(ctx, words[0], words[1:]...)
		c.user.become(cmd)
		return cmd
	}
	// Whoever enters a namespace must still be root.
	words = slices.Concat(c.host.Within, c.user.command(), words)
	return exec.CommandContext(ctx, words[0], words[1:]...)
}

// Host is where the server runs.
func (c *Cluster) Host() Host { return c.host }
