package main

// The login handler to paste into an app, with the values of a configuration.

import (
	"embed"
	"fmt"
	"io"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon"
)

//go:embed snippets
var snippets embed.FS

// handlerFiles are the languages that a login handler is there for.
var handlerFiles = map[string]string{
	"curl":   "snippets/login.curl.tmpl",
	"go":     "snippets/login.go.tmpl",
	"node":   "snippets/login.node.tmpl",
	"python": "snippets/login.python.tmpl",
}

// handlerValues are what the snippets fill in. All passed the rules of the
// configuration: ids are letters, digits, _ and -, URLs have neither double
// quotes nor backslashes, so they are the same in any language's string.
type handlerValues struct {
	BaseURL, LoginURL, LoginPath, Connection, APIClient string
}

func newConfigHandlerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "handler",
		Short: "Print the login handler to paste into your app",
		Args:  cobra.NoArgs,
	}
	file, lang := configFlag(cmd), langFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := checkLang(*lang); err != nil {
			return err
		}
		cfg, err := symbolon.LoadConfig(*file)
		if err != nil {
			return err
		}
		return printHandler(cmd.OutOrStdout(), *lang, cfg.WithDefaults())
	}
	return cmd
}

func langFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("lang", "node", langUsage())
}

func langUsage() string { return "`language` of your app's login handler: " + langs() }

func langs() string { return strings.Join(slices.Sorted(maps.Keys(handlerFiles)), ", ") }

func checkLang(lang string) error {
	if handlerFiles[lang] == "" {
		return usageError{fmt.Sprintf("--lang: there is no login handler in %q; choose one of %s", lang, langs())}
	}
	return nil
}

// printHandler fills in the first backend that may post users and its first connection.
func printHandler(w io.Writer, lang string, cfg *symbolon.Config) error {
	for _, a := range cfg.APIClients {
		for _, c := range cfg.Connections {
			if a.Role != "login" || a.Connections[0] != c.ID && a.Connections[0] != "*" {
				continue
			}
			u, err := url.Parse(c.LoginURL)
			if err != nil {
				return err
			}
			return render(w, handlerFiles[lang], handlerValues{
				BaseURL: cfg.BaseURL, LoginURL: c.LoginURL, LoginPath: "/" + strings.TrimPrefix(u.EscapedPath(), "/"),
				Connection: c.ID, APIClient: a.ID,
			})
		}
	}
	return fmt.Errorf("no API client with the role login has a connection; add one to api_clients")
}

// render executes a snippet. Its brackets are double square ones: the
// languages of the snippets use the curly ones themselves.
func render(w io.Writer, file string, values any) error {
	t, err := template.New(path.Base(file)).Delims("[[", "]]").Option("missingkey=error").ParseFS(snippets, file)
	if err != nil {
		return err
	}
	return t.Execute(w, values)
}
