package main

// What somebody in front of a running demo can do next.

import (
	"fmt"
	"io"
	"strings"

	"github.com/symbolon-auth/symbolon/examples/acme"
)

func (d *demo) guide(out terminal, o demoOptions) {
	var b strings.Builder
	section := func(title string) { fmt.Fprintf(&b, "\n%s\n", out.paint(bold, title)) }
	row := func(name, value, note string) {
		fmt.Fprintf(&b, "  %-12s  %s", name, value)
		if note != "" {
			b.WriteString("  " + out.paint(dim, note))
		}
		b.WriteByte('\n')
	}
	section("Symbolon demo")
	d.addresses(out, &b)

	section("Sign in at Acme as")
	for _, a := range acme.Accounts() {
		fmt.Fprintf(&b, "  %-20s  password %s\n", a.Email, out.paint(bold, a.Password))
	}

	section("Connect a client, in another terminal")
	row("this one", out.paint(bold, o.program+" connect "+d.mcpURL), "")
	row("Claude Code", "claude mcp add --transport http todo "+d.mcpURL, "then /mcp")
	row("VS Code", `code --add-mcp '{"name":"todo","type":"http","url":"`+d.mcpURL+`"}'`, "")
	row("Cursor", `{"mcpServers":{"todo":{"url":"`+d.mcpURL+`"}}}`, "in ~/.cursor/mcp.json")

	if o.baseURL == "" {
		section("Connect a hosted client, such as claude.ai: let tunnels lead to Symbolon and to the MCP server")
		fmt.Fprintf(&b, "  %s demo --base-url https://SYMBOLON-TUNNEL --mcp-url https://MCP-TUNNEL/mcp\n", o.program)
		fmt.Fprintf(&b, "  %s\n", out.paint(dim, "A browser on another machine needs --acme-url https://ACME-TUNNEL as well."))
	}
	section("When a login fails, its page shows an error id")
	fmt.Fprintf(&b, "  %s attempts show --config %s err_…\n", o.program, d.files.config)

	section("Login attempts as they happen (Ctrl-C ends the demo)")
	_, _ = io.WriteString(out, b.String()) // the demo runs whether or not it could say so
}

// addresses says what runs where.
func (d *demo) addresses(out terminal, b *strings.Builder) {
	width := max(len(d.base), len(d.acmeURL), len(d.mcpURL))
	for _, part := range [][3]string{
		{"Symbolon", d.base, "the authorization server"},
		{"Acme", d.acmeURL, "a company's app, with users and a login of its own"},
		{"Acme Todo", d.mcpURL, "its MCP server: list_todos, add_todo"},
	} {
		fmt.Fprintf(b, "  %-12s  %-*s  %s\n", part[0], width, part[1], out.paint(dim, part[2]))
	}
}
