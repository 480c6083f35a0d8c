package main

// The demo's files: configuration, master secret, database. They are real files so
// that "symbolon attempts" finds the demo like any other server.

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/symbolon-auth/symbolon"
)

// demoValues are what the configuration is filled with, each a YAML scalar.
type demoValues struct {
	BaseURL, Listen, Database, SecretFile, LoginURL, MCPURL, Secret string
}

// demoFiles are where the demo keeps things. Beside a database d.db they are d.yaml
// and d.secret.
type demoFiles struct {
	config, secret, database string
	temporary                string // directory to remove at the end, or empty
}

func newDemoFiles(database string) (demoFiles, error) {
	temporary := ""
	if database == "" {
		dir, err := os.MkdirTemp("", "symbolon-demo-") // mode 0700
		if err != nil {
			return demoFiles{}, err
		}
		temporary, database = dir, filepath.Join(dir, "symbolon.db")
	}
	database, err := filepath.Abs(database)
	stem := strings.TrimSuffix(database, filepath.Ext(database))
	return demoFiles{config: stem + ".yaml", secret: stem + ".secret", database: database, temporary: temporary}, err
}

func (f demoFiles) remove() error {
	if f.temporary == "" {
		return nil
	}
	return os.RemoveAll(f.temporary)
}

// configure writes the configuration, and the master secret if there is none, and
// reads them like "symbolon serve" does.
func (f demoFiles) configure(v demoValues) (*symbolon.Config, error) {
	v.Database, v.SecretFile = quoted("sqlite:"+f.database), quoted(f.secret)
	var content bytes.Buffer
	if err := render(&content, "snippets/demo.yaml", v); err != nil {
		return nil, err
	}
	cfg, err := symbolon.ParseConfig(f.config, content.Bytes(), nil)
	if err != nil {
		return nil, inDemoFlags(err)
	}
	if err := errors.Join(f.writeConfig(content.Bytes()), f.writeMasterSecret()); err != nil {
		return nil, err
	}
	return cfg, nil
}

// writeConfig replaces only what a demo wrote.
func (f demoFiles) writeConfig(content []byte) error {
	header, _, _ := bytes.Cut(content, []byte("\n"))
	old, err := os.ReadFile(f.config)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !bytes.HasPrefix(old, header):
		return fmt.Errorf("--database: %s exists and is not a demo's; choose another file", f.config)
	}
	return os.WriteFile(f.config, content, 0o600) // it holds Acme's secret
}

func (f demoFiles) writeMasterSecret() error {
	file, err := os.OpenFile(f.secret, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, randomSecret())
	return errors.Join(err, file.Close())
}

func randomSecret() string {
	random := make([]byte, 32)
	rand.Read(random) // never fails, crypto/rand
	return base64.RawURLEncoding.EncodeToString(random)
}

// inDemoFlags says which flag a value came from, instead of a line in a file that
// nobody wrote.
func inDemoFlags(err error) error {
	flags := map[string]string{
		"base_url": "--base-url", "connections[0].login_url": "--acme-url", "mcp_servers[0].url": "--mcp-url",
		"database": "--database", "secret_file": "--database",
	}
	problems, ok := errors.AsType[*symbolon.ConfigError](err)
	if !ok {
		return err
	}
	for _, p := range problems.Problems {
		if flag := flags[p.Field]; flag != "" {
			return usageError{flag + ": " + p.Message}
		}
	}
	return err
}
