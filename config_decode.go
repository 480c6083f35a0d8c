package symbolon

// From YAML nodes to the fields of Config. The library's own decoder converts
// and merges; here every value is what it looks like, every name is known, and
// each field's place is kept for later complaints.

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

type configDecoder struct {
	file     string
	problems *configProblems
}

// configField is a field of a configuration struct, under its name in a file.
type configField struct {
	name  string
	index int
}

// configFields lists what a file can say about a struct, in the struct's order.
func configFields(t reflect.Type) []configField {
	var fields []configField
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" && name != "-" {
			fields = append(fields, configField{name: name, index: i})
		}
	}
	return fields
}

func joinField(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// value decodes n into a field and remembers where that stands.
func (d *configDecoder) value(n *yaml.Node, into reflect.Value, path string) {
	d.problems.origin.places[path] = d.place(n)
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		d.problems.refuse(path, "uses a YAML anchor or alias; write the value out")
		return
	}
	switch {
	case into.Type() == reflect.TypeFor[ClientPolicy]() && n.Kind == yaml.ScalarNode:
		if n.Value != "any" {
			d.problems.refuse(path, "is neither any nor lists; write any, or {redirect_hosts: [claude.ai]}")
		}
	case into.Type() == reflect.TypeFor[Alias]() && n.Kind == yaml.ScalarNode:
		d.scalar(n, into.FieldByName("URL"), path)
	case into.Kind() == reflect.Struct:
		d.mapping(n, into, path)
	case into.Kind() == reflect.Slice:
		d.sequence(n, into, path)
	default:
		d.scalar(n, into, path)
	}
}

func (d *configDecoder) place(n *yaml.Node) configPlace {
	return configPlace{source: d.file, line: n.Line, column: n.Column}
}

func (d *configDecoder) mapping(n *yaml.Node, into reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.problems.refuse(path, "must be fields, each as name: value, not %s", describeNode(n))
		return
	}
	fields, seen := configFields(into.Type()), map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field := joinField(path, printableKey(key))
		at := d.place(key)
		f, known := findField(fields, key)
		switch {
		case !known:
			d.problems.refuseAt(at, field, "%s", unknownField(key, fields))
		case seen[f.name] > 0:
			d.problems.refuseAt(at, field, "is written twice, first in line %d; keep one", seen[f.name])
		default:
			seen[f.name] = key.Line
			d.value(value, into.Field(f.index), field)
		}
	}
	if into.Type() == reflect.TypeFor[ClientPolicy]() && len(n.Content) == 0 {
		d.problems.refuse(path, "names no list, which would admit nobody; write any to admit everyone")
	}
}

// findField matches names exactly: a merge key (<<) or a name that is no plain
// text matches nothing.
func findField(fields []configField, key *yaml.Node) (configField, bool) {
	if key.Kind == yaml.ScalarNode {
		for _, f := range fields {
			if f.name == key.Value {
				return f, true
			}
		}
	}
	return configField{}, false
}

func (d *configDecoder) sequence(n *yaml.Node, into reflect.Value, path string) {
	switch {
	case n.Kind != yaml.SequenceNode:
		d.problems.refuse(path, "must be a list, as in [a, b] or with a line - a for each, not %s", describeNode(n))
	case len(n.Content) == 0 && strings.Contains(path, "."):
		d.problems.refuse(path, "is an empty list; leave the field out or name something")
	default:
		into.Set(reflect.MakeSlice(into.Type(), len(n.Content), len(n.Content)))
		for i, element := range n.Content {
			d.value(element, into.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	}
}

// scalar decodes text, switches, numbers and durations. It quotes no value: the field
// may be a secret.
func (d *configDecoder) scalar(n *yaml.Node, into reflect.Value, path string) {
	switch {
	case n.Kind != yaml.ScalarNode:
		d.problems.refuse(path, "must be a single value, not %s", describeNode(n))
	case n.ShortTag() == "!!null":
		d.problems.refuse(path, "has no value; write one or leave the field out")
	case into.Kind() == reflect.Bool:
		if n.ShortTag() != "!!bool" || n.Value != "true" && n.Value != "false" {
			d.problems.refuse(path, "must be true or false, without quotes")
		}
		into.SetBool(n.Value == "true")
	case into.Kind() == reflect.Int:
		number, wrong := parseCount(n.Value)
		if n.ShortTag() != "!!int" && wrong == "" {
			wrong = "must be a number, without quotes"
		}
		if wrong != "" {
			d.problems.refuse(path, "%s", wrong)
		}
		into.SetInt(int64(number))
	case into.Type() == reflect.TypeFor[time.Duration]():
		duration, wrong := parseDuration(n.Value)
		if wrong != "" {
			d.problems.refuse(path, "%s", wrong)
		}
		into.SetInt(int64(duration))
	case n.ShortTag() != "!!str":
		d.problems.refuse(path, "must be text; put the value in quotes")
	case n.Value == "":
		d.problems.refuse(path, "is empty; write a value or leave the field out")
	default:
		into.SetString(n.Value)
	}
}

// parseDuration wants a unit, and more than nothing: zero is how a program
// says "the default", and written in a file it looks like "never".
func parseDuration(s string) (d time.Duration, wrong string) {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return 0, fmt.Sprintf("%q is no duration; write a number with a unit, as in 30s, 10m or 720h", s)
	case d <= 0:
		return 0, "must be longer than zero; leave the field out for its default"
	}
	return d, ""
}

// parseCount wants digits, and more than nothing, for the same reason.
func parseCount(s string) (n int, wrong string) {
	n, err := strconv.Atoi(s)
	switch {
	case err != nil || strconv.Itoa(n) != s:
		return 0, fmt.Sprintf("%q is no whole number; write it in digits, as in 100", s)
	case n <= 0:
		return 0, "must be more than zero; leave the field out for its default"
	}
	return n, ""
}

func describeNode(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "fields"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.ShortTag() == "!!null":
		return "nothing"
	default:
		return "a single value"
	}
}

// printableKey is a key as messages may show it.
func printableKey(key *yaml.Node) string {
	if key.Kind != yaml.ScalarNode {
		return describeNode(key)
	}
	const longest = 64
	if name := key.Value; len(name) <= longest && name != "" && strings.Trim(name, keyChars) == "" {
		return name
	}
	return fmt.Sprintf("%.*q", longest, key.Value)
}

const keyChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
