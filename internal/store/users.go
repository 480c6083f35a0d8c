package store

import (
	"cmp"
	"context"
	"encoding/json"
	"time"
)

// Users is a company's say over its own users, who are (connection, sub). A user
// need not be known: what a company says of somebody who never came here holds
// when he does.
type Users interface {
	// UpdateUser changes what the tokens of a user say, from the next refresh on,
	// and whether he may use them at all, from the commit on.
	UpdateUser(ctx context.Context, u UpdateUser) (UserUpdated, error)
	// UserDisabled reports whether the user is disabled.
	UserDisabled(ctx context.Context, connection, sub string) (bool, error)
	// UserRecord is everything held about a user, as of one moment. A user of
	// whom nothing is known has an empty record.
	UserRecord(ctx context.Context, connection, sub string) (UserRecord, error)
	// EraseUser ends the user's grants and deletes what is held about him. What
	// must stay (that something happened, or that a login was used) stays without
	// the sub.
	EraseUser(ctx context.Context, e EraseUser) (UserErased, error)
}

// UpdateUser is the company's newer word on one of its users. It reaches the live
// grants and the logins that still wait for a decision. A login that is posted
// later brings its own claims and is not changed by it.
type UpdateUser struct {
	Connection, Sub string
	Change          UserChange
	// Disabled, if given, ends or restores the use of everything the user allowed:
	// redemption, rotation and the decision to allow refuse while it holds. A
	// user's becoming disabled is a Revocation of each live grant.
	Disabled *bool
	Now      time.Time
	Audit    []AuditEntry // written in any case: the company has spoken
}

// UserChange replaces what is not nil.
type UserChange struct {
	Email, Name                      *string
	OrganizationID, OrganizationName *string
	Roles, Groups                    *[]string
	CustomAttributes                 *json.RawMessage
	// Organizations are what is new of some of the user's organisations. Nil roles
	// and an empty name stay as they are; none is taken from the user or given.
	Organizations *[]Organization
}

// Empty says whether there is nothing to replace.
func (c UserChange) Empty() bool { return c == UserChange{} }

// Apply is u with the change. An address that was verified says nothing about the
// one that replaces it.
func (c UserChange) Apply(u User) User {
	if c.Email != nil && *c.Email != u.Email {
		u.Email, u.EmailVerified = *c.Email, nil
	}
	replace(&u.Name, c.Name)
	replace(&u.OrganizationID, c.OrganizationID)
	replace(&u.OrganizationName, c.OrganizationName)
	replace(&u.Roles, c.Roles)
	replace(&u.Groups, c.Groups)
	replace(&u.CustomAttributes, c.CustomAttributes)
	return c.organizations(u)
}

// organizations changes the one that was chosen, and those that wait to be.
func (c UserChange) organizations(u User) User {
	if u.Chosen != nil && u.Chosen.Organization != nil {
		chosen, o := *u.Chosen, c.organization(*u.Chosen.Organization)
		chosen.Organization, u.Chosen = &o, &chosen
	}
	if u.Offer != nil {
		offer := Offer{Options: u.Offer.Options}
		for _, o := range u.Offer.Organizations {
			offer.Organizations = append(offer.Organizations, c.organization(o))
		}
		u.Offer = &offer
	}
	return u
}

// organization is o with the change. Roles that are named without saying where are
// all that the user has: those in the organisation must not outlive them unsaid.
func (c UserChange) organization(o Organization) Organization {
	if c.Roles != nil {
		o.Roles = nil
	}
	if c.Organizations == nil {
		return o
	}
	for _, said := range *c.Organizations {
		if said.ID == o.ID {
			o.Name = cmp.Or(said.Name, o.Name)
			if said.Roles != nil {
				o.Roles = said.Roles
			}
		}
	}
	return o
}

// Check holds the change to the rules of a posted user.
func (c UserChange) Check() *FieldError {
	if err := c.Apply(User{}).Check(); err != nil || c.Organizations == nil {
		return err
	}
	return (&Offer{Organizations: *c.Organizations}).check(User{})
}

func replace[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// UserUpdated is the answer to UpdateUser.
type UserUpdated struct {
	Disabled bool     // after the update
	Grants   []string // live grants whose claims were replaced, in no order
}

// UserRecord is everything held about a user.
type UserRecord struct {
	Disabled bool
	Grants   []Grant      // ended ones too, newest first
	Logins   []Login      // posted and not yet decided; decided ones hold no user
	Attempts []Attempt    // newest first
	Audit    []AuditEntry // about the user and these grants, newest first
}

// EraseUser deletes a user.
type EraseUser struct {
	Connection, Sub string
	// Pseudonym takes the place of the sub in audit entries about the user.
	Pseudonym string
	Reason    string // of the Revocations
	Now       time.Time
	Audit     []AuditEntry // must not name the user but by the pseudonym
}

// UserErased counts what EraseUser deleted. Ended are the grants that were live.
type UserErased struct {
	Ended                    []string
	Grants, Logins, Attempts int64
}

// OrganizationObject is how audit entries name an organisation of a company's.
func OrganizationObject(connection, id string) string { return "organization:" + connection + "/" + id }

// UserObject is how audit entries name a user.
func UserObject(connection, sub string) string { return "user:" + connection + "/" + sub }
