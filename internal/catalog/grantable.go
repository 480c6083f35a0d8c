package catalog

import (
	"slices"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Grantable is what a request for these scopes may get: those that this MCP server
// knows and the client's ceiling (nil = any) allows. Unknown scopes are ignored, as
// clients guess. If nothing known is left, it is the default scopes, or all where
// none is marked as default; once one known scope was asked for, it is never more
// than what was asked. The order is that of the configuration.
func (m *MCPServer) Grantable(requested, ceiling oauth.Scopes) oauth.Scopes {
	var all, defaults, known, asked oauth.Scopes
	for _, s := range m.Scopes {
		if requested.Contains(s.Name) {
			asked = append(asked, s.Name)
		}
		if ceiling != nil && !ceiling.Contains(s.Name) {
			continue
		}
		all = append(all, s.Name)
		if s.Default {
			defaults = append(defaults, s.Name)
		}
		if requested.Contains(s.Name) {
			known = append(known, s.Name)
		}
	}
	switch {
	case len(asked) > 0:
		return slices.Clip(known)
	case len(defaults) > 0:
		return defaults
	}
	return all
}

// Left is what is left of granted scopes: those that this MCP server still knows and
// the client's ceiling (nil = any) still allows, in the order they were granted.
// Never more: a scope that the operator has taken away leaves nothing in its place.
func (m *MCPServer) Left(granted, ceiling oauth.Scopes) oauth.Scopes {
	var left oauth.Scopes
	for _, name := range granted {
		known := slices.ContainsFunc(m.Scopes, func(s Scope) bool { return s.Name == name })
		if known && (ceiling == nil || ceiling.Contains(name)) {
			left = append(left, name)
		}
	}
	return left
}
