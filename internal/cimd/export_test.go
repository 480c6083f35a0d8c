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
