package egress_test

import (
	"net/netip"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/egress"
)

// TestAttackM04 holds every special-purpose range, its first and last address,
// against the check that each socket passes.
func TestAttackM04(t *testing.T) {
	public := egress.Public([]uint16{443})
	for _, s := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32",
		"::/128", "::1/128", "::ffff:0:0/96", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
		"2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
		// ISATAP under a global prefix: 10.0.0.1 and 169.254.169.254 inside.
		"2606:4700:0:1:0:5efe:a00:1/128", "2606:4700:0:1:200:5efe:a9fe:a9fe/128", "2606:4700::5efe:0:0/96", "2606:4700:0:0:200:5efe::/96",
		// What they are made of: the metadata service and loopback in disguise.
		"64:ff9b::a9fe:a9fe/128", "2002:7f00:1::/48", "::127.0.0.1/128", "::ffff:0:127.0.0.1/128", "fd00:ec2::254/128",
	} {
		prefix := netip.MustParsePrefix(s)
		for _, address := range []netip.Addr{prefix.Masked().Addr(), last(prefix)} {
			network := "tcp4"
			if address.Is6() {
				network = "tcp6"
			}
			if public(network, netip.AddrPortFrom(address, 443).String(), nil) == nil {
				t.Errorf("a socket may connect to %s in %s", address, prefix)
			}
		}
	}
	for _, address := range []string{"1.1.1.1:443", "93.184.216.34:443", "[2606:4700::6810:84e5]:443", "[2a00:1450:4001:82a::200e]:443"} {
		network := "tcp4"
		if address[0] == '[' {
			network = "tcp6"
		}
		if err := public(network, address, nil); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for network, address := range map[string]string{
		"tcp4": "1.1.1.1:80", "udp4": "1.1.1.1:443", "unix": "/run/socket", "tcp6": "[fe80::1%eth0]:443", "tcp": "nonsense",
	} {
		if public(network, address, nil) == nil {
			t.Errorf("a socket may connect to %s %s", network, address)
		}
	}
}

// last is the last address of a prefix.
func last(p netip.Prefix) netip.Addr {
	bytes := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 0x80 >> (bit % 8)
	}
	address, _ := netip.AddrFromSlice(bytes)
	return address
}

func TestGuardLoopback(t *testing.T) {
	for _, address := range []string{"127.0.0.1:80", "127.9.9.9:8443", "[::1]:3000", "[::ffff:127.0.0.1]:80"} {
		if err := egress.Loopback("tcp", address, nil); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"0.0.0.0:80", "[::]:80", "10.0.0.1:80", "1.1.1.1:443", "169.254.169.254:80", "[fe80::1%lo]:80", ""} {
		if egress.Loopback("tcp", address, nil) == nil {
			t.Errorf("a loopback document may come from %s", address)
		}
	}
}
