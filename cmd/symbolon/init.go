package main

// symbolon init: a configuration, its secrets, and what to do next.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/net/publicsuffix"

	"github.com/symbolon-auth/symbolon"
)

type initOptions struct {
	loginURL, mcpURL, baseURL, name string
	dir, lang                       string
	force                           bool
}

func newInitCommand() *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use:   "init --login-url URL --mcp-url URL",
		Short: "Write a configuration and print the login handler for your app",
		Long: `Init writes symbolon.yaml, the master secret and the secret of your app's
backend, and prints the login handler to paste into your app with all values
filled in. It never replaces a secret, and symbolon.yaml only with --force.`,
		Example: `  symbolon init --login-url http://127.0.0.1:3000/login --mcp-url http://127.0.0.1:8000/mcp --lang python`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runInit(cmd.OutOrStdout(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.loginURL, "login-url", "", "`URL` of the page in your app that signs a user in (required)")
	f.StringVar(&o.mcpURL, "mcp-url", "", "`URL` that MCP clients connect to (required)")
	f.StringVar(&o.baseURL, "base-url", "http://127.0.0.1:3010", "`URL` under which Symbolon is reached, without path")
	f.StringVar(&o.name, "name", "", "your company's `name`, for users (default: from the login URL)")
	f.StringVar(&o.dir, "dir", ".", "`directory` to write to")
	f.BoolVar(&o.force, "force", false, "replace symbolon.yaml")
	f.StringVar(&o.lang, "lang", "node", langUsage())
	return cmd
}

func runInit(w io.Writer, o initOptions) error {
	switch {
	case o.loginURL == "":
		return usageError{"--login-url is missing: which page of your app signs a user in?"}
	case o.mcpURL == "":
		return usageError{"--mcp-url is missing: which URL do MCP clients connect to?"}
	}
	if err := checkLang(o.lang); err != nil {
		return err
	}
	values := newInitValues(o)
	var file bytes.Buffer
	if err := render(&file, "snippets/symbolon.yaml", values); err != nil {
		return err
	}
	path := filepath.Join(o.dir, defaultConfig)
	cfg, err := symbolon.ParseConfig(path, file.Bytes(), nil)
	if err != nil {
		return inFlags(err)
	}
	if err := writeInit(w, o, path, file.Bytes(), values.secretFile); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nThe login handler for your app (%s):\n\n", o.lang)
	if err := printHandler(w, o.lang, cfg.WithDefaults()); err != nil {
		return err
	}
	printNextSteps(w, path, filepath.Join(o.dir, values.secretFile), cfg)
	return nil
}

// initValues are what symbolon.yaml is filled with, each a YAML scalar.
type initValues struct {
	BaseURL, Listen, Name, LoginURL, MCPURL  string
	Connection, MCPServer, APIClient, Secret string
	secretFile                               string
}

func newInitValues(o initOptions) initValues {
	name := o.name
	if name == "" {
		name = companyOf(o.loginURL)
	}
	id := idOf(name)
	return initValues{
		BaseURL: quoted(strings.TrimSuffix(o.baseURL, "/")), Listen: quoted(listenFor(o.baseURL)), Name: quoted(name),
		LoginURL: quoted(o.loginURL), MCPURL: quoted(o.mcpURL),
		Connection: "conn_" + id, MCPServer: "res_" + id, APIClient: "skc_" + id,
		Secret: "file:" + id + ".secret", secretFile: id + ".secret",
	}
}

// quoted is a YAML double-quoted scalar: every JSON string is one (YAML 1.2 §1.3).
func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""` // unreachable: a string has a JSON form
	}
	return string(b)
}

// listenFor is a loopback URL's own address; behind a public URL stands a proxy.
func listenFor(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err == nil && u.Scheme == "http" && u.Port() != "" {
		return u.Host
	}
	return "127.0.0.1:3010"
}

// companyOf guesses a name from a host: app.acme.co.uk belongs to Acme.
func companyOf(loginURL string) string {
	const unknown = "Acme"
	u, err := url.Parse(loginURL)
	if err != nil {
		return unknown
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(u.Hostname())
	label, _, _ := strings.Cut(domain, ".")
	if err != nil || strings.Trim(label, "0123456789") == "" {
		return unknown
	}
	return strings.ToUpper(label[:1]) + label[1:]
}

// idOf is the part of an id that follows its prefix.
func idOf(name string) string {
	id := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			return r
		case r == ' ' || r == '-' || r == '_' || r == '.':
			return '-'
		}
		return -1
	}, strings.ToLower(name))
	const longest = 24 // a connection id has at most 32 characters
	id = strings.Trim(id[:min(len(id), longest)], "-")
	if id == "" || id == "symbolon" {
		return "app" // symbolon.secret is the master secret
	}
	return id
}

// inFlags says which flag a value came from, instead of a line in a file that
// was never written.
func inFlags(err error) error {
	flags := map[string]string{
		"base_url": "--base-url", "listen": "--base-url", "connections[0].login_url": "--login-url",
		"mcp_servers[0].url": "--mcp-url", "connections[0].name": "--name", "mcp_servers[0].name": "--name",
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
