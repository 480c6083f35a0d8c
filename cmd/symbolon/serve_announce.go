package main

// What an operator wants to know once the server runs.

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/symbolon-auth/symbolon"
)

// announce tells people in words and programs in a line of the log.
func announce(out terminal, cfg *symbolon.Config, addr net.Addr) {
	if out.real {
		printAddresses(out, cfg, addr)
		for _, w := range warnings(cfg) {
			fmt.Fprintf(out, "%s\n\n", out.paint(yellow, wrap("warning: "+w, out.style.Width, "         ")))
		}
		fmt.Fprintln(out, out.paint(dim, "Stop with Ctrl-C. Watch logins with: symbolon attempts tail"))
		return
	}
	cfg.Logger.Info("listening", "address", addr.String(), "base_url", cfg.BaseURL, "database", cmp.Or(cfg.DatabaseServer(), cfg.DatabaseFile()),
		"mcp_servers", len(cfg.MCPServers), "connections", len(cfg.Connections))
	for _, w := range warnings(cfg) {
		cfg.Logger.Warn(w)
	}
}

// labels is the width of the names, with their indentation.
const labels = 22

func printAddresses(out terminal, cfg *symbolon.Config, addr net.Addr) {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n\n", out.paint(bold, "Symbolon listens on "+addr.String()))
	field := func(indent, name, value string) {
		fmt.Fprintf(&b, "%s%s %s\n", indent, out.paint(dim, fmt.Sprintf("%-*s", labels-len(indent), name)), value)
	}
	field("  ", "issuer", cfg.BaseURL)
	field("  ", "keys", cfg.BaseURL+"/keys")
	field("  ", "database", cmp.Or(cfg.DatabaseServer(), cfg.DatabaseFile()))
	for _, m := range cfg.MCPServers {
		issuer := cfg.BaseURL + "/resources/" + m.ID
		fmt.Fprintf(&b, "\n  MCP server %s  %s\n", out.paint(bold, m.ID), m.Name)
		field("    ", "clients use", m.URL)
		field("    ", "issuer", issuer)
		field("    ", "metadata", issuer+"/.well-known/oauth-authorization-server")
		field("    ", "resource metadata", issuer+"/.well-known/oauth-protected-resource")
	}
	for _, c := range cfg.Connections {
		fmt.Fprintf(&b, "\n  connection %s  %s\n", out.paint(bold, c.ID), c.Name)
		field("    ", "login page", c.LoginURL)
		field("    ", "user details", "POST "+cfg.BaseURL+"/api/v1/connections/"+c.ID+"/auth-requests/{login_request_id}/user")
		field("    ", "callback", cfg.BaseURL+"/sso/v1/connections/"+c.ID+"/partner:callback")
	}
	b.WriteString("\n")
	_, _ = io.WriteString(out, b.String()) // the server runs whether or not it could say so
}

// warnings are what is right for some and dangerous for others.
func warnings(cfg *symbolon.Config) []string {
	var list []string
	for _, c := range cfg.Connections {
		if c.LoginVerifier == "declared" {
			list = append(list, fmt.Sprintf("%s has login_verifier: declared. Whoever starts a login can plant it on another user (session fixation), "+
				"unless your app asks \"Continue as … to connect an MCP client?\" before it posts the user. "+
				"Once your app redirects to redirect_url, write required", c.ID))
		}
	}
	if strings.HasPrefix(cfg.BaseURL, "http://") {
		list = append(list, fmt.Sprintf("base_url %s is for development: it can be reached from this machine only and nothing is encrypted. "+
			"For others, set an https base_url of its own host", cfg.BaseURL))
	}
	return list
}
