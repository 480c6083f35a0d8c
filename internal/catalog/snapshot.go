package catalog

import (
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// A Snapshot is the whole catalog at one version. It is immutable: what its
// methods return is shared between requests and must not be changed. A Snapshot
// that exists is valid, see [Validate].
type Snapshot struct {
	version     int64
	connections map[string]*Connection
	mcpServers  map[string]*MCPServer
	apiClients  map[string]*APIClient
	clients     map[string]*Client
	blocked     map[string]*BlockedClient
	ordered     []*MCPServer          // by id
	resources   map[string]*MCPServer // by canonical URL and alias
}

// NewSnapshot reads and indexes all objects. The error names the object and
// what is wrong with it.
func NewSnapshot(objects []Object, version int64) (*Snapshot, error) {
	s := &Snapshot{
		version:     version,
		connections: map[string]*Connection{},
		mcpServers:  map[string]*MCPServer{},
		apiClients:  map[string]*APIClient{},
		clients:     map[string]*Client{},
		blocked:     map[string]*BlockedClient{},
		resources:   map[string]*MCPServer{},
	}
	seen := make(map[Ref]bool, len(objects))
	for _, o := range slices.SortedFunc(slices.Values(objects), compareObjects) {
		if seen[o.Ref()] {
			return nil, fmt.Errorf("catalog: %s exists twice; give one of them another id", o.Ref())
		}
		seen[o.Ref()] = true
		if err := s.add(o); err != nil {
			return nil, err
		}
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	return s, s.indexResources()
}

func (s *Snapshot) add(o Object) error {
	switch o.Kind {
	case KindConnection:
		c, err := decode[Connection](o)
		if err != nil {
			return err
		}
		c.ID, c.Disabled = o.ID, o.Disabled
		s.connections[o.ID] = c
	case KindMCPServer:
		m, err := decode[MCPServer](o)
		if err != nil {
			return err
		}
		m.ID, m.Disabled = o.ID, o.Disabled
		s.mcpServers[o.ID] = m
		s.ordered = append(s.ordered, m)
	case KindAPIClient:
		a, err := decode[APIClient](o)
		if err != nil {
			return err
		}
		a.ID, a.Disabled = o.ID, o.Disabled
		s.apiClients[o.ID] = a
	case KindClient:
		c, err := decode[Client](o)
		if err != nil {
			return err
		}
		c.ID, c.Disabled = o.ID, o.Disabled
		s.clients[o.ID] = c
	case KindBlockedClient:
		b, err := decode[BlockedClient](o)
		if err != nil {
			return err
		}
		b.ID, b.Disabled = o.ID, o.Disabled
		s.blocked[o.ID] = b
	default:
		return fmt.Errorf("catalog: %s is of no known kind, perhaps because a newer version wrote it", o.Ref())
	}
	return nil
}

// indexResources makes URL and aliases unique among enabled MCP servers. A
// disabled one never takes an address away, so that a server can get another id
// without pruning the old one; where nobody else has the address, it is found
// and the user is told that it is disabled.
func (s *Snapshot) indexResources() error {
	for _, disabled := range []bool{false, true} {
		for _, m := range s.ordered {
			if m.Disabled != disabled {
				continue
			}
			if err := s.indexAddresses(m); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Snapshot) indexAddresses(m *MCPServer) error {
	for _, a := range m.addresses() {
		address := a.URL
		canonical, err := oauth.CanonicalResource(address)
		if err != nil {
			return fmt.Errorf("catalog: %s: %q cannot be a resource identifier: %w", m.Ref(), address, err)
		}
		switch other := s.resources[canonical]; {
		case other == nil:
			s.resources[canonical] = m
		case other == m:
			return fmt.Errorf("catalog: %s: the alias %q is the same resource as another of its addresses; remove it", m.Ref(), address)
		case !m.Disabled:
			return fmt.Errorf("catalog: %s: %q is already an address of %s; URLs and aliases of MCP servers are unique", m.Ref(), address, other.Ref())
		}
	}
	return nil
}

// Version is the version of the catalog that was read.
func (s *Snapshot) Version() int64 { return s.version }

// Connection finds a connection by id, a disabled one too.
func (s *Snapshot) Connection(id string) (*Connection, bool) {
	c, ok := s.connections[id]
	return c, ok
}

// MCPServer finds an MCP server by id, a disabled one too.
func (s *Snapshot) MCPServer(id string) (*MCPServer, bool) {
	m, ok := s.mcpServers[id]
	return m, ok
}

// APIClient finds an API client by id, a disabled one too.
func (s *Snapshot) APIClient(id string) (*APIClient, bool) {
	a, ok := s.apiClients[id]
	return a, ok
}

// Client finds a pre-registered client by id, a disabled one too.
func (s *Snapshot) Client(id string) (*Client, bool) {
	c, ok := s.clients[id]
	return c, ok
}

// MCPServers lists all MCP servers in the order of their ids.
func (s *Snapshot) MCPServers() []*MCPServer { return slices.Clone(s.ordered) }

// Connections lists all connections in the order of their ids.
func (s *Snapshot) Connections() []*Connection {
	return slices.SortedFunc(maps.Values(s.connections), func(a, b *Connection) int { return compareRefs(a.Ref(), b.Ref()) })
}

// Resolve finds the MCP server that a resource parameter (RFC 8707) means: by
// canonical comparison with URLs and aliases. It may be a disabled one.
func (s *Snapshot) Resolve(resource string) (*MCPServer, bool) {
	canonical, err := oauth.CanonicalResource(resource)
	if err != nil {
		return nil, false
	}
	m, ok := s.resources[canonical]
	return m, ok
}

// Only is the MCP server that a request without a resource parameter means at
// the base issuer: the enabled one, if there is exactly one.
func (s *Snapshot) Only() (*MCPServer, bool) {
	var only *MCPServer
	for _, m := range s.ordered {
		switch {
		case m.Disabled:
		case only != nil:
			return nil, false
		default:
			only = m
		}
	}
	return only, only != nil
}

// Usable reports whether logins and tokens of an MCP server of this snapshot go
// on: it and its connection are enabled.
func (s *Snapshot) Usable(m *MCPServer) bool {
	c, ok := s.connections[m.Connection]
	return ok && !c.Disabled && !m.Disabled
}

// UsableMCPServers iterates over what [Snapshot.Usable] accepts, in the order
// of ids.
func (s *Snapshot) UsableMCPServers() iter.Seq[*MCPServer] {
	return func(yield func(*MCPServer) bool) {
		for _, m := range s.ordered {
			if s.Usable(m) && !yield(m) {
				return
			}
		}
	}
}
