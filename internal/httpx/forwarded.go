package httpx

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the addresses that may say, by X-Forwarded-For, for whom they ask.
type Proxies []netip.Prefix

// ParseProxies reads addresses and CIDR prefixes. A prefix of no bits is refused:
// it would let every caller choose an address.
func ParseProxies(list []string) (Proxies, error) {
	var proxies Proxies
	for _, s := range list {
		p, err := ParseProxy(s)
		if err != nil {
			return nil, err
		}
		proxies = append(proxies, p)
	}
	return proxies, nil
}

// ParseProxy is [ParseProxies] for one. The error continues "the value …".
func ParseProxy(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		return p, fmt.Errorf("is %q; write an address or a prefix, as in 127.0.0.1 or 10.0.0.0/8", s)
	case p.Bits() == 0:
		return p, fmt.Errorf("is %q, which is everybody: then every caller could choose an address", s)
	case p.Addr().Is4In6():
		return p, fmt.Errorf("is %q; write it as an IPv4 prefix", s)
	}
	return p.Masked(), nil
}

func (p Proxies) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(prefix netip.Prefix) bool { return prefix.Contains(a) })
}

// maxHops bounds how far back a chain of proxies is followed.
const maxHops = 16

// Client lets next see, as the request's RemoteAddr, the client that a trusted
// proxy asks for. Without a trusted proxy in between it is the socket's address,
// whatever the request says of itself. No other header of a proxy counts: the
// server's own address is its configuration's.
func (p Proxies) Client(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !p.trusts(peer.Addr().Unmap()) {
			next.ServeHTTP(w, r)
			return
		}
		asking := *r // RemoteAddr alone differs
		client := p.client(peer.Addr().Unmap(), r.Header.Values("X-Forwarded-For"))
		asking.RemoteAddr = netip.AddrPortFrom(client, 0).String()
		next.ServeHTTP(w, &asking)
	})
}

// client follows the chain from its end, where the nearest proxy wrote: each
// trusted hop vouches for the one before it, the first untrusted one is the
// client. What cannot be read ends the chain.
func (p Proxies) client(peer netip.Addr, forwarded []string) netip.Addr {
	chain := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(chain) - 1; i >= max(0, len(chain)-maxHops); i-- {
		hop, ok := parseHop(strings.TrimSpace(chain[i]))
		if !ok {
			return peer
		}
		if !p.trusts(hop) {
			return hop
		}
		peer = hop
	}
	return peer
}

// parseHop reads an address; some proxies add the port.
func parseHop(s string) (netip.Addr, bool) {
	if len(s) > 64 {
		return netip.Addr{}, false
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	addr, err := netip.ParseAddr(s)
	return addr.Unmap().WithZone(""), err == nil
}
