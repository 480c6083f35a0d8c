package symbolon

// The JSON Schema of the configuration file, for editors. A test makes it from
// the types and comments in config.go; go test -run Schema -update . writes it.

import (
	_ "embed"
	"slices"
)

//go:embed config.schema.json
var configSchema []byte

// ConfigSchema returns the JSON Schema (draft 2020-12) of the configuration
// file. It knows the fields and their forms; [Config.Check] also knows how
// they depend on each other.
func ConfigSchema() []byte { return slices.Clone(configSchema) }
