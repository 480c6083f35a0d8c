package main

// Names of operations, in the order in which they are measured and printed.
const (
	opMetadata   = "metadata"
	opKeys       = "key set"
	opRegister   = "registration"
	opAuthorize  = "authorize, first step"
	opToken      = "token, client_credentials"
	opLogin      = "whole login"
	opRefresh    = "refresh, rotating"
	opIntrospect = "introspection"
)

var operations = []string{opMetadata, opKeys, opRegister, opAuthorize, opToken, opRefresh, opIntrospect, opLogin}

// prepare makes a caller ready and returns what it then does again and again.
type prepare func(c *caller) (once func() error, err error)

// subject is a server to measure.
type subject struct {
	name  string // in the tables
	about string // what is behind the name: version, store
	long  bool   // only in the long form
	slow  bool   // gets six times as long before anything counts: it compiles while it runs
	start func(b *bed) (*running, error)
}

// bed is what a subject may use.
type bed struct {
	dir      string // empty, its own
	programs string // where bench/setup put the peers
	postgres *postgres
}

// running is a subject that answers.
type running struct {
	base       string // its address
	server     []int  // processes, with all their descendants
	proxy      []int
	stored     bool // in b.postgres
	profile    string
	operations map[string]prepare
	stop       func()
}

// subjects are all servers. The first ones are ours.
func subjects() []subject {
	return append(ours(), oidcProvider, hydra, keycloak)
}
