package catalog_test

import (
	"encoding/json"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/catalog"
)

func TestAliasIsStoredInItsShortestForm(t *testing.T) {
	for text, want := range map[string]catalog.Alias{
		`"https://mcp.example"`: {URL: "https://mcp.example"},
		`{"url":"https://mcp.example/eu","organization":"org_eu"}`: {URL: "https://mcp.example/eu", Organization: "org_eu"},
	} {
		var got catalog.Alias
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s is %+v, %v", text, got, err)
		}
		if back, err := json.Marshal(want); err != nil || string(back) != text {
			t.Errorf("%+v is written %s, %v", want, back, err)
		}
	}
	for _, text := range []string{`7`, `["https://mcp.example"]`, `{"url":"https://mcp.example","tenant":"x"}`} {
		if err := json.Unmarshal([]byte(text), new(catalog.Alias)); err == nil {
			t.Errorf("%s is read as an alias", text)
		}
	}
}

func TestAddress(t *testing.T) {
	m := catalog.MCPServer{URL: "https://mcp.example/mcp", Aliases: []catalog.Alias{{URL: "https://mcp.example/eu/", Organization: "org_eu"}}}
	for resource, want := range map[string]catalog.Alias{
		"HTTPS://mcp.example:443/mcp": {URL: "https://mcp.example/mcp"},
		"https://mcp.example/eu":      {URL: "https://mcp.example/eu/", Organization: "org_eu"},
		"https://mcp.example/us":      {},
		"":                            {},
	} {
		if got, ok := m.Address(resource); got != want || ok != (want.URL != "") {
			t.Errorf("%q means %+v, %v", resource, got, ok)
		}
	}
}
