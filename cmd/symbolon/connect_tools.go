package main

// What connect does with the MCP server once it has a token.

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/client"
)

func (o connectOptions) useTools(ctx context.Context, out terminal, session *client.Session) error {
	var tools []*mcp.Tool
	for tool, err := range session.Tools(ctx, nil) {
		if err != nil {
			return fmt.Errorf("listing the tools: %w", err)
		}
		tools = append(tools, tool)
	}
	printTools(out, tools)
	name := o.tool
	if name == "" {
		if name = harmless(tools); name == "" {
			fmt.Fprintln(out, "\nNo tool says that it only reads and needs no arguments. Call one with --tool NAME --args '{…}'.")
			return nil
		}
	}
	fmt.Fprintf(out, "\n%s\n", out.paint(bold, strings.TrimSpace(name+" "+o.args)))
	answer, err := session.Call(ctx, name, o.arguments)
	if err != nil {
		return err
	}
	for line := range strings.SplitSeq(strings.TrimRight(answer, "\n"), "\n") {
		fmt.Fprintf(out, "  %s\n", attempt.Clean(line, maxLine)) // the MCP server must not drive the terminal
	}
	return nil
}

// maxLine bounds a line of a tool's answer, in bytes.
const maxLine = 1000

func printTools(out terminal, tools []*mcp.Tool) {
	fmt.Fprintf(out, "\n%s\n", out.paint(bold, count(len(tools), "tool")))
	width := 0
	for _, t := range tools {
		width = max(width, len(t.Name))
	}
	for _, t := range tools {
		first, _, _ := strings.Cut(strings.TrimSpace(t.Description), "\n")
		fmt.Fprintf(out, "  %-*s  %s\n", width, attempt.Clean(t.Name, maxCell*2), out.paint(dim, attempt.Clean(first, maxWidth)))
	}
}

// harmless is the first tool that may be called without being asked for: it says
// that it only reads, and needs no arguments.
func harmless(tools []*mcp.Tool) string {
	for _, t := range tools {
		if t.Annotations != nil && t.Annotations.ReadOnlyHint && !needsArguments(t) {
			return t.Name
		}
	}
	return ""
}

func needsArguments(t *mcp.Tool) bool {
	raw, err := json.Marshal(t.InputSchema)
	var schema struct {
		Required []string `json:"required"`
	}
	return err != nil || json.Unmarshal(raw, &schema) != nil || len(schema.Required) > 0
}

// rpcCall is the JSON-RPC call of a step in an MCP session, such as "tools/call
// list_todos". Discovery asks the MCP server as well, but that is no session.
func rpcCall(s client.Step) (call string, ok bool) {
	call, ok = strings.CutPrefix(s.Name, "MCP ")
	return call, ok && !strings.HasPrefix(call, "server ")
}

// olderProtocol reports whether an MCP server only says that it does not know the
// question with which sessions begin since MCP 2026-07-28. The SDK then begins as
// before, so to the reader this is no failure.
func olderProtocol(call string, status int) bool {
	return call == "server/discover" && status != http.StatusUnauthorized && status != http.StatusForbidden && status < 500
}
