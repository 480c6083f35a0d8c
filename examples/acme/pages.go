// Acme's pages: html/template escapes everything that goes into them.
package acme

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
)

//go:embed pages
var files embed.FS

// page is what the pages show.
type page struct {
	Title   string
	User    *User
	Email   string // prefilled
	Problem string
	// Request and State are the login request that a form carries along, empty in a plain sign-in.
	Request, State string
	MCPServerURL   string
}

var templates = func() map[string]*template.Template {
	set := map[string]*template.Template{}
	for _, name := range []string{"home", "login", "continue", "problem"} {
		set[name] = template.Must(template.ParseFS(files, "pages/layout.html", "pages/"+name+".html"))
	}
	return set
}()

func (a *App) show(w http.ResponseWriter, status int, name string, p page) {
	var body bytes.Buffer
	if err := templates[name].ExecuteTemplate(&body, "layout.html", p); err != nil {
		a.log.Error("cannot render a page", "page", name, "err", err)
		http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	// No form-action: Chromium applies it to every redirect after the form, and those lead to the MCP client.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer") // the address holds the login request
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}

// refuse says in plain words what went wrong and what to do.
func (a *App) refuse(w http.ResponseWriter, r *http.Request, status int, problem string) {
	a.show(w, status, "problem", page{Title: "That did not work", User: a.signedIn(r), Problem: problem})
}

func style(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=300")
	http.ServeFileFS(w, r, files, "pages/style.css")
}
