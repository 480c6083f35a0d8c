package catalog

// The words of a diff, for the operator's eyes.

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Action is what happens to an object.
type Action string

// The actions. Disabling keeps grants, so that enabling brings them back;
// deleting ends them.
const (
	ActionCreate  Action = "create"
	ActionChange  Action = "change"
	ActionEnable  Action = "enable"
	ActionDisable Action = "disable"
	ActionDelete  Action = "delete"
)

// DiffLine is what happens to one object.
type DiffLine struct {
	Action Action
	Ref    Ref
	Fields []FieldChange // by name; none for create and delete
}

// FieldChange is a member of a specification before and after: JSON, "" where
// it was or will be absent. Of secrets nothing is shown.
type FieldChange struct {
	Name     string
	From, To string
	// Secret is what happened to the client's secrets, and the field is no more than that.
	Secret string
}

// String is one line without line break.
func (l DiffLine) String() string {
	words := []string{string(l.Action), l.Ref.String()}
	if l.endsGrants() {
		words = append(words, "and end its grants")
	}
	if len(l.Fields) == 0 {
		return strings.Join(words, " ")
	}
	fields := make([]string, len(l.Fields))
	for i, f := range l.Fields {
		fields[i] = f.String()
	}
	return strings.Join(words, " ") + ": " + strings.Join(fields, "; ")
}

// endsGrants: what hangs on a deleted object, and what a client has when a block
// begins. Lifting a block ends nothing.
func (l DiffLine) endsGrants() bool {
	if l.Ref.Kind == KindBlockedClient {
		return l.Action == ActionCreate || l.Action == ActionEnable
	}
	return l.Action == ActionDelete
}

// String is "name: from → to".
func (f FieldChange) String() string {
	switch {
	case f.Secret != "":
		return f.Secret
	case f.From == "":
		return f.Name + ": set to " + f.To
	case f.To == "":
		return f.Name + ": removed, was " + f.From
	}
	return f.Name + ": " + f.From + " → " + f.To
}

// The fields of secrets: their hashes stay here.
const (
	secretField  = "secret_hash"
	secretsField = "other_secret_hashes"
)

func changedFields(from, to json.RawMessage) ([]FieldChange, error) {
	before, err := members(from)
	if err != nil {
		return nil, err
	}
	after, err := members(to)
	if err != nil {
		return nil, err
	}
	names := maps.Clone(before)
	maps.Copy(names, after)
	var fields []FieldChange
	for _, name := range sortedKeys(names) {
		switch {
		case name == secretField || name == secretsField:
			// Told together, below.
		case bytes.Equal(before[name], after[name]):
		default:
			fields = append(fields, FieldChange{Name: name, From: show(name, before[name]), To: show(name, after[name])})
		}
	}
	if what := secretChange(before, after); what != "" {
		fields = append(fields, FieldChange{Name: secretField, Secret: what})
	}
	slices.SortFunc(fields, func(a, b FieldChange) int { return strings.Compare(a.Name, b.Name) })
	return fields, nil
}

// secretChange tells what became of the secrets, without showing any.
func secretChange(before, after map[string]json.RawMessage) string {
	old, now := secretsOf(before), secretsOf(after)
	lost := func(from, to []string) bool {
		return slices.ContainsFunc(from, func(s string) bool { return !slices.Contains(to, s) })
	}
	switch added, removed := lost(now, old), lost(old, now); {
	case added && removed:
		return "secret changed"
	case added:
		return "secret added"
	case removed:
		return "secret removed"
	case !slices.Equal(old, now):
		return "secrets in another order"
	}
	return ""
}

func secretsOf(spec map[string]json.RawMessage) []string {
	var first string
	var others []string
	// What does not decode is a secret of its own: it differs from all others.
	if raw := spec[secretField]; raw != nil && json.Unmarshal(raw, &first) != nil {
		first = string(raw)
	}
	if raw := spec[secretsField]; raw != nil && json.Unmarshal(raw, &others) != nil {
		others = []string{string(raw)}
	}
	if first == "" {
		return others
	}
	return append([]string{first}, others...)
}

// members are the values of a specification, each canonical.
func members(raw json.RawMessage) (map[string]json.RawMessage, error) {
	canonical, err := canonicalJSON(raw)
	if err != nil {
		return nil, fmt.Errorf("the specification is not JSON: %w", err)
	}
	var m map[string]json.RawMessage
	err = json.Unmarshal(canonical, &m)
	return m, err
}

// durations are kept as nanoseconds, which nobody reads.
var durations = []string{"access_token_ttl", "refresh_token_ttl", "refresh_token_idle_ttl"}

func show(name string, value json.RawMessage) string {
	if name == "brand" {
		return showBrand(value)
	}
	var d time.Duration
	if slices.Contains(durations, name) && json.Unmarshal(value, &d) == nil {
		return d.String()
	}
	return string(value)
}

// showBrand stands in for the bytes of a logo, which nobody reads either.
func showBrand(value json.RawMessage) string {
	var b Brand
	if json.Unmarshal(value, &b) != nil || len(b.LogoPNG) == 0 {
		return string(value)
	}
	sum := sha256.Sum256(b.LogoPNG)
	b.LogoPNG, b.LogoURL = nil, "file, SHA-256 "+hex.EncodeToString(sum[:4])+"…"
	shown, err := json.Marshal(b)
	if err != nil {
		return "a logo"
	}
	return strings.Replace(string(shown), "logo_url", "logo", 1)
}
