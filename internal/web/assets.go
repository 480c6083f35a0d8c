// Static files: each is served under a name that contains its hash, so that
// browsers may keep it for ever and a new release is seen at once.

package web

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed assets
var assetFiles embed.FS

// assetPrefix is the path below which Handler expects to be mounted.
const assetPrefix = "/assets/"

// assets knows every static file by its public path.
type assets struct {
	byName map[string]string // "pages.css" → "/assets/pages.<hash>.css"
	byPath map[string]asset
}

type asset struct {
	contentType string
	body        []byte
}

// assetTypes also decides which files are served at all: system tables of media
// types differ between machines.
var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

func loadAssets() (*assets, error) {
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		return nil, err
	}
	all := &assets{byName: map[string]string{}, byPath: map[string]asset{}}
	for _, entry := range entries {
		body, err := assetFiles.ReadFile("assets/" + entry.Name())
		if err != nil {
			return nil, err
		}
		public := hashedPath(entry.Name(), body)
		all.byName[entry.Name()] = public
		all.byPath[public] = asset{contentType: assetTypes[path.Ext(entry.Name())], body: body}
	}
	return all, nil
}

func hashedPath(name string, body []byte) string {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	return assetPrefix + strings.TrimSuffix(name, ext) + "." + base64.RawURLEncoding.EncodeToString(sum[:9]) + ext
}

// ServeHTTP answers GET and HEAD for a hashed path; everything else is 404.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := a.byPath[r.URL.Path]
	if !ok || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	SecurityHeaders(h) // an SVG that is opened by itself is a document too
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", file.contentType)
	h.Set("Content-Length", strconv.Itoa(len(file.body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(file.body) // a reader that went away needs no answer
	}
}
