package main

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon"
)

func TestHandlers(t *testing.T) {
	cfg, err := symbolon.ParseConfig("symbolon.yaml", []byte(exampleConfig), nil)
	if err != nil {
		t.Fatal(err)
	}
	for lang := range handlerFiles {
		var out strings.Builder
		if err := printHandler(&out, lang, cfg); err != nil {
			t.Fatal(err)
		}
		handler := out.String()
		for _, want := range []string{
			"https://auth.example.com", "/api/v1/connections/conn_acme/auth-requests/", "skc_acme",
			"redirect_url", "Continue as", "partner:callback?state={state}&login_verifier={auth_request_id}",
		} {
			if !strings.Contains(handler, want) {
				t.Errorf("%s: lacks %s", lang, want)
			}
		}
		if !strings.Contains(strings.ToLower(handler), "symbolon-handoff") {
			t.Errorf("%s: does not announce the handoff", lang)
		}
		if strings.Contains(handler, "[[") || strings.Contains(handler, "<no value>") {
			t.Errorf("%s: not filled in:\n%s", lang, handler)
		}
		if lang == "go" {
			if _, err := parser.ParseFile(token.NewFileSet(), "login.go", "package app\n"+handler, 0); err != nil {
				t.Error(err)
			}
		}
	}
}

// The example is where an operator looks for a field, so it has them all.
func TestExampleShowsEveryField(t *testing.T) {
	var schema any
	if err := json.Unmarshal(symbolon.ConfigSchema(), &schema); err != nil {
		t.Fatal(err)
	}
	names := propertyNames(schema, map[string]bool{})
	if len(names) < 30 {
		t.Fatalf("only %d fields in the schema", len(names))
	}
	for name := range names {
		if !strings.Contains(exampleConfig, name+":") {
			t.Errorf("the example lacks %s", name)
		}
	}
}

func propertyNames(schema any, into map[string]bool) map[string]bool {
	switch s := schema.(type) {
	case []any:
		for _, v := range s {
			propertyNames(v, into)
		}
	case map[string]any:
		properties, _ := s["properties"].(map[string]any)
		for name := range properties {
			into[name] = true
		}
		for _, v := range s {
			propertyNames(v, into)
		}
	}
	return into
}
