package catalog

// Between objects and rows: how a specification is written as canonical JSON
// and read back.

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// Spec is a Connection, MCPServer, APIClient, Client or BlockedClient.
type Spec interface {
	Ref() Ref
	disabled() bool
}

// Ref names the connection.
func (c Connection) Ref() Ref { return Ref{KindConnection, c.ID} }

// Ref names the MCP server.
func (m MCPServer) Ref() Ref { return Ref{KindMCPServer, m.ID} }

// Ref names the API client.
func (a APIClient) Ref() Ref { return Ref{KindAPIClient, a.ID} }

// Ref names the client.
func (c Client) Ref() Ref { return Ref{KindClient, c.ID} }

// Ref names the block.
func (b BlockedClient) Ref() Ref { return Ref{KindBlockedClient, b.ID} }

func (c Connection) disabled() bool { return c.Disabled }
func (m MCPServer) disabled() bool  { return m.Disabled }
func (a APIClient) disabled() bool  { return a.Disabled }
func (c Client) disabled() bool     { return c.Disabled }

func (b BlockedClient) disabled() bool { return b.Disabled }

// Ref names the object.
func (o Object) Ref() Ref { return Ref{o.Kind, o.ID} }

// String is "kind id", as in diffs and errors.
func (r Ref) String() string { return string(r.Kind) + " " + r.ID }

// NewObject is the row of a specification. It does not validate: see [Validate].
func NewObject(owner Owner, spec Spec) (Object, error) {
	ref := spec.Ref()
	raw, err := json.Marshal(spec)
	if err != nil {
		return Object{}, fmt.Errorf("catalog: %s: %w", ref, err)
	}
	raw, err = canonicalJSON(raw)
	if err != nil {
		return Object{}, fmt.Errorf("catalog: %s: %w", ref, err)
	}
	return Object{Kind: ref.Kind, ID: ref.ID, Owner: owner, Disabled: spec.disabled(), Spec: raw}, nil
}

// canonicalJSON sorts members and drops white space, so that two spellings of
// one specification compare equal whatever a database made of them. Numbers
// keep their digits.
func canonicalJSON(raw []byte) (json.RawMessage, error) {
	var v any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// decode reads a specification. An unknown member was written by a newer
// version and may be a restriction, so ignoring it would fail open.
func decode[T any](o Object) (*T, error) {
	spec := new(T)
	dec := json.NewDecoder(bytes.NewReader(o.Spec))
	dec.DisallowUnknownFields()
	if err := dec.Decode(spec); err != nil {
		return nil, fmt.Errorf("catalog: %s cannot be read, perhaps because a newer version wrote it: %w", o.Ref(), err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("catalog: %s has more than one specification", o.Ref())
	}
	return spec, nil
}

var kindOrder = []Kind{KindConnection, KindMCPServer, KindAPIClient, KindClient, KindBlockedClient}

// compareRefs orders what is referred to before what refers to it.
func compareRefs(a, b Ref) int {
	return cmp.Or(
		cmp.Compare(slices.Index(kindOrder, a.Kind), slices.Index(kindOrder, b.Kind)),
		cmp.Compare(a.ID, b.ID),
	)
}

func compareObjects(a, b Object) int { return compareRefs(a.Ref(), b.Ref()) }
