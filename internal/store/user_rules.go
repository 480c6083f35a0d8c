package store

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what a company says of a user, in bytes where it is text.
const (
	maxSub              = 255
	maxUserText         = 1024
	maxOrganizationName = 200
	maxUserList         = 200
	maxCustomAttributes = 4 << 10
)

// FieldError names the member of a user object that cannot be accepted, and says
// why in words for the engineer who sent it.
type FieldError struct{ Field, Detail string }

func (e *FieldError) Error() string { return e.Detail }

// Check holds every way on which a company says who somebody is. What is required
// depends on the way and is not checked here.
func (u User) Check() *FieldError {
	for _, limit := range []struct {
		field   string
		exceeds bool
		detail  string
	}{
		{"sub", len(u.Sub) > maxSub, "sub is longer than 255 bytes."},
		{"organization_external_name", len(u.OrganizationName) > maxOrganizationName, "organization_external_name is longer than 200 bytes."},
		{"custom_attributes", len(u.CustomAttributes) > maxCustomAttributes, "custom_attributes is larger than 4 KB."},
	} {
		if limit.exceeds {
			return &FieldError{limit.field, limit.detail}
		}
	}
	for _, text := range []struct{ field, value string }{
		{"sub", u.Sub},
		{"email", u.Email},
		{"name", u.Name},
		{"given_name", u.GivenName},
		{"family_name", u.FamilyName},
		{"preferred_username", u.PreferredUsername},
		{"picture", u.Picture},
		{"gender", u.Gender},
		{"locale", u.Locale},
		{"phone_number", u.PhoneNumber},
		{"organization_external_id", u.OrganizationID},
		{"organization_external_name", u.OrganizationName},
	} {
		if err := checkText(text.field, text.value); err != nil {
			return err
		}
	}
	if err := checkList("groups", u.Groups); err != nil {
		return err
	}
	if err := checkList("roles", u.Roles); err != nil {
		return err
	}
	return u.Offer.check(u)
}

func checkList(field string, items []string) *FieldError {
	if len(items) > maxUserList {
		return &FieldError{field, field + " has more than 200 entries."}
	}
	for _, item := range items {
		if err := checkText(field, item); err != nil {
			return err
		}
	}
	return nil
}

// checkText refuses what could make one user look like another on a page or in a
// log: control characters and those that change the direction of text.
func checkText(field, value string) *FieldError {
	switch {
	case len(value) > maxUserText:
		return &FieldError{field, field + " is longer than 1024 bytes."}
	case !utf8.ValidString(value):
		return &FieldError{field, field + " is not valid UTF-8."}
	case strings.ContainsFunc(value, deceptive):
		return &FieldError{field, field + " holds a control or bidirectional formatting character."}
	}
	return nil
}

func deceptive(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}
