package brand

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/egress"
	"github.com/symbolon-auth/symbolon/internal/web"
)

// Options of Brands.
type Options struct {
	Catalog   *catalog.Source
	Transport http.RoundTripper // for logos at a URL; nil: public hosts, port 443
	Log       *slog.Logger
	Now       func() time.Time
	Life      context.Context // ends what is fetched in the background
}

// Brands shows the brands of MCP servers and serves what they need.
type Brands struct {
	catalog *catalog.Source
	remote  *remote

	mu    sync.Mutex
	local map[string]*logo // by the server's id, for as long as its PNG is the same
}

// New makes Brands.
func New(o Options) *Brands {
	if o.Transport == nil {
		o.Transport = egress.Transport(egress.Public([]uint16{443}), nil, nil)
	}
	return &Brands{
		catalog: o.Catalog, local: map[string]*logo{},
		remote: &remote{life: o.Life, transport: o.Transport, log: o.Log, now: o.Now, byURL: map[string]*remoteLogo{}},
	}
}

// logo is a PNG of ours and its name.
type logo struct {
	png  []byte
	hash string
}

func newLogo(png []byte) *logo {
	sum := sha256.Sum256(png)
	return &logo{png: png, hash: base64.RawURLEncoding.EncodeToString(sum[:12])}
}

// Of is what the consent page shows of a server. A logo that is still on its way is
// left out.
func (b *Brands) Of(m *catalog.MCPServer) web.Brand {
	v := web.Brand{PolicyURI: m.Brand.PolicyURI, TermsURI: m.Brand.TermsURI}
	if a, err := ParseAccent(m.Brand.Accent); err == nil {
		v.Stylesheet = "/brand/accent/" + a.Name() + ".css"
	}
	l := b.own(m)
	if m.Brand.LogoURL != "" {
		l = b.remote.get(m.Brand.LogoURL)
	}
	if l != nil {
		v.Logo = "/brand/logo/" + m.ID + "/" + l.hash + ".png"
	}
	return v
}

// own is the logo that the configuration holds itself, nil for none.
func (b *Brands) own(m *catalog.MCPServer) *logo {
	if len(m.Brand.LogoPNG) == 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.local[m.ID]
	if l == nil || string(l.png) != string(m.Brand.LogoPNG) {
		l = newLogo(m.Brand.LogoPNG)
		b.local[m.ID] = l
	}
	return l
}

// Accent answers GET /brand/accent/{file}: the stylesheet of any colour, which is why
// nothing has to be looked up or kept.
func (b *Brands) Accent(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutSuffix(r.PathValue("file"), ".css")
	a, err := ParseAccent("#" + name)
	if !ok || err != nil || a.Name() != name {
		http.NotFound(w, r)
		return
	}
	serve(w, "text/css; charset=utf-8", a.Stylesheet(), true)
}

// Logo answers GET /brand/logo/{res_id}/{file}.
func (b *Brands) Logo(w http.ResponseWriter, r *http.Request) {
	snap, err := b.catalog.Snapshot()
	if err != nil {
		http.Error(w, "Try again in a moment.", http.StatusServiceUnavailable)
		return
	}
	m, ok := snap.MCPServer(r.PathValue("res_id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	l := b.own(m)
	if m.Brand.LogoURL != "" {
		l = b.remote.await(r.Context(), m.Brand.LogoURL)
	}
	if l == nil {
		http.NotFound(w, r)
		return
	}
	// A page of another node, or an old one, may name another hash: what is the logo
	// now is still the right answer, but not for ever.
	serve(w, "image/png", l.png, r.PathValue("file") == l.hash+".png")
}

func serve(w http.ResponseWriter, contentType string, body []byte, immutable bool) {
	h := w.Header()
	web.SecurityHeaders(h)
	h.Set("Cache-Control", "public, max-age=60")
	if immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a reader that went away needs no answer
}
