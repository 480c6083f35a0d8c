package oauth_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

func TestParseForm(t *testing.T) {
	p, err := oauth.ParseForm("client_id=a%20b+c&scope=&state&resource=https://a&resource=&resource=https%3A%2F%2Fb&&x=%C3%A9&e=a=b")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"client_id": "a b c", "scope": "", "state": "", "x": "é", "e": "a=b", "missing": "", "resource": "https://a"} {
		if got := p.Get(name); got != want || p.Has(name) != (want != "") {
			t.Errorf("%s = %q, has %v, want %q", name, got, p.Has(name), want)
		}
	}
	if got := p.All("resource"); !slices.Equal(got, []string{"https://a", "https://b"}) {
		t.Errorf("resource = %q", got)
	}
	if p, err := oauth.ParseForm(""); err != nil || len(p) != 0 {
		t.Errorf("empty: %v, %v", p, err)
	}
}

func TestParseFormRefused(t *testing.T) {
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "p%d=1&", i)
		}
		return strings.TrimSuffix(b.String(), "&")
	}
	tests := map[string]string{
		"a=1;b=2":                           "parameter_malformed",
		"state=a;state=b":                   "parameter_malformed",
		"a=1&;":                             "parameter_malformed",
		"a=%":                               "parameter_malformed",
		"a=%4":                              "parameter_malformed",
		"a=%zz":                             "parameter_malformed",
		"%zz=a":                             "parameter_malformed",
		"a=%00":                             "parameter_malformed",
		"a%00=1":                            "parameter_malformed",
		"a=\x00":                            "parameter_malformed",
		"a=%ff":                             "parameter_malformed",
		"a=\xff":                            "parameter_malformed",
		many(201):                           "parameters_too_many",
		strings.Repeat("resource=a&", 1000): "parameters_too_many",
		"a=1&a=1":                           "parameter_duplicated",
		"a=1&%61=2":                         "parameter_duplicated",
		"a=&a=1":                            "parameter_duplicated",
		"a&a":                               "parameter_duplicated",
		"a=1&b=2&a=":                        "parameter_duplicated",
		"=1&=2":                             "parameter_duplicated",
		"unknown&unknown":                   "parameter_duplicated",
	}
	for _, name := range []string{
		"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "code_challenge", "code_challenge_method", "prompt", "login_hint",
		"grant_type", "code", "code_verifier", "refresh_token", "client_secret", "client_assertion", "client_assertion_type", "token", "token_type_hint", "Resource",
	} {
		tests[name+"=a&x=y&"+name+"=b"] = "parameter_duplicated"
	}
	for s, reason := range tests {
		if p, err := oauth.ParseForm(s); err == nil || err.Reason != reason || err.Code != oauth.InvalidRequest || p != nil {
			t.Errorf("ParseForm(%.60q) = %v, %v, want %s", s, p, err, reason)
		}
	}
	if _, err := oauth.ParseForm(many(200)); err != nil {
		t.Errorf("200 parameters: %v", err)
	}
}

// A page repeats what is refused, so a link must not put words into its mouth.
func TestRepeatedParameterIsNamed(t *testing.T) {
	for name, want := range map[string]string{
		"client_id":                   "The parameter 'client_id' is repeated.",
		"Call+555-0100":               "A parameter is repeated.",
		"visit%20evil.example":        "A parameter is repeated.",
		"%D0%B0":                      "A parameter is repeated.",
		strings.Repeat("call_us_", 5): "A parameter is repeated.",
	} {
		_, refusal := oauth.ParseForm(name + "=1&" + name + "=2")
		if refusal == nil || refusal.Description != want {
			t.Errorf("%s: %v", name, refusal)
		}
	}
}

func FuzzParseForm(f *testing.F) {
	for _, s := range []string{"a=1&b=%20+&c", "resource=a&resource=b", "a;b", "%41=%C3%A9", "&&=&", "a=%00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, wireErr := oauth.ParseForm(s)
		if wireErr != nil {
			return
		}
		values, err := url.ParseQuery(s)
		if err != nil {
			t.Fatalf("%q: net/url refuses what was accepted: %v", s, err)
		}
		for name, list := range values {
			list = slices.DeleteFunc(list, func(v string) bool { return v == "" })
			if !slices.Equal(list, p.All(name)) {
				t.Fatalf("%q: %s is %q or %q", s, name, p.All(name), list)
			}
			if name != "resource" && len(list) > 1 {
				t.Fatalf("%q: %s is repeated", s, name)
			}
		}
		if len(p) > len(values) {
			t.Fatalf("%q: %v has more than %v", s, p, values)
		}
	})
}
