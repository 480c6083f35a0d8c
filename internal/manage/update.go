package manage

import (
	"net/http"
	"slices"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/userchange"
)

// updated is the user after the update.
type updated struct {
	Disabled bool     `json:"disabled"`
	Updated  int      `json:"updated"` // live grants whose claims were replaced
	Grants   []string `json:"grants"`
}

// UpdateUser answers POST …/users:update. Members that are absent or null stay as
// they are; "", [] and {} empty them. New claims are in the tokens from the next
// refresh on; disabled holds from the commit on.
func (h *Handler) UpdateUser(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, func(q *request) (any, *httpx.Problem) {
		intent, problem := q.update()
		if problem != nil {
			return nil, problem
		}
		done, err := h.Store.UpdateUser(q.Context(), intent)
		if err != nil {
			return nil, h.failed("user not updated", err)
		}
		slices.Sort(done.Grants)
		return updated{done.Disabled, len(done.Grants), append([]string{}, done.Grants...)}, nil
	})
}

// update reads what the company says.
func (q *request) update() (store.UpdateUser, *httpx.Problem) {
	u := store.UpdateUser{Connection: q.connection.ID, Sub: q.sub, Now: q.now}
	given := slices.Sorted(func(yield func(string) bool) {
		for name := range q.body {
			if !yield(name) {
				return
			}
		}
	})
	change, wrong := userchange.Take(q.body)
	if wrong != nil {
		return u, invalid("member_invalid", wrong.Field, wrong.Detail)
	}
	u.Change = change
	var problem *httpx.Problem
	if u.Disabled, problem = take[bool](q.body, "disabled", "true or false"); problem != nil {
		return u, problem
	}
	if problem := q.done(); problem != nil {
		return u, problem
	}
	return u, q.checkUpdate(&u, given)
}

// checkUpdate holds the change to the rules of a posted user.
func (q *request) checkUpdate(u *store.UpdateUser, given []string) *httpx.Problem {
	if u.Change.Empty() && u.Disabled == nil {
		return invalid("update_empty", "", "Name at least one member to update.")
	}
	if err := userchange.Check(u.Change); err != nil {
		return invalid("user_invalid", err.Field, err.Detail)
	}
	if u.Disabled != nil {
		action := "user.enabled"
		if *u.Disabled {
			action = "user.disabled"
		}
		u.Audit = append(u.Audit, q.audit(action, nil)...)
	}
	if !u.Change.Empty() { // which, not what: the values are personal data
		u.Audit = append(u.Audit, q.audit("user.updated", map[string]string{"members": strings.Join(given, " ")})...)
	}
	return nil
}
