package symbolon_test

// The brand of an MCP server on the consent page.

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// logoFile writes an image of this size and returns its path.
func logoFile(t *testing.T, width, height int) string {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "logo.png")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var (
	logoPath   = regexp.MustCompile(`<img src="(/brand/logo/res_todo/[\w-]+\.png)" alt="Acme Todo">`)
	accentPath = regexp.MustCompile(`<link rel="stylesheet" href="(/brand/accent/[0-9a-f]{6}\.css)">`)
)

func TestBrand(t *testing.T) {
	logo := logoFile(t, 640, 192)
	x := chooser(t, func(c *symbolon.Config) {
		c.MCPServers[0].Brand = symbolon.Brand{
			Logo: "file:" + logo, Accent: "#FFDD00", PolicyURI: "https://acme.example/privacy", TermsURI: "https://acme.example/terms",
		}
	})
	_, page := x.asked(symbolontest.NewBrowser(t))
	body := page.Body
	for _, want := range []string{`href="https://acme.example/privacy"`, `href="https://acme.example/terms"`, "About Acme Todo"} {
		if !strings.Contains(body+page.VisibleText(), want) {
			t.Errorf("the page has no %s", want)
		}
	}
	found, sheet := logoPath.FindStringSubmatch(body), accentPath.FindStringSubmatch(body)
	if found == nil || sheet == nil {
		t.Fatalf("no logo or no accent:\n%s", body)
	}
	image := x.server.Get(found[1])
	size, err := png.DecodeConfig(strings.NewReader(image.Body))
	if err != nil || size.Width != 320 || size.Height != 96 || image.Header.Get("Content-Type") != "image/png" ||
		!strings.Contains(image.Header.Get("Cache-Control"), "immutable") || image.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the logo is %+v, %v, %v", size, err, image.Header)
	}
	css := x.server.Get(sheet[1])
	if css.Status != http.StatusOK || css.Header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(css.Body, "--accent: #ffdd00") {
		t.Errorf("the stylesheet is %d %s", css.Status, css.Body)
	}

	// An older page's logo is answered by what it is now, for a while.
	if old := x.server.Get("/brand/logo/res_todo/older.png"); old.Status != http.StatusOK || strings.Contains(old.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("an older logo: %d %v", old.Status, old.Header)
	}
	for _, path := range []string{"/brand/logo/res_none/x.png", "/brand/accent/ffdd00", "/brand/accent/FFDD00.css", "/brand/accent/ffdd.css", "/brand/accent/}body{}.css", "/brand/accent/%2e%2e.css"} {
		if r := x.server.Get(path); r.Status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, r.Status)
		}
	}
}

// Without a brand the page is ours, and a logo that cannot be had stops nobody.
func TestNoBrand(t *testing.T) {
	for name, brand := range map[string]symbolon.Brand{"none": {}, "unreachable": {Logo: "https://10.255.255.1/logo.png"}} {
		x := chooser(t, func(c *symbolon.Config) { c.MCPServers[0].Brand = brand })
		b := symbolontest.NewBrowser(t)
		a, page := x.asked(b)
		if body := page.Body; logoPath.MatchString(body) || accentPath.MatchString(body) || strings.Contains(page.VisibleText(), "About Acme Todo") {
			t.Errorf("%s: the page has a brand", name)
		}
		x.granted(a, b.Submit(page, "decision", "allow"))
		if r := x.server.Get("/brand/logo/res_todo/x.png"); r.Status != http.StatusNotFound {
			t.Errorf("%s: the logo answers %d", name, r.Status)
		}
	}
}

func TestBrandsThatAreRefused(t *testing.T) {
	text := filepath.Join(t.TempDir(), "logo.svg")
	if err := os.WriteFile(text, []byte("<svg/>"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		brand symbolon.Brand
		want  string
	}{
		{symbolon.Brand{Accent: "red"}, `brand.accent: is "red" is no colour`},
		{symbolon.Brand{Logo: "logo.png"}, "brand.logo: "},
		{symbolon.Brand{Logo: "http://acme.example/logo.png"}, "brand.logo: is not an https URL; or write file:PATH"},
		{symbolon.Brand{Logo: "file:/nowhere/logo.png"}, "brand.logo: does not exist"},
		{symbolon.Brand{Logo: "file:" + text}, "brand.logo: is not a PNG, JPEG, GIF or WebP image"},
		{symbolon.Brand{PolicyURI: "javascript:alert(1)"}, "brand.policy_uri: "},
		{symbolon.Brand{TermsURI: "http://acme.example/terms"}, "brand.tos_uri: is not an https URL"},
	} {
		c := symbolon.Config{
			BaseURL: "http://localhost:3010", Connections: []symbolon.Connection{{ID: "conn_acme", LoginURL: "https://acme.example/login"}},
			MCPServers: []symbolon.MCPServer{{ID: "res_todo", URL: "https://mcp.example", Connection: "conn_acme", Brand: tt.brand}},
		}
		if _, err := c.Objects(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v", tt.brand, err)
		}
	}
}
