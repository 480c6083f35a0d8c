// The tools: a to-do list for each user.
package mcpserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// The scopes, as the authorization server knows them.
const (
	ScopeRead  = "todo:read"
	ScopeWrite = "todo:write"
)

var allScopes = []string{ScopeRead, ScopeWrite}

// toolScopes says what each tool needs. The guard asks it before the protocol runs, the tool itself again.
var toolScopes = map[string]string{
	"list_todos": ScopeRead,
	"add_todo":   ScopeWrite,
}

const (
	maxTodos = 100 // a user
	maxTitle = 200 // bytes
)

// todos are kept in memory by user: the token's sub, which is the company app's own user id.
type todos struct {
	mu     sync.Mutex
	byUser map[string][]string
}

func newTodos() *todos { return &todos{byUser: map[string][]string{}} }

type todoList struct {
	Todos []string `json:"todos" jsonschema:"the to-dos, oldest first"`
}

type newTodo struct {
	Title string `json:"title" jsonschema:"what is to be done"`
}

func addTools(server *mcp.Server, t *todos) {
	readOnly, additive := &mcp.ToolAnnotations{ReadOnlyHint: true}, &mcp.ToolAnnotations{DestructiveHint: new(false)}
	mcp.AddTool(server, &mcp.Tool{
		Name: "list_todos", Title: "List to-dos", Description: "Lists the to-dos of the signed-in user.", Annotations: readOnly,
	}, t.list)
	mcp.AddTool(server, &mcp.Tool{
		Name: "add_todo", Title: "Add a to-do", Description: "Adds a to-do to the signed-in user's list.", Annotations: additive,
	}, t.add)
}

func (t *todos) list(_ context.Context, req *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, todoList, error) {
	user, err := userWith(ScopeRead, req)
	if err != nil {
		return nil, todoList{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	list := append([]string{}, t.byUser[user]...) // an empty list, not null
	return text(list), todoList{list}, nil
}

func (t *todos) add(_ context.Context, req *mcp.CallToolRequest, in newTodo) (*mcp.CallToolResult, todoList, error) {
	user, err := userWith(ScopeWrite, req)
	if err != nil {
		return nil, todoList{}, err
	}
	title := strings.TrimSpace(in.Title)
	if title == "" || len(title) > maxTitle || !utf8.ValidString(title) {
		return nil, todoList{}, fmt.Errorf("the title must have 1 to %d bytes", maxTitle)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.byUser[user]) >= maxTodos {
		return nil, todoList{}, fmt.Errorf("the list is full (%d to-dos)", maxTodos)
	}
	t.byUser[user] = append(t.byUser[user], title)
	list := slices.Clone(t.byUser[user])
	return text(list), todoList{list}, nil
}

// userWith returns the user of a call whose token has scope.
func userWith(scope string, req *mcp.CallToolRequest) (string, error) {
	if req.Extra == nil || req.Extra.TokenInfo == nil {
		return "", errors.New("this tool needs a signed-in user")
	}
	token := req.Extra.TokenInfo
	if !slices.Contains(token.Scopes, scope) {
		return "", fmt.Errorf("this tool needs the scope %s", scope)
	}
	return token.UserID, nil
}

// text is the list for people; the structured result is for programs.
func text(list []string) *mcp.CallToolResult {
	if len(list) == 0 {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "Nothing to do."}}}
	}
	var lines strings.Builder
	for i, title := range list {
		fmt.Fprintf(&lines, "%d. %s\n", i+1, title)
	}
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: lines.String()}}}
}
