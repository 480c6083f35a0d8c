// The table: every file in clients/, read strictly.
package knownclients

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

//go:embed clients/*.yaml
var files embed.FS

// All is the table, ordered by ID. It is read once; callers must not change it.
var All = sync.OnceValue(func() []Client {
	entries, err := files.ReadDir("clients")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	clients := make([]Client, 0, len(entries))
	for _, entry := range entries {
		client, err := load(entry.Name())
		if err != nil {
			panic(err) // TestTable reads the same files
		}
		clients = append(clients, client)
	}
	// By ID and not by file name, where "-" sorts before ".".
	slices.SortFunc(clients, func(a, b Client) int { return strings.Compare(a.ID, b.ID) })
	return clients
})

func load(name string) (Client, error) {
	text, err := files.ReadFile(path.Join("clients", name))
	if err != nil {
		return Client{}, err
	}
	client, err := Parse(text)
	if err != nil {
		return Client{}, fmt.Errorf("clients/%s: %w", name, err)
	}
	client.ID = strings.TrimSuffix(name, ".yaml")
	return client, nil
}

// Parse reads one client. A member or a word that is not in the vocabulary is an
// error: a misspelled check would otherwise check nothing.
func Parse(text []byte) (Client, error) {
	var c Client
	loader, err := yaml.NewLoader(bytes.NewReader(text), yaml.WithV4Defaults(), yaml.WithKnownFields())
	if err != nil {
		return Client{}, err
	}
	if err := loader.Load(&c); err != nil {
		return Client{}, err
	}
	return c, c.valid()
}
