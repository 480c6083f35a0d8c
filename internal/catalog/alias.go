package catalog

import (
	"bytes"
	"encoding/json"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Alias is another address of an MCP server.
type Alias struct {
	URL string
	// Organization is the id of the only organisation that this address is for;
	// "" leaves the choice to the user.
	Organization string
}

type boundAlias struct {
	URL          string `json:"url"`
	Organization string `json:"organization"`
}

// MarshalJSON writes an alias that is bound to nothing as its URL.
func (a Alias) MarshalJSON() ([]byte, error) {
	if a.Organization == "" {
		return json.Marshal(a.URL)
	}
	return json.Marshal(boundAlias(a))
}

// UnmarshalJSON reads both forms, and no member that it does not know: it may be
// a restriction.
func (a *Alias) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		*a = Alias{}
		return json.Unmarshal(raw, &a.URL)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	return dec.Decode((*boundAlias)(a))
}

// Address is which of the MCP server's addresses a resource parameter (RFC 8707)
// means, as configured; its URL belongs to no organisation.
func (m *MCPServer) Address(resource string) (Alias, bool) {
	want, err := oauth.CanonicalResource(resource)
	if err != nil {
		return Alias{}, false
	}
	for _, address := range m.addresses() {
		if canonical, err := oauth.CanonicalResource(address.URL); err == nil && canonical == want {
			return address, true
		}
	}
	return Alias{}, false
}

func (m *MCPServer) addresses() []Alias { return append([]Alias{{URL: m.URL}}, m.Aliases...) }
