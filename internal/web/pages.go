// Pages: parsing the templates once, choosing the language, writing a page.

package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
)

//go:embed templates
var templateFiles embed.FS

// Pages renders the pages. It is immutable and safe for concurrent use.
type Pages struct {
	assets    *assets
	catalogs  []catalog // in the order of supported
	templates map[string]*template.Template
}

// New parses the templates, the message catalogues and the static files that are
// part of the binary. It fails only if the binary was built from broken ones.
func New() (*Pages, error) {
	p := &Pages{templates: map[string]*template.Template{}}
	var err error
	if p.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if p.catalogs, err = loadCatalogs(); err != nil {
		return nil, err
	}
	for _, name := range []string{"consent", "message", "index", "portal"} {
		t, err := template.ParseFS(templateFiles, "templates/layout.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
		p.templates[name] = t
	}
	return p, nil
}

// Handler serves the static files. Mount it at "/assets/".
func (p *Pages) Handler() http.Handler { return p.assets }

// page is what a template sees: the view as V, and the sentences of one language.
type page struct {
	V        any
	Token    token
	assets   *assets
	catalog  catalog
	words    words
	titleKey string

	postsForm bool // the page's own forms must show where they come from
	ofLogin   bool // the page is on the way of a login, which a client may have opened in a window of its own
	Brand     Brand
}

// token is the picture above every title: two halves that match, or one half that
// waits for the other.
type token struct {
	Left, Right string // a letter for each half, or ""
	Missing     bool   // the right half is not there
}

// T is a sentence as markup.
func (p page) T(key string) (template.HTML, error) { return p.catalog.html(key, p.words) }

// Text is a sentence as plain text, for titles and attributes.
func (p page) Text(key string) (string, error) { return p.catalog.text(key, p.words) }

// Title is the title of the document.
func (p page) Title() (string, error) { return p.Text(p.titleKey) }

// Lang is the BCP 47 tag of the page's language.
func (p page) Lang() string { return p.catalog.tag.String() }

// Asset is the public path of a static file.
func (p page) Asset(name string) (string, error) {
	public, ok := p.assets.byName[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return public, nil
}

// in returns the beginnings of a page in the reader's language.
func (p *Pages) in(l Language, r *http.Request) page {
	return page{assets: p.assets, catalog: p.catalogs[l.choose(r)]}
}

// render writes one page. It is composed in memory first, so that a failure never
// leaves half a page, and half a page never asks for consent.
func (p *Pages) render(w http.ResponseWriter, status int, name string, content page) {
	h := w.Header()
	SecurityHeaders(h)
	if content.postsForm {
		h.Set("Referrer-Policy", formReferrerPolicy)
	}
	if content.ofLogin {
		h.Set("Cross-Origin-Opener-Policy", openerOfLogins)
	}
	var body bytes.Buffer
	if err := p.templates[name].ExecuteTemplate(&body, "layout", content); err != nil {
		http.Error(w, "This page could not be shown. Please try again.", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", content.Lang())
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // a reader that went away needs no answer
}
