package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"

	"github.com/symbolon-auth/symbolon/internal/brand"
	"github.com/symbolon-auth/symbolon/internal/web"
	"github.com/symbolon-auth/symbolon/internal/web/webtest"
)

// gallery serves a sample of every page, in any language: what a browser says of a
// page does not depend on the login that leads there.
type gallery struct {
	url     string
	names   []string // of samples, in order
	samples map[string]webtest.Writer
}

func openGallery(t *testing.T) *gallery {
	t.Helper()
	pages, err := web.New()
	if err != nil {
		t.Fatal(err)
	}
	samples := webtest.Samples(pages)
	logo, err := brand.DrawLogo(sampleLogo(t))
	if err != nil {
		t.Fatal(err)
	}
	accent, err := brand.ParseAccent("#7a1fa2")
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch own := webtest.Brand(); {
		case r.URL.Path == own.Logo:
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write(logo)
		case r.URL.Path == own.Stylesheet:
			w.Header().Set("Content-Type", "text/css")
			_, _ = w.Write(accent.Stylesheet())
		case strings.HasPrefix(r.URL.Path, "/assets/"):
			pages.Handler().ServeHTTP(w, r)
		case samples[r.FormValue("page")] != nil:
			samples[r.FormValue("page")](w, r, web.Language{UILocales: r.FormValue("language")})
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(site.Close)
	return &gallery{site.URL, slices.Sorted(maps.Keys(samples)), samples}
}

// sampleLogo is a company's: a disc and a bar.
func sampleLogo(t *testing.T) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 320, 96))
	purple := color.NRGBA{R: 0x7a, G: 0x1f, B: 0xa2, A: 0xff}
	for y := range 96 {
		for x := range 320 {
			if (x-48)*(x-48)+(y-48)*(y-48) < 40*40 || x > 110 && x < 310 && y > 36 && y < 60 {
				m.SetNRGBA(x, y, purple)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// show opens a page.
func (g *gallery) show(b *tab, name, language string) {
	b.t.Helper()
	b.open(g.url + "/?" + url.Values{"page": {name}, "language": {language}}.Encode())
	b.until(`document.readyState === "complete"`)
}

// look is how a page is looked at.
type look struct {
	width  int64
	scheme string // "light" or "dark"
	forced bool   // the colours of a high-contrast theme
}

func (b *tab) look(l look) {
	b.t.Helper()
	forced := "none"
	if l.forced {
		forced = "active"
	}
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: 900, DeviceScaleFactor: 1})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: l.scheme}, {Name: "forced-colors", Value: forced}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

func (l look) String() string {
	if l.forced {
		return fmt.Sprintf("%s-forced-%d", l.scheme, l.width)
	}
	return fmt.Sprintf("%s-%d", l.scheme, l.width)
}

// languages are the catalogues there are.
var languages = []string{"en", "de", "fr", "es", "pt", "it", "ja", "ko", "zh-Hans"}

// overflowing lists what is wider than its place: elements that stick out of the
// window, and texts that stick out of what they stand in.
const overflowing = `(() => {
	const out = [];
	if (document.documentElement.scrollWidth > innerWidth) out.push("the page scrolls sideways");
	for (const e of document.querySelectorAll("body *")) {
		const box = e.getBoundingClientRect();
		if (box.width === 0 || e.closest(".inert, svg, option")) continue;
		const name = e.tagName.toLowerCase() + (e.className ? "." + e.className : "") + " " + (e.textContent || "").trim().slice(0, 40);
		if (box.right > innerWidth + 0.5 || box.left < -0.5) out.push("out of the window: " + name);
		else if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && getComputedStyle(e).display !== "inline") out.push("wider than its box: " + name);
	}
	return out;
})()`

// Nothing is cut off or sticks out, in any language, on a narrow telephone and at 200 %
// on a usual screen (WCAG 2.2 §1.4.10 and §1.4.4). One page after the other is put into
// the place of the first: the layout is the same, and there are hundreds.
func TestNothingOverflows(t *testing.T) {
	g := openGallery(t)
	b := theChromium(t).window(t)
	g.show(b, "consent", "en")
	widths := []int64{320, 640}
	for _, width := range widths {
		b.look(look{width: width, scheme: "light"})
		for _, name := range g.names {
			for _, language := range languages {
				for _, wrong := range eval[[]string](b, g.inPlace(t, name, language)+overflowing) {
					t.Errorf("%s, %s, %d px: %s", name, language, width, wrong)
				}
			}
		}
	}
	if t.Failed() {
		return
	}
	figures.note("nothing overflows: %d pages in %d languages at %d widths", len(g.names), len(languages), len(widths))
}

// inPlace is a script that shows another page without going there.
func (g *gallery) inPlace(t *testing.T, name, language string) string {
	t.Helper()
	w := httptest.NewRecorder()
	g.samples[name](w, httptest.NewRequest(http.MethodGet, "/", nil), web.Language{UILocales: language})
	page := w.Body.String()
	_, rest, _ := strings.Cut(page, `<main class="card">`)
	content, _, ok := strings.Cut(rest, "</main>")
	if !ok {
		t.Fatalf("%s has no main part", name)
	}
	return fmt.Sprintf("document.documentElement.lang = %q; document.querySelector('main').innerHTML = %s;\n", language, quoted(t, content))
}

// quoted is a text as a literal of a script.
func quoted(t *testing.T, s string) string {
	t.Helper()
	literal, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(literal)
}
