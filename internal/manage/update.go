package manage

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/store"
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
	for _, read := range []func() *httpx.Problem{
		field(q, &u.Change.Email, "email", "a string"),
		field(q, &u.Change.Name, "name", "a string"),
		field(q, &u.Change.OrganizationID, "organization_external_id", "a string"),
		field(q, &u.Change.OrganizationName, "organization_external_name", "a string"),
		list(q, &u.Change.Roles, "roles"),
		list(q, &u.Change.Groups, "groups"),
		attributes(q, &u.Change.CustomAttributes, "custom_attributes"),
		field(q, &u.Disabled, "disabled", "true or false"),
		q.done,
	} {
		if problem := read(); problem != nil {
			return u, problem
		}
	}
	return u, q.checkUpdate(&u, given)
}

// checkUpdate holds the change to the rules of a posted user.
func (q *request) checkUpdate(u *store.UpdateUser, given []string) *httpx.Problem {
	switch {
	case u.Change.Empty() && u.Disabled == nil:
		return invalid("update_empty", "", "Name at least one member to update.")
	case u.Change.Email != nil && *u.Change.Email == "":
		return invalid("user_invalid", "email", "email cannot be emptied.")
	}
	if err := u.Change.Apply(store.User{Sub: q.sub}).Check(); err != nil {
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

func field[T any](q *request, to **T, name, kind string) func() *httpx.Problem {
	return func() (problem *httpx.Problem) {
		*to, problem = take[T](q.body, name, kind)
		return problem
	}
}

func list(q *request, to **[]string, name string) func() *httpx.Problem {
	return func() *httpx.Problem {
		const kind = "an array of strings"
		items, problem := take[[]*string](q.body, name, kind)
		if problem != nil || items == nil {
			return problem
		}
		all := make([]string, len(*items))
		for i, item := range *items {
			if item == nil {
				return invalid("member_invalid", name, name+" must be "+kind+".")
			}
			all[i] = *item
		}
		*to = &all
		return nil
	}
}

func attributes(q *request, to **json.RawMessage, name string) func() *httpx.Problem {
	return func() *httpx.Problem {
		raw := compact(q.body[name])
		object, problem := take[map[string]json.RawMessage](q.body, name, "an object")
		if problem == nil && object != nil {
			*to = &raw
		}
		return problem
	}
}
