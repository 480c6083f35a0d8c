package oauth_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

func TestStrictJSON(t *testing.T) {
	for _, body := range []string{
		`{}`, `[]`, `null`, `1`, `"x"`, ` {"a":1} `, `{"a":{"a":{"b":1}},"b":[{"a":1},{"a":2}]}`, `{"a":"a","b":"a"}`,
		`{"a":[],"b":{},"c":"c"}`, `{"x":["x","x"],"y":"x"}`, `{"sub":"😀"}`, `{"sub":"\ud83d\ude00"}`, `{"a":"\\ud800"}`, `{"":1}`, `[[[1]]]`, `{"a":1e999}`,
	} {
		if err := oauth.StrictJSON([]byte(body), 3); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
	for _, body := range []string{
		``, ` `, `{`, `{"a":1}}`, `{"a":1}{"b":2}`, `{"a":1} x`, `{"a":1,}`, `[1,]`, `{a:1}`, `{'a':1}`, `{"a" 1}`, `nul`, `01`, "{\"a\":\"\n\"}", `{"a":1}/**/`,
		"\xef\xbb\xbf{}", "\xff\xfe{\x00}\x00", "{\"a\":\"\xff\"}", "{\"a\":\"\xc0\xaf\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"\xff\":1}",
		`{"sub":"a","sub":"b"}`, `{"sub":"a","sub":"a"}`, `{"sub":"a","SUB":"b"}`, `{"sub":"a","ſub":"b"}`, `{"sub":"a","\u017fub":"b"}`, `{"sub":"a","s\u0075b":"b"}`,
		`{"kid":1,"\u212Aid":2}`, `{"a":{"b":1,"B":2}}`, `[{"b":1,"b":2}]`, `{"a":[{}],"b":{"c":{},"c":{}}}`, `{"É":1,"é":2}`, `{"Σ":1,"ς":2}`, `{"":1,"":2}`,
		`{"sub":"\ud800"}`, `{"sub":"\ud800x"}`, `{"sub":"\ude00\ud83d"}`, `{"sub":"\ud83d\ud83d\ude00"}`, `{"\udc00":1}`, `{"sub":"\ud83d\\ude00"}`, `["\uD800"]`, `"\uDFFF"`,
		`[[[[1]]]]`, `{"a":{"a":{"a":{}}}}`, strings.Repeat("[", 10000) + strings.Repeat("]", 10000), strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000),
	} {
		if err := oauth.StrictJSON([]byte(body), 3); err == nil {
			t.Errorf("accepted %.80q", body)
		}
	}
}

func TestStrictObject(t *testing.T) {
	members, err := oauth.StrictObject([]byte(`{"SUB":"mallory","email":null}`), 4)
	if err != nil || members["sub"] != nil || string(members["SUB"]) != `"mallory"` || string(members["email"]) != "null" {
		t.Errorf("members = %s, %v", members, err)
	}
	for _, body := range []string{`null`, `[]`, `"x"`, `1`, `{"a":1,"A":2}`, ``} {
		if _, err := oauth.StrictObject([]byte(body), 4); err == nil {
			t.Errorf("accepted %s", body)
		}
	}
}

func FuzzStrictJSON(f *testing.F) {
	for _, s := range []string{`{"sub":"a","ſub":"b"}`, `[{"a":"\ud83d\ude00"},1.5e3,null]`, `{"a":{"b":[{}]},"c":"\\u"}`, "\xef\xbb\xbf{}", `{"\uD800":1}`, `"\`, `"\ud83d\u`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if oauth.StrictJSON(body, 20) != nil {
			return
		}
		// What passed says the same to a parser that keeps every member.
		var value any
		if err := json.Unmarshal(body, &value); err != nil {
			if strings.Contains(err.Error(), "number") {
				t.Skip() // 1e999: valid JSON, no float64
			}
			t.Fatal(err)
		}
		again, err := json.Marshal(value)
		if err != nil || oauth.StrictJSON(again, 20) != nil {
			t.Fatalf("%s became %s, %v", body, again, err)
		}
		if bytes.Count(body, []byte(":")) == 0 {
			return
		}
		if members, err := oauth.StrictObject(body, 20); err == nil {
			if object, ok := value.(map[string]any); !ok || len(object) != len(members) {
				t.Fatalf("%s has %d members or %d", body, len(members), len(object))
			}
		}
	})
}
