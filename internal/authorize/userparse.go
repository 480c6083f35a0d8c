package authorize

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
)

const (
	maxUserDepth = 12 // how deep a user object may nest
	maxNamed     = 20 // how many unknown members are named
)

// parsedUser is the body of a user-details POST.
type parsedUser struct {
	user    store.User
	failed  bool
	unknown []string
}

// parseUser reads the user object strictly: encoding/json alone would take "SUB" or
// "ſub" for sub, and the last of two. Each field may be spelled in snake_case or
// camelCase, not in both; members that are not known are ignored and named.
func parseUser(body []byte) (parsedUser, *httpx.Problem) {
	object, err := oauth.StrictObject(body, maxUserDepth)
	if err != nil {
		return parsedUser{}, &httpx.Problem{Status: http.StatusBadRequest, Code: "json_invalid", Detail: "The body is not a valid user object: " + err.Error() + "."}
	}
	m := &userMembers{object: object}
	u := store.User{
		Sub:                 m.text("sub"),
		Email:               m.text("email"),
		EmailVerified:       m.flag("email_verified"),
		Name:                m.text("name"),
		GivenName:           m.text("given_name"),
		FamilyName:          m.text("family_name"),
		PreferredUsername:   m.text("preferred_username"),
		Picture:             m.text("picture"),
		Gender:              m.text("gender"),
		Locale:              m.text("locale"),
		PhoneNumber:         m.text("phone_number"),
		PhoneNumberVerified: m.flag("phone_number_verified"),
		Groups:              m.list("groups"),
		Roles:               m.list("roles"),
		OrganizationID:      m.text("organization_external_id"),
		OrganizationName:    m.text("organization_external_name"),
		CustomAttributes:    m.attributes("custom_attributes"),
	}
	u.Offer = m.offer()
	failed := m.flag("login_failed")
	if m.problem != nil {
		return parsedUser{}, m.problem
	}
	return parsedUser{user: u, failed: failed != nil && *failed, unknown: m.rest()}, nil
}

// userMembers takes members out of the object; the first problem stays.
type userMembers struct {
	object  map[string]json.RawMessage
	problem *httpx.Problem
	nested  []string // unknown members of members
}

// take removes a member in either spelling. null counts as absent.
func (m *userMembers) take(name string) (json.RawMessage, bool) {
	value, found := m.object[name]
	delete(m.object, name)
	if camel := camelCase(name); camel != name {
		if other, twice := m.object[camel]; twice {
			if found {
				m.refuse(name, name+" and "+camel+" are the same field: send one of them.")
			}
			value, found = other, true
			delete(m.object, camel)
		}
	}
	if string(value) == "null" {
		return nil, false
	}
	return value, found
}

func (m *userMembers) refuse(field, detail string) {
	if m.problem == nil {
		m.problem = invalidUser(field, detail)
	}
}

func invalidUser(field, detail string) *httpx.Problem {
	return &httpx.Problem{Status: http.StatusBadRequest, Code: "user_invalid", Field: field, Detail: detail}
}

func (m *userMembers) text(name string) string {
	value, ok := m.take(name)
	if !ok {
		return ""
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		m.refuse(name, name+" must be a string.")
	}
	return s
}

func (m *userMembers) flag(name string) *bool {
	value, ok := m.take(name)
	if !ok {
		return nil
	}
	var b bool
	if json.Unmarshal(value, &b) != nil {
		m.refuse(name, name+" must be true or false.")
	}
	return &b
}

func (m *userMembers) list(name string) []string {
	value, ok := m.take(name)
	if !ok {
		return nil
	}
	var list []*string
	if json.Unmarshal(value, &list) != nil || slices.Contains(list, nil) {
		m.refuse(name, name+" must be an array of strings.")
		return nil
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = *s
	}
	return out
}

func (m *userMembers) attributes(name string) json.RawMessage {
	value, ok := m.take(name)
	if !ok {
		return nil
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(value, &object) != nil || object == nil {
		m.refuse(name, name+" must be an object.")
		return nil
	}
	compacted, err := json.Marshal(object)
	if err != nil {
		m.refuse(name, name+" must be an object.")
	}
	return compacted
}

// rest names the members that were not known.
func (m *userMembers) rest() []string {
	names := m.nested
	for name := range m.object {
		if len(names) < maxNamed {
			names = append(names, printable(name))
		}
	}
	slices.Sort(names)
	return names
}

// validateUser holds for both transports.
func validateUser(u store.User) *httpx.Problem {
	switch {
	case u.Sub == "":
		return &httpx.Problem{Status: http.StatusBadRequest, Code: "user_sub_missing", Field: "sub", Detail: "sub is required: your own stable id of the user."}
	case u.Email == "":
		return &httpx.Problem{Status: http.StatusBadRequest, Code: "user_email_missing", Field: "email", Detail: "email is required."}
	}
	if err := u.Check(); err != nil {
		return invalidUser(err.Field, err.Detail)
	}
	return nil
}

func deceptive(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// printable bounds and cleans a stranger's text for logs and notes.
func printable(s string) string {
	if len(s) > 64 {
		s = s[:64]
	}
	return strings.Map(func(r rune) rune {
		if deceptive(r) || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s)
}

// camelCase turns email_verified into emailVerified.
func camelCase(name string) string {
	first, rest, _ := strings.Cut(name, "_")
	var b strings.Builder
	b.WriteString(first)
	for part := range strings.SplitSeq(rest, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}
