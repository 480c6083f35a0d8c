package admin

// Commands that change the configuration.

import (
	"context"
	"net/http"
)

func (h *handler) apply(r *http.Request) (Applied, error) {
	request, err := read[Apply](r)
	if err != nil {
		return Applied{}, err
	}
	return h.operator.Apply(r.Context(), request)
}

// Apply applies a configuration, or with DryRun only compares it.
func (c *Client) Apply(ctx context.Context, a Apply) (Applied, error) {
	return call[Applied](ctx, c, http.MethodPost, pathApply, a)
}
