package cimd

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Documents of clients that people use, for servers whose network their hosts
// refuse: claude.ai and chatgpt.com answer data centres with 403. They are used
// only while the host cannot be asked.
//
//go:embed pinned/*.json
var embedded embed.FS

// readPinned reads the built-in documents and those of the operator, which win.
func readPinned(operator fs.FS) (map[string]oauth.Client, error) {
	builtIn, err := fs.Sub(embedded, "pinned")
	if err != nil {
		return nil, err
	}
	pinned := map[string]oauth.Client{}
	for _, documents := range []fs.FS{builtIn, operator} {
		if documents == nil {
			continue
		}
		if err := addPinned(pinned, documents); err != nil {
			return nil, err
		}
	}
	return pinned, nil
}

func addPinned(pinned map[string]oauth.Client, documents fs.FS) error {
	names, err := fs.Glob(documents, "*.json")
	if err != nil {
		return err
	}
	for _, name := range names {
		body, err := fs.ReadFile(documents, name)
		if err != nil {
			return fmt.Errorf("cimd: pinned document: %w", err)
		}
		client, err := ParseDocument(body)
		if err == nil {
			_, err = oauth.ParseClientIDURL(client.ID)
		}
		if err != nil {
			return fmt.Errorf("cimd: pinned document %s: %w", name, err)
		}
		pinned[client.ID] = client
	}
	return nil
}
