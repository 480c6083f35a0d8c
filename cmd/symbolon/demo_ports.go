package main

// Where the three servers of the demo listen.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// demoPort is one port and the flag that chooses it.
type demoPort struct {
	server, flag string
	number       int
	chosen       bool // by the user
}

type demoPorts struct{ symbolon, acme, mcp demoPort }

func (p *demoPorts) all() []*demoPort { return []*demoPort{&p.symbolon, &p.acme, &p.mcp} }

// listen opens the port. If it is taken and may be any, it is any: that is for a
// robot; a person has clients that know the port.
func (p *demoPort) listen(ctx context.Context, anyPort bool) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(p.number)))
	switch {
	case err == nil:
		return l, nil
	case !errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("--%s: %w", p.flag, err)
	case anyPort && !p.chosen:
		return config.Listen(ctx, "tcp4", "127.0.0.1:0")
	}
	return nil, fmt.Errorf("port %d, for %s, is in use: end the program that has it (another demo?), or choose another: %s demo --%s NUMBER",
		p.number, p.server, programName(), p.flag)
}

// demoListeners are open before anything else starts: the addresses go into the
// configuration.
type demoListeners struct{ symbolon, acme, mcp net.Listener }

func (p *demoPorts) listen(ctx context.Context, anyPort bool) (l demoListeners, err error) {
	for _, one := range []struct {
		port *demoPort
		into *net.Listener
	}{{&p.symbolon, &l.symbolon}, {&p.acme, &l.acme}, {&p.mcp, &l.mcp}} {
		if *one.into, err = one.port.listen(ctx, anyPort); err != nil {
			l.close()
			return demoListeners{}, err
		}
	}
	return l, nil
}

func (l demoListeners) close() {
	for _, one := range []net.Listener{l.symbolon, l.acme, l.mcp} {
		if one != nil {
			_ = one.Close() // nobody has connected, or a server has closed it already
		}
	}
}
