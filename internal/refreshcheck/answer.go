package refreshcheck

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/userchange"
)

// Answer is what the company says.
type Answer struct {
	Active bool // the grant goes on
	Change store.UserChange
}

const maxDepth = 12

// parseAnswer reads {"active": true, "user": {…}}. It is strict: a misspelt member could
// be the one that ends the access.
func parseAnswer(body []byte) (Answer, error) {
	object, err := oauth.StrictObject(body, maxDepth)
	if err != nil {
		return Answer{}, fmt.Errorf("the answer is not a valid JSON object: %w", err)
	}
	var active *bool
	if json.Unmarshal(object["active"], &active) != nil || active == nil {
		return Answer{}, errors.New("the answer's active must be true or false")
	}
	a := Answer{Active: *active}
	if user, ok := object["user"]; ok && string(user) != "null" {
		if a.Change, err = parseUser(user); err != nil {
			return Answer{}, err
		}
	}
	delete(object, "active")
	delete(object, "user")
	if len(object) > 0 {
		return Answer{}, errors.New("the answer has a member that is neither active nor user")
	}
	return a, nil
}

func parseUser(raw json.RawMessage) (store.UserChange, error) {
	user, err := oauth.StrictObject(raw, maxDepth)
	if err != nil {
		return store.UserChange{}, fmt.Errorf("the answer's user is not a valid JSON object: %w", err)
	}
	change, wrong := userchange.Take(user)
	if wrong == nil {
		wrong = userchange.Check(change)
	}
	switch {
	case wrong != nil:
		return store.UserChange{}, fmt.Errorf("the answer's user: %s", wrong.Detail)
	case len(user) > 0:
		return store.UserChange{}, errors.New("the answer's user has a member that cannot be changed here")
	}
	return change, nil
}
