// Acme's users. They are Acme's alone: Symbolon never sees a password and keeps no user table.
package acme

import (
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// User is somebody who can sign in to Acme.
type User struct {
	ID    string // never changes; Symbolon's sub
	Email string
	Name  string

	hash string // bcrypt
}

// Account is what a person types to sign in.
type Account struct{ Email, Password string }

// Accounts are the sample users with their passwords, for a demo to print. A real app has no such thing.
func Accounts() []Account {
	return []Account{
		{"alice@acme.example", "wonderland"},
		{"bob@acme.example", "marmalade"},
	}
}

func sampleUsers() []*User {
	return []*User{
		{ID: "acme-1001", Email: "alice@acme.example", Name: "Alice Adams", hash: "$2a$10$pg1Jm4OrLRI62MykrgXxl.POoluXnsV5rJ0UWHuTaHJRxBLhH8pDC"},
		{ID: "acme-1002", Email: "bob@acme.example", Name: "Bob Brown", hash: "$2a$10$c9dXnypq2oamesScvNRFlO1yJ4XhV/YQhUg/qdDiL7130SPfCVZ0G"},
	}
}

// nobody's hash is compared where there is no user, so that the time does not tell which addresses exist.
const nobodyHash = "$2a$10$pg1Jm4OrLRI62MykrgXxl.POoluXnsV5rJ0UWHuTaHJRxBLhH8pDC"

func (a *App) authenticate(email, password string) *User {
	user := a.users[strings.ToLower(strings.TrimSpace(email))]
	hash := nobodyHash
	if user != nil {
		hash = user.hash
	}
	if bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) != nil {
		return nil
	}
	return user
}

// Initials stand where other apps show a picture.
func (u *User) Initials() string {
	var initials strings.Builder
	for word := range strings.FieldsSeq(u.Name) {
		initials.WriteString(word[:1])
	}
	return initials.String()
}

// FirstName is how Acme talks to its users.
func (u *User) FirstName() string {
	first, _, _ := strings.Cut(u.Name, " ")
	return first
}
