package symbolon

// From a Config to the catalog.

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Objects returns what the configuration describes as catalog objects that the
// file owns, with defaults filled in. Two runs over one Config give the same
// bytes. It reads the secrets of API clients and clients, of which the objects
// hold SHA-256 only; one that is missing or too short, and whatever
// [Config.Check] refuses, is a [*ConfigError].
func (c *Config) Objects() ([]catalog.Object, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	b := objectBuilder{cfg: c, problems: &configProblems{origin: c.origin}}
	d := c.WithDefaults()
	for _, s := range d.Connections {
		b.add(connectionSpec(s))
	}
	for i, s := range d.MCPServers {
		spec := mcpServerSpec(s)
		spec.Brand = b.brand(element("mcp_servers", i)+".brand", s.Brand)
		b.add(spec)
	}
	for i, s := range d.APIClients {
		first, others := b.hashes(element("api_clients", i), s.Secret, s.Secrets)
		b.add(catalog.APIClient{
			ID: s.ID, SecretHash: first, OtherSecretHashes: others, Role: catalog.Role(s.Role), Connections: s.Connections, MCPServers: s.MCPServers,
		})
	}
	for i, s := range d.Clients {
		field := element("clients", i)
		spec := clientSpec(s, b.keys(field+".jwks", s.JWKS))
		spec.SecretHash, spec.OtherSecretHashes = b.hashes(field, s.Secret, s.Secrets)
		b.add(spec)
	}
	for _, s := range d.BlockedClients {
		b.add(catalog.BlockedClient{ID: s})
	}
	if b.err != nil {
		return nil, b.err
	}
	return b.objects, b.problems.err()
}

type objectBuilder struct {
	cfg      *Config
	problems *configProblems
	objects  []catalog.Object
	err      error
}

func (b *objectBuilder) add(spec catalog.Spec) {
	object, err := catalog.NewObject(catalog.OwnerFile, spec)
	if err != nil {
		b.err = err
	}
	b.objects = append(b.objects, object)
}

// hashes returns the SHA-256 of each secret of an object, nil for none.
func (b *objectBuilder) hashes(object string, one Secret, several []Secret) (first []byte, others [][]byte) {
	var all [][]byte
	for _, s := range writtenSecrets(object, one, several) {
		value, wrong := b.cfg.resolveSecret(s.secret)
		sum := sha256.Sum256([]byte(value))
		if wrong == "" && slices.ContainsFunc(all, func(other []byte) bool { return bytes.Equal(other, sum[:]) }) {
			wrong = "is the same secret as another one of the list; remove it, or correct where it points to"
		}
		if wrong != "" {
			b.problems.refuse(s.field, "%s", wrong)
		}
		all = append(all, sum[:])
	}
	if len(all) == 0 {
		return nil, nil
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all[0], all[1:]
}

// keys returns a client's key set as canonical JSON, nil for none.
func (b *objectBuilder) keys(field, s string) []byte {
	if path, ok := strings.CutPrefix(s, filePrefix); ok {
		content, err := readSecretFile(path)
		if err != nil {
			b.problems.refuse(field, "%v", err)
			return nil
		}
		s = content
	}
	if s == "" {
		return nil
	}
	var out bytes.Buffer
	if err := json.Compact(&out, []byte(s)); err != nil {
		b.problems.refuse(field, "is not JSON; write a key set as text, or file:PATH")
		return nil
	}
	return out.Bytes()
}

func connectionSpec(c Connection) catalog.Connection {
	return catalog.Connection{
		ID: c.ID, Name: c.Name, LoginURL: c.LoginURL, LoginVerifier: catalog.LoginVerifier(c.LoginVerifier),
		RefreshCheck: catalog.RefreshCheck{URL: c.RefreshCheck.URL, OnFailure: catalog.OnFailure(c.RefreshCheck.OnFailure)},
	}
}

func mcpServerSpec(m MCPServer) catalog.MCPServer {
	scopes := make([]catalog.Scope, len(m.Scopes))
	for i, s := range m.Scopes {
		scopes[i] = catalog.Scope(s)
	}
	aliases := make([]catalog.Alias, len(m.Aliases))
	for i, a := range m.Aliases {
		aliases[i] = catalog.Alias(a)
	}
	return catalog.MCPServer{
		ID: m.ID, Name: m.Name, URL: m.URL, Aliases: aliases, Connection: m.Connection, Scopes: scopes,
		AccessTokenTTL: m.AccessTokenTTL, RefreshTokenTTL: m.RefreshTokenTTL, RefreshTokenIdleTTL: m.RefreshTokenIdleTTL,
		DynamicRegistration: m.DynamicRegistration, MetadataDocuments: m.ClientIDMetadataDocuments,
		Clients:    catalog.Policy{CIMDHosts: m.Clients.CIMDHosts, RedirectHosts: m.Clients.RedirectHosts, IDs: m.Clients.IDs},
		SigningAlg: m.SigningAlg, TokenIssuer: catalog.TokenIssuer(m.TokenIssuer),
	}
}

func clientSpec(c Client, keys []byte) catalog.Client {
	return catalog.Client{
		ID: c.ID, Name: c.Name, MCPServers: c.MCPServers, RedirectURIs: c.RedirectURIs,
		AuthMethod: oauth.AuthMethod(c.TokenEndpointAuthMethod), JWKS: keys, JWKSURI: c.JWKSURI,
		GrantTypes: c.GrantTypes, Scopes: c.Scopes,
	}
}
