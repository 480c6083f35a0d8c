package symbolon

// The schema is made from the types, so that no field is forgotten and no
// description goes its own way.

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"

	"github.com/symbolon-auth/symbolon/internal/catalog"
)

var update = flag.Bool("update", false, "write files that are made from source")

func TestSchemaIsMadeFromTypes(t *testing.T) {
	m := schemaMaker{docs: fieldDocs(t)}
	want := m.object(reflect.TypeFor[Config]())
	want["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	want["title"] = "symbolon.yaml"
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("config.schema.json", out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(out.Bytes(), ConfigSchema()) {
		t.Error("config.schema.json differs from the types; run: go test -run Schema -update .")
	}
}

func TestSchemaJudgesLikeTheLoader(t *testing.T) {
	var schema jsonschema.Schema
	if err := json.Unmarshal(ConfigSchema(), &schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, yaml string
		valid      bool
	}{
		{"smallest", "base_url: http://localhost:3010", true},
		{"any", "base_url: x\nmcp_servers: [{id: res_a, url: u, connection: conn_a, clients: any}]", true},
		{"lists", "base_url: x\nmcp_servers: [{id: res_a, url: u, connection: conn_a, clients: {ids: [a]}}]", true},
		{"aliases", "base_url: x\nmcp_servers: [{id: res_a, url: u, connection: conn_a, aliases: [v, {url: w, organization: o}]}]", true},
		{"alias without url", "base_url: x\nmcp_servers: [{id: res_a, url: u, connection: conn_a, aliases: [{organization: o}]}]", false},
		{"no base_url", "listen: :3010", false},
		{"unknown", "base_url: x\nbrand: {}", false},
		{"unknown inside", "base_url: x\nconnections: [{id: conn_a, login_url: x, colour: red}]", false},
		{"enum", "base_url: x\nconnections: [{id: conn_a, login_url: x, login_verifier: no}]", false},
		{"id", "base_url: x\nconnections: [{id: acme, login_url: x}]", false},
		{"duration", "base_url: x\ngrace: 30", false},
		{"number", "base_url: x\nlimits: {global: {rate: 100}}", true},
		{"number as text", "base_url: x\nlimits: {global: {rate: many}}", false},
		{"number zero", "base_url: x\nlimits: {global: {rate: 0}}", false},
		{"policy", "base_url: x\nmcp_servers: [{id: res_a, url: u, connection: conn_a, clients: {}}]", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var instance any
			if err := yaml.Load([]byte(tt.yaml), &instance); err != nil {
				t.Fatal(err)
			}
			if err := resolved.Validate(instance); (err == nil) != tt.valid {
				t.Errorf("valid = %v, want %v: %v", err == nil, tt.valid, err)
			}
		})
	}
}

type schema = map[string]any

type schemaMaker struct{ docs map[string]string }

// formats says of single fields what their type does not.
var formats = map[string]schema{
	"APIClient.ID":                   {"pattern": "^skc_[A-Za-z0-9_-]{1,60}$"},
	"APIClient.Role":                 {"enum": []string{"login", "resource"}},
	"Connection.ID":                  {"pattern": "^conn_[A-Za-z0-9_-]{1,27}$"},
	"Connection.LoginVerifier":       {"enum": []string{"required", "declared"}},
	"RefreshCheck.OnFailure":         {"enum": []string{"deny", "allow"}},
	"MCPServer.ID":                   {"pattern": "^res_[A-Za-z0-9_-]{1,60}$"},
	"MCPServer.SigningAlg":           {"enum": catalog.SigningAlgs},
	"MCPServer.TokenIssuer":          {"enum": []string{"resource", "base"}},
	"Brand.Accent":                   {"pattern": "^#[0-9A-Fa-f]{6}$"},
	"Brand.Logo":                     {"pattern": "^(file:|https://)."},
	"Client.ID":                      {"pattern": "^cli_[A-Za-z0-9_-]{1,60}$"},
	"Client.TokenEndpointAuthMethod": {"enum": []string{"none", "client_secret_basic", "client_secret_post"}},
}

func (m schemaMaker) object(t reflect.Type) schema {
	properties, required := schema{}, []string{}
	for _, f := range configFields(t) {
		field := t.Field(f.index)
		key := t.Name() + "." + field.Name
		property := m.value(field.Type)
		maps.Copy(property, formats[key])
		property["description"] = m.docs[key]
		properties[f.name] = property
		if strings.HasSuffix(m.docs[key], " Required.") {
			required = append(required, f.name)
		}
	}
	object := schema{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		object["required"] = required
	}
	return object
}

func (m schemaMaker) value(t reflect.Type) schema {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return schema{"type": "string", "pattern": "^([0-9.]+(ns|us|µs|ms|s|m|h))+$"}
	case t == reflect.TypeFor[ClientPolicy]():
		lists := m.object(t)
		lists["minProperties"] = 1
		return schema{"oneOf": []any{schema{"const": "any"}, lists}}
	case t == reflect.TypeFor[Alias]():
		return schema{"oneOf": []any{schema{"type": "string", "minLength": 1}, m.object(t)}}
	case t.Kind() == reflect.Struct:
		return m.object(t)
	case t.Kind() == reflect.Slice:
		return schema{"type": "array", "items": m.value(t.Elem())}
	case t.Kind() == reflect.Int:
		return schema{"type": "integer", "minimum": 1}
	case t.Kind() == reflect.Bool:
		return schema{"type": "boolean"}
	default:
		return schema{"type": "string", "minLength": 1}
	}
}

// fieldDocs reads the comments of config.go by "Type.Field" and speaks of
// fields by their names in a file.
func fieldDocs(t *testing.T) map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	docs, names := map[string]string{}, map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		body, ok := spec.Type.(*ast.StructType)
		if !ok {
			return false
		}
		for _, f := range body.Fields.List {
			if f.Tag == nil {
				continue
			}
			name := reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("yaml")
			docs[spec.Name.Name+"."+f.Names[0].Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
			names[f.Names[0].Name] = name
		}
		return false
	})
	for key, doc := range docs {
		if doc == "" {
			t.Errorf("%s has no comment", key)
		}
		docs[key] = inFileTerms(doc, names)
	}
	return docs
}

var (
	// A field's name is a word of English, too, unless it starts the comment,
	// follows "means" or has an underscore in its file name.
	fieldWord = regexp.MustCompile(`(^|means )[A-Z][A-Za-z]+\b|\b[A-Z][A-Za-z]+\b`)
	zeroValue = regexp.MustCompile(`\b(Empty|Zero|None) means`)
)

func inFileTerms(doc string, names map[string]string) string {
	doc = fieldWord.ReplaceAllStringFunc(doc, func(s string) string {
		word := strings.TrimPrefix(s, "means ")
		name := names[word]
		if name == "" || name == "-" || !strings.Contains(name, "_") && word == s && !strings.HasPrefix(doc, s+" ") {
			return s
		}
		return strings.TrimSuffix(s, word) + name
	})
	return zeroValue.ReplaceAllString(doc, "Left out means")
}
