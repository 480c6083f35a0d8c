package authorize

// The members of a user object that offer the user a choice.

import (
	"encoding/json"
	"fmt"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// offer takes the members that make one, nil if there are none.
func (m *userMembers) offer() *store.Offer {
	offer := store.Offer{
		Organizations: objects(m, "organizations", func(m *userMembers) store.Organization {
			return store.Organization{ID: m.text("id"), Name: m.text("name"), Roles: m.list("roles")}
		}),
		Options: objects(m, "consent_options", option),
	}
	if offer.Organizations == nil && offer.Options == nil {
		return nil
	}
	return &offer
}

func option(m *userMembers) store.Option {
	required := m.flag("required")
	return store.Option{
		Claim: m.text("claim"), Label: m.text("label"), Required: required != nil && *required,
		Choices: objects(m, "choices", func(m *userMembers) store.OptionChoice {
			return store.OptionChoice{Value: m.text("value"), Label: m.text("label"), Group: m.text("group")}
		}),
	}
}

// objects takes a member that is a list of objects. The outermost object was read
// strictly, and with it all that is inside.
func objects[T any](m *userMembers, name string, read func(*userMembers) T) []T {
	value, ok := m.take(name)
	if !ok {
		return nil
	}
	var raw []map[string]json.RawMessage
	if json.Unmarshal(value, &raw) != nil {
		m.refuse(name, name+" must be an array of objects.")
		return nil
	}
	list := make([]T, len(raw))
	for i, object := range raw {
		item := &userMembers{object: object}
		list[i] = read(item)
		at := fmt.Sprintf("%s[%d]", name, i)
		if item.problem != nil {
			m.refuse(at+"."+item.problem.Field, at+": "+item.problem.Detail)
		}
		for _, unknown := range item.rest() {
			if len(m.nested) < maxNamed {
				m.nested = append(m.nested, at+"."+unknown)
			}
		}
	}
	return list
}
