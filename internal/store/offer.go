package store

import (
	"encoding/json"
	"slices"
)

// Offer is what a company lets its user choose from on the consent page. It is
// part of the login and ends with the decision.
type Offer struct {
	Organizations []Organization `json:"organizations,omitempty"`
	Options       []Option       `json:"consent_options,omitempty"`
}

// Organization is one that the user belongs to, and the roles the user has there.
type Organization struct {
	ID    string   `json:"id"`
	Name  string   `json:"name,omitempty"`
	Roles []string `json:"roles,omitempty"`
}

// Option is a question whose answer becomes a claim below custom_claims.
type Option struct {
	Claim    string         `json:"claim"`
	Label    string         `json:"label,omitempty"`
	Choices  []OptionChoice `json:"choices"`
	Required bool           `json:"required,omitempty"`
}

// OptionChoice is one answer; the value becomes the claim.
type OptionChoice struct {
	Value string `json:"value"`
	Label string `json:"label,omitempty"`
	Group string `json:"group,omitempty"`
}

// Choice is what the user answered, as the form says it: it counts only where the
// login offers it.
type Choice struct {
	Organization string            // id; "" takes the only one, if there is only one
	Options      map[string]string // value by claim; absent or "" is no answer
}

// Chosen is what was chosen, for the life of a grant: a company that updates its
// user later does not move a grant to another organisation.
type Chosen struct {
	Organization *Organization     `json:"organization,omitempty"`
	Claims       map[string]string `json:"claims,omitempty"`
}

// Organizations are those that u may act for: the ones offered, or else the one
// that the company named.
func (u User) Organizations() []Organization {
	switch {
	case u.Offer != nil && len(u.Offer.Organizations) > 0:
		return u.Offer.Organizations
	case u.OrganizationID != "":
		return []Organization{{ID: u.OrganizationID, Name: u.OrganizationName}}
	}
	return nil
}

// Organization is the one that tokens of u name, the zero Organization if none.
func (u User) Organization() Organization {
	if u.Chosen != nil && u.Chosen.Organization != nil {
		return Organization{ID: u.Chosen.Organization.ID, Name: u.Chosen.Organization.Name}
	}
	return Organization{ID: u.OrganizationID, Name: u.OrganizationName}
}

// AllRoles are u's own and those in the organisation that was chosen, which are kept
// apart so that either can change.
func (u User) AllRoles() []string {
	if u.Chosen == nil || u.Chosen.Organization == nil {
		return u.Roles
	}
	return union(u.Roles, u.Chosen.Organization.Roles)
}

// Options are the questions that u is asked.
func (u User) Options() []Option {
	if u.Offer == nil {
		return nil
	}
	return u.Offer.Options
}

// CustomClaims are the custom attributes and, before them, what the user chose.
func (u User) CustomClaims() (json.RawMessage, error) {
	if u.Chosen == nil || len(u.Chosen.Claims) == 0 {
		return u.CustomAttributes, nil
	}
	all := map[string]any{}
	if len(u.CustomAttributes) > 0 {
		var attributes map[string]json.RawMessage // keeps the digits of numbers
		if err := json.Unmarshal(u.CustomAttributes, &attributes); err != nil {
			return nil, err
		}
		for name, value := range attributes {
			all[name] = value
		}
	}
	for name, value := range u.Chosen.Claims {
		all[name] = value
	}
	return json.Marshal(all)
}

// Empty says that c answers nothing. It then leaves a user alone to whom nothing
// is offered.
func (c Choice) Empty() bool { return c.Organization == "" && c.answers() == 0 }

// fits says whether every answer of c was offered to u, and all that u must
// answer is answered.
func (c Choice) fits(u User) bool {
	if _, ok := c.organization(u); !ok {
		return false
	}
	answered := 0
	for _, o := range u.Options() {
		switch value := c.Options[o.Claim]; {
		case value == "" && o.Required, value != "" && !o.offers(value):
			return false
		case value != "":
			answered++
		}
	}
	return answered == c.answers()
}

func (o Option) offers(value string) bool {
	return slices.ContainsFunc(o.Choices, func(c OptionChoice) bool { return c.Value == value })
}

// answers counts the options that c answers.
func (c Choice) answers() (n int) {
	for _, value := range c.Options {
		if value != "" {
			n++
		}
	}
	return n
}

// organization is the one that c means; ok is false if u cannot mean it, nil is
// right where there is nothing to choose.
func (c Choice) organization(u User) (chosen *Organization, ok bool) {
	offered := u.Organizations()
	if c.Organization == "" {
		switch {
		case u.Offer == nil || len(u.Offer.Organizations) == 0:
			return nil, true
		case len(offered) == 1:
			return &offered[0], true
		}
		return nil, false
	}
	for i := range offered {
		if offered[i].ID == c.Organization {
			return &offered[i], true
		}
	}
	return nil, false
}

// claims are u's details as the grant keeps them: without the offer, with what c
// chose from it. c fits u.
func (c Choice) claims(u User) User {
	var chosen Chosen
	if o, _ := c.organization(u); o != nil {
		chosen.Organization = o
		u.OrganizationID, u.OrganizationName = o.ID, o.Name
	}
	for claim, value := range c.Options {
		if value != "" {
			if chosen.Claims == nil {
				chosen.Claims = map[string]string{}
			}
			chosen.Claims[claim] = value
		}
	}
	u.Offer = nil
	if chosen.Organization != nil || chosen.Claims != nil {
		u.Chosen = &chosen
	}
	return u
}

// union is a and what b has beside it; it changes neither.
func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}
