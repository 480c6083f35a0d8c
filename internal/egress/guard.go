// Package egress is the way out to hosts that others name: sockets that connect to
// public addresses only, and nothing that a host could use to send us elsewhere.
package egress

import (
	"errors"
	"net/netip"
	"syscall"

	"code.dny.dev/ssrf"
)

// ErrBlocked: the address is special-purpose (RFC 6890) or the port not allowed.
var ErrBlocked = errors.New("the address is not public, or the port is not allowed")

// A Control is a [net.Dialer.Control]: it sees the address that a socket is about
// to connect to, after all resolving, and nothing is sent if it refuses.
type Control func(network, address string, _ syscall.RawConn) error

// Public lets sockets connect to public addresses on these ports. allowed are
// exceptions for tests.
func Public(ports []uint16, allowed ...netip.Prefix) Control {
	guardian := ssrf.New(ssrf.WithPorts(ports...), ssrf.WithAllowedV4Prefixes(allowed...))
	return func(network, address string, c syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || guardian.Safe(network, address, c) != nil || isISATAP(to.Addr()) {
			return ErrBlocked
		}
		return nil
	}
}

// isISATAP finds addresses that a tunnel would unwrap to an IPv4 address of any
// kind (RFC 5214 §6.1): interface identifiers 0000:5efe:… and 0200:5efe:… under
// any prefix, a global one too.
func isISATAP(a netip.Addr) bool {
	b := a.As16()
	return a.Is6() && b[8]&^0x03 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe
}

// Loopback lets sockets connect to this machine only: what "localhost" resolves to
// is as open to lies as any other name.
func Loopback(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !to.Addr().Unmap().IsLoopback() {
		return ErrBlocked
	}
	return nil
}
