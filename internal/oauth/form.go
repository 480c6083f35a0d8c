package oauth

// Request parameters, RFC 6749 §3.1 and appendix B. net/url drops what it
// cannot read and keeps the rest; a request that two parsers read differently
// is refused here instead.

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

const (
	maxParams = 200 // in one request
	maxNamed  = 32  // bytes of a parameter's name that a refusal repeats
)

// Params are the parameters of one request. None is empty, and only
// "resource" has more than one value.
type Params map[string][]string

// ParseForm reads a query string or a form-encoded body. A parameter without
// value counts as omitted (RFC 6749 §3.1). Refused are repeated parameters,
// except resource (RFC 8707 §2), ";" as a separator, broken escapes, NUL and
// text that is not UTF-8.
func ParseForm(s string) (Params, *Error) {
	if strings.Contains(s, ";") {
		return nil, E(InvalidRequest, "parameter_malformed", "Parameters must be separated by &, and a ; must be percent-encoded.")
	}
	if strings.Count(s, "&") >= maxParams {
		return nil, E(InvalidRequest, "parameters_too_many", "The request has more than 200 parameters.")
	}
	params, seen := Params{}, map[string]bool{}
	for pair := range strings.SplitSeq(s, "&") {
		if pair == "" {
			continue
		}
		name, value, ok := decodePair(pair)
		switch {
		case !ok:
			return nil, E(InvalidRequest, "parameter_malformed", "The parameters are not form-encoded UTF-8 text.")
		case seen[name] && name != "resource":
			return nil, E(InvalidRequest, "parameter_duplicated", repeated(name))
		}
		seen[name] = true
		if value != "" {
			params[name] = append(params[name], value)
		}
	}
	return params, nil
}

func decodePair(pair string) (name, value string, ok bool) {
	rawName, rawValue, _ := strings.Cut(pair, "=")
	name, errName := url.QueryUnescape(rawName)
	value, errValue := url.QueryUnescape(rawValue)
	return name, value, errName == nil && errValue == nil && isText(name) && isText(value)
}

// repeated names the parameter if that is a word: the sentence also stands on pages,
// where the words of a stranger's link must not.
func repeated(name string) string {
	if len(name) > maxNamed {
		return "A parameter is repeated."
	}
	for i := range len(name) {
		if c := name[i] | 0x20; (c < 'a' || c > 'z') && name[i] != '_' {
			return "A parameter is repeated."
		}
	}
	return "The parameter " + quote(name) + " is repeated."
}

// isText refuses what a database or a log would cut or replace.
func isText(s string) bool {
	return utf8.ValidString(s) && !strings.Contains(s, "\x00")
}

// Get returns the value of a parameter, "" if it was omitted.
func (p Params) Get(name string) string {
	if values := p[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// Has reports whether the parameter was sent with a value.
func (p Params) Has(name string) bool { return len(p[name]) > 0 }

// All returns every value of a parameter; only "resource" can have several.
func (p Params) All(name string) []string { return p[name] }
