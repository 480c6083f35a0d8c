package tracing

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Store is s, with a span for each intent that a request waits for. system is the
// kind of database ("sqlite", "postgresql").
func (t *Tracer) Store(s store.Store, system string) store.Store {
	if t == nil {
		return s
	}
	return tracedStore{s, t.tracer, attribute.String("db.system.name", system)}
}

type tracedStore struct {
	store.Store
	tracer trace.Tracer
	system attribute.KeyValue
}

// span runs an intent within a span of its name. The text of an error stays out: a
// database quotes values.
func span[T any](ctx context.Context, s tracedStore, name string, run func(context.Context) (T, error)) (T, error) {
	ctx, span := s.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(s.system, attribute.String("db.operation.name", name)))
	defer span.End()
	answer, err := run(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		kind := "internal"
		if errors.Is(err, store.ErrUnavailable) {
			kind = "unavailable"
		}
		span.SetAttributes(attribute.String("error.type", kind))
		span.SetStatus(codes.Error, "")
	}
	return answer, err
}

// PutLogin implements store.Logins.
func (s tracedStore) PutLogin(ctx context.Context, p store.PutLogin) (store.PutLoginOutcome, error) {
	return span(ctx, s, "PutLogin", func(ctx context.Context) (store.PutLoginOutcome, error) { return s.Store.PutLogin(ctx, p) })
}

// Login implements store.Logins.
func (s tracedStore) Login(ctx context.Context, id store.LoginID) (store.Login, error) {
	return span(ctx, s, "Login", func(ctx context.Context) (store.Login, error) { return s.Store.Login(ctx, id) })
}

// Decide implements store.Logins.
func (s tracedStore) Decide(ctx context.Context, d store.Decide) (store.DecideOutcome, error) {
	return span(ctx, s, "Decide", func(ctx context.Context) (store.DecideOutcome, error) { return s.Store.Decide(ctx, d) })
}

// Burn implements store.Logins.
func (s tracedStore) Burn(ctx context.Context, b store.Burn) (bool, error) {
	return span(ctx, s, "Burn", func(ctx context.Context) (bool, error) { return s.Store.Burn(ctx, b) })
}

// RedeemCode implements store.Grants.
func (s tracedStore) RedeemCode(ctx context.Context, r store.RedeemCode) (store.Redeemed, error) {
	return span(ctx, s, "RedeemCode", func(ctx context.Context) (store.Redeemed, error) { return s.Store.RedeemCode(ctx, r) })
}

// RotateRefresh implements store.Grants.
func (s tracedStore) RotateRefresh(ctx context.Context, r store.RotateRefresh) (store.Rotated, error) {
	return span(ctx, s, "RotateRefresh", func(ctx context.Context) (store.Rotated, error) { return s.Store.RotateRefresh(ctx, r) })
}

// Revoke implements store.Grants.
func (s tracedStore) Revoke(ctx context.Context, r store.Revoke) ([]string, error) {
	return span(ctx, s, "Revoke", func(ctx context.Context) ([]string, error) { return s.Store.Revoke(ctx, r) })
}

// FindGrant implements store.Grants.
func (s tracedStore) FindGrant(ctx context.Context, f store.FindGrant) (store.Grant, error) {
	return span(ctx, s, "FindGrant", func(ctx context.Context) (store.Grant, error) { return s.Store.FindGrant(ctx, f) })
}

// ListGrants implements store.Grants.
func (s tracedStore) ListGrants(ctx context.Context, f store.GrantFilter) ([]store.Grant, error) {
	return span(ctx, s, "ListGrants", func(ctx context.Context) ([]store.Grant, error) { return s.Store.ListGrants(ctx, f) })
}

// ConsumeOnce implements store.Store.
func (s tracedStore) ConsumeOnce(ctx context.Context, o store.Once, now time.Time) (bool, error) {
	return span(ctx, s, "ConsumeOnce", func(ctx context.Context) (bool, error) { return s.Store.ConsumeOnce(ctx, o, now) })
}

// AppendAttempt implements store.Journal.
func (s tracedStore) AppendAttempt(ctx context.Context, id string, events []store.Event) error {
	_, err := span(ctx, s, "AppendAttempt", func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.Store.AppendAttempt(ctx, id, events)
	})
	return err
}
