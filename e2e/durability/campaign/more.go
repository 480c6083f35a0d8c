package campaign

import (
	"context"
	"net/http"
	"time"
)

// APIClients is the setting api_clients with others beside the people's own backend.
func APIClients(others ...any) []any {
	return append([]any{map[string]any{"id": backend, "secret": backendSecret, "connections": []string{"*"}}}, others...)
}

// Keys reads the keys, as every MCP server does.
func (l *Load) Keys(ctx context.Context) bool {
	return l.once(ctx, http.MethodGet, "/keys", nil, "", nil).ok()
}

// SignOut logs somebody new in and lets the company end what they allowed. It returns
// when that was acknowledged, or a zero time if it was not.
func (l *Load) SignOut(ctx context.Context) time.Time {
	s := l.login(ctx)
	if s == nil {
		return time.Time{}
	}
	a := l.once(ctx, http.MethodPost, "/api/v1/connections/conn_acme/users:revoke", http.Header{
		"Authorization": {"Bearer " + l.machineToken(ctx)}, "Content-Type": {"application/json"},
	}, `{"sub":"`+s.sub+`"}`, nil)
	if !a.ok() {
		return time.Time{}
	}
	return time.Now()
}
