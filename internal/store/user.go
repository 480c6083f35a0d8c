package store

import "encoding/json"

// User is what a company says of one of its users: the wire contract's user
// object, validated. A user is (connection, Sub); Sub stays the app's own.
// Pointers are nil where the company said nothing.
type User struct {
	Sub                 string          `json:"sub,omitempty"`
	Email               string          `json:"email,omitempty"`
	EmailVerified       *bool           `json:"email_verified,omitempty"`
	Name                string          `json:"name,omitempty"`
	GivenName           string          `json:"given_name,omitempty"`
	FamilyName          string          `json:"family_name,omitempty"`
	PreferredUsername   string          `json:"preferred_username,omitempty"`
	Picture             string          `json:"picture,omitempty"`
	Gender              string          `json:"gender,omitempty"`
	Locale              string          `json:"locale,omitempty"`
	PhoneNumber         string          `json:"phone_number,omitempty"`
	PhoneNumberVerified *bool           `json:"phone_number_verified,omitempty"`
	Groups              []string        `json:"groups,omitempty"`
	Roles               []string        `json:"roles,omitempty"`
	OrganizationID      string          `json:"organization_external_id,omitempty"`
	OrganizationName    string          `json:"organization_external_name,omitempty"`
	CustomAttributes    json.RawMessage `json:"custom_attributes,omitempty"` // an object of at most 4 KB

	Offer  *Offer  `json:"offer,omitempty"`  // of a login, until it is decided
	Chosen *Chosen `json:"chosen,omitempty"` // of a grant, for its life
}
