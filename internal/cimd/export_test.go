package cimd

import (
	"net/http"
	"net/netip"
	"time"
)

// Reach lets the guard pass addresses that tests listen on.
func (o Options) Reach(prefixes ...netip.Prefix) Options {
	o.allowed = prefixes
	return o
}

// GuardPublic tells whether a socket for public hosts may connect to address.
func GuardPublic(network, address string) error {
	return guardPublic([]uint16{443}, nil)(network, address, nil)
}

// GuardLoopback is the same for loopback documents.
func GuardLoopback(network, address string) error { return guardLoopback(network, address, nil) }

func Freshness(h http.Header) (time.Duration, bool) { return freshness(h) }

// Cache is the bounded cache, with texts as values.
type Cache struct{ cache[string] }

func (c *Cache) Put(key, value string, size int) { c.put(key, value, size) }

func (c *Cache) Get(key string) (string, bool) { return c.get(key) }
func (c *Cache) Remove(key string)             { c.remove(key) }

// Len returns entries and bytes.
func (c *Cache) Len() (entries, bytes int) { return len(c.byKey), c.bytes }

const (
	MaxEntries = maxEntries
	MaxBytes   = maxBytes
)
