package postgres

// Where to connect to, if the URL names several hosts.

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// searchFor bounds a search. Who waits for a connection begins the next one.
	searchFor = 5 * time.Second
	// searchPause is between two questions to the same host.
	searchPause = 100 * time.Millisecond
	// searchKept is how long a finding holds: connections that are made together need one.
	searchKept = 100 * time.Millisecond
)

// hosts finds the one among several that takes writes. All are asked at the same time,
// and again until one does: one after the other, each connection would wait for a dead
// host before it asks the living, and a standby that was asked too early not again.
type hosts struct {
	config *pgx.ConnConfig
	each   [][]*pgconn.FallbackConfig // what to try at each host
	life   context.Context
	end    context.CancelFunc

	mu      sync.Mutex
	current *search
}

// search is one that goes on, or went on a moment ago.
type search struct {
	once  sync.Once
	done  chan struct{} // closed with what follows
	found []*pgconn.FallbackConfig
	err   error
	at    time.Time
}

// newHosts returns nil if there is no choice.
func newHosts(c *pgx.ConnConfig) *hosts {
	all := append([]*pgconn.FallbackConfig{{Host: c.Host, Port: c.Port, TLSConfig: c.TLSConfig}}, c.Fallbacks...)
	var each [][]*pgconn.FallbackConfig
	for _, one := range all {
		if n := len(each); n > 0 && each[n-1][0].Host == one.Host && each[n-1][0].Port == one.Port {
			each[n-1] = append(each[n-1], one) // the same host without TLS, or with it
			continue
		}
		each = append(each, []*pgconn.FallbackConfig{one})
	}
	if len(each) < 2 {
		return nil
	}
	life, end := context.WithCancel(context.Background())
	return &hosts{config: c.Copy(), each: each, life: life, end: end}
}

// point directs a connection that is to be made.
func (h *hosts) point(ctx context.Context, c *pgx.ConnConfig) error {
	s := h.search()
	select {
	case <-s.done:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if s.err == nil {
		direct(c, s.found)
	}
	return s.err
}

func direct(c *pgx.ConnConfig, to []*pgconn.FallbackConfig) {
	c.Host, c.Port, c.TLSConfig, c.Fallbacks = to[0].Host, to[0].Port, to[0].TLSConfig, to[1:]
}

// search is the one that goes on, or a new one.
func (h *hosts) search() *search {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.current != nil && h.current.holds() {
		return h.current
	}
	s := &search{done: make(chan struct{})}
	h.current = s
	ctx, cancel := context.WithTimeout(h.life, searchFor)
	var asked sync.WaitGroup
	for _, host := range h.each {
		asked.Go(func() { h.ask(ctx, s, host) })
	}
	go func() {
		defer cancel()
		asked.Wait()
		s.end(nil, errors.New("no host takes writes"))
	}()
	return s
}

// ask asks a host until it takes writes or another one does. An answer that comes later
// than the other's still tells how new the host is (see lineage).
func (h *hosts) ask(ctx context.Context, s *search, host []*pgconn.FallbackConfig) {
	config := h.config.Copy()
	direct(config, host)
	for {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err == nil {
			hangUp(conn)
			s.end(host, nil)
			return
		}
		select {
		case <-s.done:
			return
		case <-ctx.Done():
			s.end(nil, fmt.Errorf("no host takes writes: %w", err))
			return
		case <-time.After(searchPause):
		}
	}
}

func (s *search) end(found []*pgconn.FallbackConfig, err error) {
	s.once.Do(func() {
		s.found, s.err, s.at = found, err, time.Now()
		close(s.done)
	})
}

func (s *search) holds() bool {
	select {
	case <-s.done:
		return s.err == nil && time.Since(s.at) < searchKept
	default:
		return true
	}
}
