package cimd

import (
	"container/list"
	"sync"
)

// Bounds of a cache. Whoever fills it with documents of their own displaces what
// was used least recently, which is then fetched again.
const (
	maxEntries = 1000
	maxBytes   = 8 << 20
)

// cache keeps values by key, bounded in number and bytes.
type cache[V any] struct {
	mu     sync.Mutex
	recent list.List // of *cached[V], most recently used first
	byKey  map[string]*list.Element
	bytes  int
}

type cached[V any] struct {
	key   string
	value V
	size  int
}

func (c *cache[V]) get(key string) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.byKey[key]
	if !ok {
		var none V
		return none, false
	}
	c.recent.MoveToFront(element)
	return entryOf[V](element).value, true
}

// put stores value, which takes about size bytes.
func (c *cache[V]) put(key string, value V, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(c.byKey[key])
	if c.byKey == nil {
		c.byKey = map[string]*list.Element{}
	}
	c.byKey[key] = c.recent.PushFront(&cached[V]{key, value, size + len(key)})
	c.bytes += size + len(key)
	for len(c.byKey) > maxEntries || c.bytes > maxBytes {
		c.drop(c.recent.Back())
	}
}

func (c *cache[V]) remove(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(c.byKey[key])
}

func (c *cache[V]) drop(element *list.Element) {
	if element == nil {
		return
	}
	e := entryOf[V](element)
	c.recent.Remove(element)
	delete(c.byKey, e.key)
	c.bytes -= e.size
}

func entryOf[V any](element *list.Element) *cached[V] {
	return element.Value.(*cached[V]) // put is the only one who adds
}
