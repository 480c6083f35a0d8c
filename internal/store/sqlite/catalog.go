package sqlite

import (
	"context"
	"encoding/json"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// catalogState is objects and version of one moment.
type catalogState struct {
	objects []catalog.Object
	version int64
}

// Catalog implements store.Catalogs. One statement sees one snapshot.
func (s *Store) Catalog(ctx context.Context) ([]catalog.Object, int64, error) {
	state, err := read(ctx, s, func(q *session) (catalogState, error) {
		var state catalogState
		err := q.rows(`SELECT v.catalog, coalesce(o.kind, ''), coalesce(o.id, ''), coalesce(o.owner, ''),
			coalesce(o.disabled, 0), coalesce(o.spec, '')
			FROM versions AS v LEFT JOIN objects AS o ON true ORDER BY o.kind, o.id`, nil,
			func(scan scanner) error {
				var o catalog.Object
				var spec string
				err := scan(&state.version, &o.Kind, &o.ID, &o.Owner, &o.Disabled, &spec)
				if o.Spec = json.RawMessage(spec); o.ID != "" {
					state.objects = append(state.objects, o)
				}
				return err
			})
		return state, err
	})
	return state.objects, state.version, err
}

// ApplyCatalog implements store.Catalogs.
func (s *Store) ApplyCatalog(ctx context.Context, a store.ApplyCatalog) (int64, error) {
	return doMany(ctx, s.writer, func(q *session) (int64, error) {
		var version int64
		current, err := q.row(`UPDATE versions SET catalog = catalog + 1 WHERE catalog = ? RETURNING catalog`,
			[]any{a.Base}, &version)
		if err == nil && !current {
			err = store.ErrConflict
		}
		if err != nil {
			return 0, err
		}
		if err := put(q, a.Put, a.Now); err != nil {
			return 0, err
		}
		if err := remove(q, a.Delete, a.Now); err != nil {
			return 0, err
		}
		return version, record(q, a.Audit)
	})
}

func put(q *session, objects []catalog.Object, now time.Time) error {
	for _, o := range objects {
		if err := announceDisabled(q, o, now); err != nil {
			return err
		}
		_, err := q.exec(`INSERT INTO objects (kind, id, owner, disabled, spec) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (kind, id) DO UPDATE SET owner = excluded.owner, disabled = excluded.disabled, spec = excluded.spec`,
			string(o.Kind), o.ID, string(o.Owner), o.Disabled, string(o.Spec))
		if err != nil {
			return err
		}
		if r, ok := store.RevocationByBlock(o, now); ok {
			if _, err := revoke(q, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// remove deletes objects and ends the grants that hung on them.
func remove(q *session, refs []catalog.Ref, now time.Time) error {
	for _, ref := range refs {
		if _, err := q.exec(`DELETE FROM objects WHERE kind = ? AND id = ?`, string(ref.Kind), ref.ID); err != nil {
			return err
		}
		if r, ok := store.RevocationFor(ref, now); ok {
			if _, err := revoke(q, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// announceDisabled tells MCP servers of the grants that hang on an object which is
// enabled until now and will not be.
func announceDisabled(q *session, o catalog.Object, now time.Time) error {
	var one int
	r, ok := store.AnnouncementFor(o.Ref(), now)
	if !ok || !o.Disabled {
		return nil
	}
	enabled, err := q.row(`SELECT 1 FROM objects WHERE kind = ? AND id = ? AND NOT disabled`, []any{string(o.Kind), o.ID}, &one)
	if err != nil || !enabled {
		return err
	}
	return announce(q, r)
}
