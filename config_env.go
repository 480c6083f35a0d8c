package symbolon

// The environment: SYMBOLON_ and a field path, for every scalar that is not in a list.

import (
	"reflect"
	"strings"
	"time"
)

const (
	envPrefix = "SYMBOLON_"
	envSecret = "SYMBOLON_SECRET"
)

// applyEnvironment overwrites what the file said. An empty variable is no variable.
func applyEnvironment(cfg *Config, getenv func(string) string, problems *configProblems) {
	if getenv == nil {
		return
	}
	cfg.Secret = Secret(getenv(envSecret))
	setFromEnvironment(reflect.ValueOf(cfg).Elem(), "", getenv, problems)
}

func setFromEnvironment(into reflect.Value, path string, getenv func(string) string, problems *configProblems) {
	for _, f := range configFields(into.Type()) {
		target, field := into.Field(f.index), joinField(path, f.name)
		if target.Kind() == reflect.Struct {
			setFromEnvironment(target, field, getenv, problems)
			continue
		}
		name := envPrefix + strings.ToUpper(strings.ReplaceAll(field, ".", "_"))
		text := getenv(name)
		if text == "" || target.Kind() == reflect.Slice {
			continue
		}
		problems.origin.places[field] = configPlace{source: name}
		if wrong := setFromText(target, text); wrong != "" {
			problems.refuse(field, "%s", wrong)
		}
	}
}

// setFromText returns what is wrong with the text, "" for nothing.
func setFromText(into reflect.Value, text string) (wrong string) {
	switch {
	case into.Type() == reflect.TypeFor[time.Duration]():
		var d time.Duration
		d, wrong = parseDuration(text)
		into.SetInt(int64(d))
	case into.Kind() == reflect.Bool:
		if text != "true" && text != "false" {
			return "must be true or false"
		}
		into.SetBool(text == "true")
	case into.Kind() == reflect.Int:
		var n int
		n, wrong = parseCount(text)
		into.SetInt(int64(n))
	default:
		into.SetString(text)
	}
	return wrong
}
