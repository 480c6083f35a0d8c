package token

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// consult asks the company before a refresh, where its connection says so. It comes
// before the rotation, so that a token about which nobody could be asked is not
// consumed, and outside of any transaction. What the answer changes is an intent of its
// own, as if the company had called users:update or users:revoke.
func (h *Handler) consult(req *request, r store.RotateRefresh) *oauth.Error {
	if !asked(req.snap, r.Permits) {
		return nil
	}
	g, err := h.Store.FindGrant(req.ctx, store.FindGrant{Family: &r.Family})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil // the rotation says so
	case err != nil:
		return unavailable("store_unavailable", err)
	case store.JudgeRotation(g, r) != store.OutcomeOK:
		// It is refused without a question, or repeats an answer that was checked.
		return nil
	}
	connection, ok := req.snap.Connection(g.Connection)
	if !ok || connection.RefreshCheck.URL == "" {
		return nil
	}
	server, ok := req.snap.MCPServer(g.MCPServer)
	if !ok {
		return nil // the rotation finds no permit
	}
	refusal := h.once(req, g, func(ctx context.Context) *oauth.Error {
		return h.ask(ctx, req, connection, server.SigningAlg, g)
	})
	if refusal != nil {
		h.recordRefusal(req, "refresh", g, refusal)
	}
	return refusal
}

// asked: is there a check at all, for any grant that this request may be about?
func asked(snap *catalog.Snapshot, permits []store.Permit) bool {
	return slices.ContainsFunc(permits, func(p store.Permit) bool {
		c, ok := snap.Connection(p.Connection)
		return ok && c.RefreshCheck.URL != ""
	})
}

// once lets requests that refresh the same grant at the same time share one question. It
// goes on when the request that began it is gone, since others may wait for it.
func (h *Handler) once(req *request, g store.Grant, ask func(context.Context) *oauth.Error) *oauth.Error {
	shared := h.questions.DoChan(g.ID, func() (any, error) { return ask(context.WithoutCancel(req.ctx)), nil })
	select {
	case <-req.ctx.Done():
		return unavailable("refresh_check_failed", req.ctx.Err())
	case result := <-shared:
		return result.Val.(*oauth.Error)
	}
}

func (h *Handler) ask(ctx context.Context, req *request, connection *catalog.Connection, alg string, g store.Grant) *oauth.Error {
	answer, err := h.Check.Ask(ctx, connection, alg, g)
	switch {
	case err != nil && connection.RefreshCheck.OnFailure == catalog.FailureAllows:
		h.Log.Warn("the refresh check has no answer, and its connection lets the refresh go on", "connection", connection.ID, "cause", err)
		return nil
	case err != nil:
		return unavailable("refresh_check_failed", err)
	case !answer.Active:
		return h.endChecked(ctx, req, g)
	}
	return h.updateChecked(ctx, req, g, answer.Change)
}

// endChecked ends the grant: the company says that it is over.
func (h *Handler) endChecked(ctx context.Context, req *request, g store.Grant) *oauth.Error {
	_, err := h.Store.Revoke(ctx, store.Revoke{
		GrantID: g.ID, Reason: store.ReasonRefreshCheck, Now: req.now,
		Events: []store.Event{{At: req.now, Step: "refresh", Reason: "refresh_check_ended", Notes: map[string]string{"client": req.client.ID}}},
		Audit: []store.AuditEntry{{
			At: req.now, Actor: "refresh_check:" + g.Connection, Action: "grant.revoked", Object: "grant:" + g.ID,
			Detail: map[string]string{"reason": store.ReasonRefreshCheck},
		}},
	})
	if err != nil {
		return unavailable("store_unavailable", err)
	}
	return refreshRefused("refresh_check_ended")
}

// updateChecked writes what has changed, if anything has: most answers repeat what is
// known.
func (h *Handler) updateChecked(ctx context.Context, req *request, g store.Grant, change store.UserChange) *oauth.Error {
	if same(change.Apply(g.Claims), g.Claims) {
		return nil
	}
	_, err := h.Store.UpdateUser(ctx, store.UpdateUser{
		Connection: g.Connection, Sub: g.Sub, Change: change, Now: req.now,
		Audit: []store.AuditEntry{{
			At: req.now, Actor: "refresh_check:" + g.Connection, Action: "user.updated", Object: store.UserObject(g.Connection, g.Sub),
			Detail: map[string]string{"grant": g.ID},
		}},
	})
	if err != nil {
		return unavailable("store_unavailable", err)
	}
	return nil
}

// same compares what would be stored: an empty list is none.
func same(a, b store.User) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
