package store

import (
	"fmt"
	"regexp"
	"slices"
)

// Limits of an offer. Names are bytes; what a page shows of them is shorter still.
const (
	maxOrganizations = 100
	maxOptions       = 10
	maxChoices       = 100
	maxOfferName     = 200
	maxOfferID       = 255
)

// claimName is what a question may become below custom_claims.
var claimName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// protectedClaims are those that tokens have for something else, or that other
// servers read. Who takes custom_claims out of their object must not be able to
// let a user answer one of them.
var protectedClaims = []string{
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "act", "may_act", "cnf", "client_id", "scope", "scopes", "scp",
	"grant_id", "auth_time", "acr", "amr", "nonce", "sid", "org_id", "organization", "organization_external_id",
	"organization_external_name", "roles", "role", "groups", "entitlements", "permissions", "custom_claims", "email",
	"email_verified", "name", "given_name", "family_name", "preferred_username", "picture", "gender", "locale",
	"phone_number", "phone_number_verified", "authorization_details", "active", "token_type", "username",
}

// ProtectedClaim says whether no question may become this claim.
func ProtectedClaim(name string) bool { return slices.Contains(protectedClaims, name) }

// check holds for every offer that is posted.
func (o *Offer) check(u User) *FieldError {
	if o == nil {
		return nil
	}
	switch {
	case len(o.Organizations) > 0 && u.OrganizationID != "":
		return &FieldError{"organizations", "organizations and organization_external_id both say which organization: send one of them."}
	case len(o.Organizations) > maxOrganizations:
		return &FieldError{"organizations", "organizations has more than 100 entries."}
	case len(o.Options) > maxOptions:
		return &FieldError{"consent_options", "consent_options has more than 10 entries."}
	}
	if err := each("organizations", o.Organizations, func(o Organization) string { return o.ID }, Organization.check); err != nil {
		return err
	}
	return each("consent_options", o.Options, func(o Option) string { return o.Claim }, Option.check)
}

// each checks the items of a list, whose keys must be unique.
func each[T any](field string, items []T, key func(T) string, check func(T, string) *FieldError) *FieldError {
	seen := map[string]bool{}
	for i, item := range items {
		at := fmt.Sprintf("%s[%d]", field, i)
		if err := check(item, at); err != nil {
			return err
		}
		if seen[key(item)] {
			return &FieldError{at, fmt.Sprintf("%s repeats %q.", at, key(item))}
		}
		seen[key(item)] = true
	}
	return nil
}

func (o Organization) check(at string) *FieldError {
	if err := checkNames(at, "id", o.ID, o.Name); err != nil {
		return err
	}
	return checkList(at+".roles", o.Roles)
}

func (o Option) check(at string) *FieldError {
	switch {
	case !claimName.MatchString(o.Claim):
		return &FieldError{at + ".claim", at + ".claim must be a lower-case letter and then at most 63 of a-z, 0-9 and _."}
	case ProtectedClaim(o.Claim):
		return &FieldError{at + ".claim", fmt.Sprintf("%s.claim is %q, which tokens have for something else.", at, o.Claim)}
	case len(o.Choices) == 0 || len(o.Choices) > maxChoices:
		return &FieldError{at + ".choices", at + ".choices must have 1 to 100 entries."}
	}
	if err := checkNames(at, "claim", o.Claim, o.Label); err != nil {
		return err
	}
	return each(at+".choices", o.Choices, func(c OptionChoice) string { return c.Value }, OptionChoice.check)
}

func (c OptionChoice) check(at string) *FieldError {
	if err := checkNames(at, "value", c.Value, c.Label); err != nil {
		return err
	}
	return checkNames(at, "group", "group", c.Group)
}

// checkNames checks the id of something, and the words for it, which may be absent.
func checkNames(at, field, id, words string) *FieldError {
	switch {
	case id == "":
		return &FieldError{at + "." + field, at + "." + field + " is missing or empty."}
	case len(id) > maxOfferID:
		return &FieldError{at + "." + field, at + "." + field + " is longer than 255 bytes."}
	case len(words) > maxOfferName:
		return &FieldError{at, at + " has a name, label or group longer than 200 bytes."}
	}
	if err := checkText(at+"."+field, id); err != nil {
		return err
	}
	return checkText(at, words)
}
