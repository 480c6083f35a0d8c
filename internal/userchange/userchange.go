// Package userchange reads what a company says anew of one of its users, in whichever
// message it says so: users:update, or the answer to a refresh-time check.
package userchange

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Take takes the members of a change out of an object: email, name,
// organization_external_id, organization_external_name, roles, groups, custom_attributes
// and organizations. What is absent or null stays as it is; "", [] and {} empty it. The
// error is about a member's type; [Check] judges the values.
func Take(object map[string]json.RawMessage) (store.UserChange, *store.FieldError) {
	m := members{object: object}
	c := store.UserChange{
		Email:            text(&m, "email"),
		Name:             text(&m, "name"),
		OrganizationID:   text(&m, "organization_external_id"),
		OrganizationName: text(&m, "organization_external_name"),
		Roles:            m.list("roles"),
		Groups:           m.list("groups"),
		CustomAttributes: m.attributes("custom_attributes"),
		Organizations:    m.organizations("organizations"),
	}
	return c, m.wrong
}

// Check holds a change to the rules of a posted user.
func Check(c store.UserChange) *store.FieldError {
	if c.Email != nil && *c.Email == "" {
		return &store.FieldError{Field: "email", Detail: "email cannot be emptied."}
	}
	return c.Check()
}

// members are those of the object that nobody has taken yet; the first that is wrong stays.
type members struct {
	object map[string]json.RawMessage
	wrong  *store.FieldError
}

// take is the value of a member, nil if it is absent or null.
func take[T any](m *members, name, kind string) *T {
	raw, found := m.object[name]
	delete(m.object, name)
	if !found || string(raw) == "null" {
		return nil
	}
	v := new(T)
	if json.Unmarshal(raw, v) != nil {
		m.refuse(name, kind)
		return nil
	}
	return v
}

func (m *members) refuse(name, kind string) {
	if m.wrong == nil {
		m.wrong = &store.FieldError{Field: name, Detail: name + " must be " + kind + "."}
	}
}

func text(m *members, name string) *string { return take[string](m, name, "a string") }

func (m *members) list(name string) *[]string {
	const kind = "an array of strings"
	items := take[[]*string](m, name, kind)
	if items == nil {
		return nil
	}
	all := make([]string, len(*items))
	for i, item := range *items {
		if item == nil {
			m.refuse(name, kind)
			return nil
		}
		all[i] = *item
	}
	return &all
}

// organizations takes a list of {id, name, roles}.
func (m *members) organizations(name string) *[]store.Organization {
	items := take[[]map[string]json.RawMessage](m, name, "an array of objects")
	if items == nil {
		return nil
	}
	all := make([]store.Organization, len(*items))
	for i, item := range *items {
		in, at := members{object: item}, fmt.Sprintf("%s[%d]", name, i)
		if id := text(&in, "id"); id != nil {
			all[i].ID = *id
		}
		if words := text(&in, "name"); words != nil {
			all[i].Name = *words
		}
		if roles := in.list("roles"); roles != nil {
			all[i].Roles = *roles
		}
		switch {
		case m.wrong != nil:
		case in.wrong != nil:
			m.wrong = &store.FieldError{Field: at + "." + in.wrong.Field, Detail: at + "." + in.wrong.Detail}
		case len(item) > 0:
			m.wrong = &store.FieldError{Field: at, Detail: at + " has a member that is none of id, name and roles."}
		}
	}
	return &all
}

func (m *members) attributes(name string) *json.RawMessage {
	raw := m.object[name]
	if take[map[string]json.RawMessage](m, name, "an object") == nil {
		return nil
	}
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return nil // it was an object a moment ago
	}
	out := json.RawMessage(compact.Bytes())
	return &out
}
