package symbolon

// From a file and the environment to a Config.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"
)

// maxConfigBytes bounds a file, so that a wrong path (a database, a device)
// ends in a sentence.
const maxConfigBytes = 1 << 20

// LoadConfig reads a file and the environment and checks both. What is wrong
// with them is a [*ConfigError]; the secrets that the file refers to are read
// later, by [Config.Objects] and [Config.Secrets].
func LoadConfig(path string) (*Config, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s does not exist; name yours with --config, or write one with: symbolon init", path)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfigBytes+1))
	if err != nil {
		return nil, err
	}
	return ParseConfig(path, data, os.Getenv)
}

// ParseConfig is [LoadConfig] for a file that was read already: name is its
// path, for messages and as the place that relative paths count from; getenv
// finds environment variables, now and when secrets are read.
func ParseConfig(name string, data []byte, getenv func(string) string) (*Config, error) {
	cfg := &Config{origin: &configOrigin{places: map[string]configPlace{}, getenv: getenv}}
	problems := &configProblems{origin: cfg.origin}
	if root := parseYAML(name, data, problems); root != nil {
		d := &configDecoder{file: name, problems: problems}
		d.value(root, reflect.ValueOf(cfg).Elem(), "")
	}
	if len(problems.list) > 0 && len(cfg.origin.places) == 0 {
		return nil, problems.err() // not even YAML: no field is worth a look
	}
	cfg.resolvePaths(filepath.Dir(name))
	applyEnvironment(cfg, getenv, problems)
	cfg.check(problems)
	if err := problems.err(); err != nil {
		return nil, err
	}
	return cfg, nil
}

// parseYAML returns the top of the file's one document, nil if there is none.
func parseYAML(name string, data []byte, problems *configProblems) *yaml.Node {
	start := configPlace{source: name, line: 1, column: 1}
	if len(data) > maxConfigBytes {
		problems.refuseAt(start, "", "is larger than 1 MB; this is no configuration file")
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithV4Defaults())
	if err != nil {
		problems.refuseAt(start, "", "cannot be read as YAML: %v", err)
		return nil
	}
	var document, second yaml.Node
	if err := loader.Load(&document); err != nil {
		refuseYAML(name, err, problems)
		return nil
	}
	if err := loader.Load(&second); err == nil {
		at := configPlace{source: name, line: max(1, second.Line), column: max(1, second.Column)}
		problems.refuseAt(at, "", "starts a second YAML document; keep one, without a line ---")
		return nil
	} else if !errors.Is(err, io.EOF) {
		refuseYAML(name, err, problems)
		return nil
	}
	if len(document.Content) != 1 {
		problems.refuseAt(start, "", "is empty; symbolon config example prints a file to start from")
		return nil
	}
	return document.Content[0]
}

// refuseYAML reports a syntax error. The parser's messages describe the
// grammar and quote no values.
func refuseYAML(name string, err error, problems *configProblems) {
	at := configPlace{source: name, line: 1, column: 1}
	if errors.Is(err, io.EOF) {
		problems.refuseAt(at, "", "is empty; symbolon config example prints a file to start from")
		return
	}
	syntax, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		problems.refuseAt(at, "", "is not YAML: %v", err)
		return
	}
	if syntax.Mark.Line > 0 {
		at.line, at.column = syntax.Mark.Line, syntax.Mark.Column
	}
	problems.refuseAt(at, "", "is not YAML: %s; check indentation and quotes here and above", syntax.Message)
}

// resolvePaths lets relative paths count from dir.
func (c *Config) resolvePaths(dir string) {
	if dir == "." {
		return
	}
	from := func(path string) string {
		if path == "" || filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(dir, path)
	}
	d := c.WithDefaults()
	c.SecretFile = from(d.SecretFile)
	c.CIMD.PinnedDir = from(d.CIMD.PinnedDir)
	if path, ok := strings.CutPrefix(d.Database, sqlitePrefix); ok && path != "" {
		c.Database = sqlitePrefix + from(path)
	}
	c.TLS.CertFile, c.TLS.KeyFile = from(c.TLS.CertFile), from(c.TLS.KeyFile)
	named := func(s string) string {
		if path, ok := strings.CutPrefix(s, filePrefix); ok && path != "" {
			return filePrefix + from(path)
		}
		return s
	}
	secrets := func(one *Secret, several []Secret) {
		*one = Secret(named(string(*one)))
		for i := range several {
			several[i] = Secret(named(string(several[i])))
		}
	}
	for i := range c.APIClients {
		secrets(&c.APIClients[i].Secret, c.APIClients[i].Secrets)
	}
	for i := range c.MCPServers {
		c.MCPServers[i].Brand.Logo = named(c.MCPServers[i].Brand.Logo)
	}
	for i := range c.Clients {
		secrets(&c.Clients[i].Secret, c.Clients[i].Secrets)
		c.Clients[i].JWKS = named(c.Clients[i].JWKS)
	}
}
