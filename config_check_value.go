package symbolon

// Rules for single values that occur in several places.

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Prefixes of the ids that an operator chooses.
const (
	prefixConnection = "conn_"
	prefixMCPServer  = "res_"
	prefixAPIClient  = "skc_"
	prefixClient     = "cli_"
)

const (
	maxIDLength = 64
	// The official SDKs refuse a longer connection id.
	maxConnectionIDLength = 32
	maxNameLength         = 200
)

var idPattern = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// id checks the form of an id and that it is the first of its kind.
func (k *configCheck) id(field, id, prefix string, longest int, seen map[string]bool) {
	switch {
	case id == "":
		k.refuse(field, "is missing; choose one that starts with %s", prefix)
	case !strings.HasPrefix(id, prefix) || len(id) == len(prefix):
		k.refuse(field, "is %q; it must be %s and a name of your choice, as in %sacme", id, prefix, prefix)
	case !idPattern.MatchString(id):
		k.refuse(field, "is %q; only letters, digits, _ and - are allowed", id)
	case len(id) > longest:
		k.refuse(field, "has %d characters; at most %d are allowed", len(id), longest)
	case seen[id]:
		k.refuse(field, "is %q, like another one above; choose a different id", id)
	}
	seen[id] = true
}

// name checks what the consent page shows: one line, without characters that
// change how the rest of it reads.
func (k *configCheck) name(field, name string) {
	odd := func(r rune) bool { return !unicode.IsPrint(r) }
	switch {
	case !utf8.ValidString(name) || strings.ContainsFunc(name, odd) || strings.TrimSpace(name) != name:
		k.refuse(field, "must be one line of visible characters, without space around it")
	case utf8.RuneCountInString(name) > maxNameLength:
		k.refuse(field, "is longer than %d characters; shorten it", maxNameLength)
	}
}

// references checks a list of ids of other objects.
func (k *configCheck) references(field string, ids []string, kind string, exists func(string) bool) {
	for i, id := range ids {
		k.reference(element(field, i), id, kind, exists)
	}
	k.unique(field, ids)
}

func (k *configCheck) reference(field, id, kind string, exists func(string) bool) {
	if !exists(id) {
		k.refuse(field, "is %q, but no %s has that id; correct it or add one", id, kind)
	}
}

// unique refuses the second of two equal elements.
func (k *configCheck) unique(field string, values []string) {
	seen := make(map[string]bool, len(values))
	for i, v := range values {
		if seen[v] {
			k.refuse(element(field, i), "is %q, which the list has already; remove one", v)
		}
		seen[v] = true
	}
}

func (k *configCheck) oneOf(field, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		k.refuse(field, "is %q; it must be %s", value, strings.Join(allowed, " or "))
	}
}

func (k *configCheck) hasConnection(id string) bool {
	return slices.ContainsFunc(k.cfg.Connections, func(c Connection) bool { return c.ID == id })
}

func (k *configCheck) hasMCPServer(id string) bool {
	return slices.ContainsFunc(k.cfg.MCPServers, func(m MCPServer) bool { return m.ID == id })
}

func (k *configCheck) hasClient(id string) bool {
	return slices.ContainsFunc(k.cfg.Clients, func(c Client) bool { return c.ID == id })
}

// parseWebURL accepts what [oauth.CanonicalResource] does: an absolute http or
// https URL that every parser reads alike. Scheme and host of the result are
// in lower case, without default port. The error continues "the field …".
func parseWebURL(s string) (*url.URL, error) {
	canonical, err := oauth.CanonicalResource(s)
	if err != nil {
		return nil, valueError(err, "The resource ")
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, errors.New("is not an absolute http or https URL")
	}
	c, err := url.Parse(canonical)
	if err != nil {
		return nil, errors.New("is not an absolute http or https URL")
	}
	u.Scheme, u.Host = c.Scheme, c.Host
	return u, nil
}

// valueError makes the sentence that oauth has for a client into the rest of a
// line that starts with the field.
func valueError(err error, subject string) error {
	e, ok := errors.AsType[*oauth.Error](err)
	if !ok {
		return err
	}
	return errors.New(strings.TrimSuffix(strings.TrimPrefix(e.Description, subject), "."))
}
