package main

// What an MCP server needs to trust the tokens, with the values of a configuration.

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon"
)

// guardFiles are the languages that a guard is there for. In Go it is not a
// snippet but two files to copy, examples/mcpserver/guard.go and verify.go.
var guardFiles = map[string]string{
	"node":   "snippets/guard.node.tmpl",
	"python": "snippets/guard.python.tmpl",
}

// guardValues are what the snippets fill in. Like those of the handler they are
// the same in any language's string: no quotes, no backslashes.
type guardValues struct {
	BaseURL, MCPURL, MCPPath string
	Issuer                   string // iss of the tokens
	Authority                string // the issuer that clients are sent to
	Alg, Scope               string
}

func newConfigGuardCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "guard",
		Short: "Print the code with which your MCP server checks access tokens",
		Args:  cobra.NoArgs,
	}
	file := configFlag(cmd)
	lang := cmd.Flags().String("lang", "node", "`language` of your MCP server: "+guardLangs())
	id := cmd.Flags().String("mcp-server", "", "`id` of the MCP server; needed if there are several")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if guardFiles[*lang] == "" {
			return usageError{fmt.Sprintf("--lang: there is no guard in %q; choose one of %s; "+
				"for Go, copy guard.go and verify.go of examples/mcpserver", *lang, guardLangs())}
		}
		cfg, err := symbolon.LoadConfig(*file)
		if err != nil {
			return err
		}
		return printGuard(cmd.OutOrStdout(), *lang, *id, cfg.WithDefaults())
	}
	return cmd
}

func guardLangs() string { return strings.Join(slices.Sorted(maps.Keys(guardFiles)), ", ") }

func printGuard(w io.Writer, lang, id string, cfg *symbolon.Config) error {
	server, err := oneMCPServer(cfg, id)
	if err != nil {
		return err
	}
	u, err := url.Parse(server.URL)
	if err != nil {
		return err
	}
	authority := cfg.BaseURL + "/resources/" + server.ID
	issuer := authority
	if server.TokenIssuer == "base" {
		issuer = cfg.BaseURL
	}
	v := guardValues{
		BaseURL: cfg.BaseURL, MCPURL: server.URL, MCPPath: cmp.Or(u.EscapedPath(), "/"),
		Issuer: issuer, Authority: authority, Alg: server.SigningAlg, Scope: "your:scope",
	}
	if len(server.Scopes) > 0 {
		v.Scope = server.Scopes[0].Name
	}
	return render(w, guardFiles[lang], v)
}

// oneMCPServer finds the MCP server that is meant.
func oneMCPServer(cfg *symbolon.Config, id string) (symbolon.MCPServer, error) {
	var none symbolon.MCPServer
	ids := make([]string, 0, len(cfg.MCPServers))
	for _, s := range cfg.MCPServers {
		if s.ID == id || id == "" && len(cfg.MCPServers) == 1 {
			return s, nil
		}
		ids = append(ids, s.ID)
	}
	switch {
	case len(ids) == 0:
		return none, fmt.Errorf("there is no MCP server in the configuration; add one to mcp_servers")
	case id == "":
		return none, usageError{"--mcp-server: there are several; choose one of " + strings.Join(ids, ", ")}
	default:
		return none, usageError{fmt.Sprintf("--mcp-server: there is no %q; choose one of %s", id, strings.Join(ids, ", "))}
	}
}
