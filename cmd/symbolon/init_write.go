package main

// The files that init writes, and the words that follow them.

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/symbolon-auth/symbolon"
)

// writeInit writes symbolon.yaml last: where it exists, the rest does too.
func writeInit(w io.Writer, o initOptions, config string, content []byte, secretFile string) error {
	if _, err := os.Stat(config); err == nil && !o.force {
		return fmt.Errorf("%s exists; choose another --dir, or --force to replace it", config)
	}
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return err
	}
	for _, s := range []struct{ name, what string }{
		{"symbolon.secret", "the master secret"},
		{secretFile, "your app's secret"},
	} {
		if err := writeSecret(w, filepath.Join(o.dir, s.name), s.what); err != nil {
			return err
		}
	}
	if err := os.WriteFile(config, content, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(w, "wrote %s\n", config)
	return nil
}

// writeSecret keeps a secret that is there: somebody has the other half.
func writeSecret(w io.Writer, path, what string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		fmt.Fprintf(w, "kept  %s (%s)\n", path, what)
		return nil
	}
	if err != nil {
		return err
	}
	random := make([]byte, 32)
	rand.Read(random) // never fails, crypto/rand
	_, err = fmt.Fprintln(f, base64.RawURLEncoding.EncodeToString(random))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	fmt.Fprintf(w, "wrote %s (%s; do not commit it)\n", path, what)
	return nil
}

func printNextSteps(w io.Writer, config, secretFile string, cfg *symbolon.Config) {
	server := cfg.MCPServers[0]
	issuer := cfg.BaseURL + "/resources/" + server.ID
	fmt.Fprintf(w, `
Next:
  1. Paste the handler into your app and start the app with its secret:
       export SYMBOLON_CLIENT_SECRET="$(cat %s)"
  2. Start Symbolon:
       symbolon serve --config %s
  3. Tell your MCP server whom to trust. Its tokens are JWTs with
       issuer    %s
       audience  %s
       keys      %s/keys
     and a request without one gets 401 with the header
       WWW-Authenticate: Bearer resource_metadata="%s/.well-known/oauth-protected-resource"
     The code for that (%s):
       symbolon config guard --config %s --lang node
  4. Connect:
       symbolon connect %s
The handler in another language (%s):
       symbolon config handler --config %s --lang go
`, secretFile, config, issuer, server.URL, cfg.BaseURL, issuer, guardLangs(), config, server.URL, langs(), config)
}
