package oauth

// JSON from outside. encoding/json lets the last of two equal members win,
// matches names without regard to case and replaces broken text; each of the
// three has let an attacker show one value to a check and another to its user.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode"
	"unicode/utf8"
)

var (
	errJSONBOM       = errors.New("the JSON starts with a byte order mark")
	errJSONUTF8      = errors.New("the JSON is not valid UTF-8")
	errJSONSyntax    = errors.New("the body is not one JSON value")
	errJSONSurrogate = errors.New("the JSON escapes half of a surrogate pair")
	errJSONObject    = errors.New("the JSON is not an object")
)

// StrictJSON checks that body is exactly one JSON value that every parser
// reads alike: valid UTF-8 without byte order mark, no member twice in one
// object, also not in another case, no lone surrogate, no more than maxDepth
// arrays and objects inside each other. Its work is linear in len(body); its
// errors are sentences without a full stop that a stranger may read.
func StrictJSON(body []byte, maxDepth int) error {
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return errJSONBOM
	case !utf8.Valid(body):
		return errJSONUTF8
	case !json.Valid(body):
		return errJSONSyntax
	case hasLoneSurrogate(body):
		return errJSONSurrogate
	}
	return checkMembers(body, maxDepth)
}

// StrictObject checks body like [StrictJSON] and returns the members of the
// object that it must be. Names are exact: a member in another case is simply
// another member.
func StrictObject(body []byte, maxDepth int) (map[string]json.RawMessage, error) {
	if err := StrictJSON(body, maxDepth); err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return nil, errJSONObject
	}
	return members, nil
}

// An open array or object while checkMembers walks.
type jsonLevel struct {
	names     map[string]struct{} // of an object, folded; nil in an array
	wantValue bool                // the next token of an object is a value
}

// checkMembers walks the tokens of a valid body. It keeps its own stack, so
// depth costs heap and not goroutine stack, and stops at the first level too
// deep.
func checkMembers(body []byte, maxDepth int) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var stack []jsonLevel
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errJSONSyntax
		}
		if closing(token) {
			stack = stack[:len(stack)-1]
			continue
		}
		if name, ok := token.(string); ok && awaitsName(stack) {
			if err := addName(&stack[len(stack)-1], name); err != nil {
				return err
			}
			continue
		}
		if len(stack) > 0 {
			stack[len(stack)-1].wantValue = false
		}
		if delim, ok := token.(json.Delim); ok {
			if len(stack) == maxDepth {
				return fmt.Errorf("the JSON is nested more than %d levels deep", maxDepth)
			}
			stack = append(stack, newLevel(delim))
		}
	}
}

func closing(token json.Token) bool {
	return token == json.Delim('}') || token == json.Delim(']')
}

func awaitsName(stack []jsonLevel) bool {
	if len(stack) == 0 {
		return false
	}
	top := stack[len(stack)-1]
	return top.names != nil && !top.wantValue
}

func newLevel(opening json.Delim) jsonLevel {
	if opening == '{' {
		return jsonLevel{names: map[string]struct{}{}}
	}
	return jsonLevel{}
}

func addName(level *jsonLevel, name string) error {
	folded := foldName(name)
	if _, again := level.names[folded]; again {
		return fmt.Errorf("the JSON has the member %s twice (letter case does not count)", quote(name))
	}
	level.names[folded] = struct{}{}
	level.wantValue = true
	return nil
}

// foldName maps every rune to the least one that Unicode folds together with
// it, as encoding/json does: so "sub", "SUB" and "ſub" (U+017F) are one name.
func foldName(name string) string {
	folded := make([]rune, 0, len(name))
	for _, r := range name {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		folded = append(folded, least)
	}
	return string(folded)
}

// hasLoneSurrogate looks for \uD800–\uDFFF escapes that are not a pair: Go
// replaces each by U+FFFD, which would make different names and users equal.
// In valid JSON a backslash occurs only in strings and starts an escape.
func hasLoneSurrogate(body []byte) bool {
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++
		switch unit := escapedUnit(body[i-1:]); {
		case 0xD800 <= unit && unit < 0xDC00:
			low := escapedUnit(body[i+5:])
			if low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 10
		case 0xDC00 <= unit && unit <= 0xDFFF:
			return true
		}
	}
	return false
}

// escapedUnit returns the UTF-16 unit of a \uXXXX escape at the start of b, or
// -1 if none stands there.
func escapedUnit(b []byte) int {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return int(n)
}
