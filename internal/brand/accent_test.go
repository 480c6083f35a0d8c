package brand

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/lucasb-eyer/go-colorful"
)

// Whatever colour somebody chooses, nothing on the page becomes hard to read.
func TestEveryAccentIsLegible(t *testing.T) {
	all := []string{"#000000", "#ffffff", "#ffff00", "#00ff00", "#0000ff", "#ff0000", "#808080", "#777777", "#1e1c19", "#fffdf9", "#fefefe", "#010101"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		all = append(all, colorful.Color{R: random.Float64(), G: random.Float64(), B: random.Float64()}.Hex())
	}
	for _, chosen := range all {
		a := accent(t, chosen)
		for name, theme := range map[string]theme{"light": light, "dark": dark} {
			v := a.in(theme)
			on, accent, strong := colours(v.on)[0], colours(v.accent)[0], colours(v.strong)[0]
			for _, pair := range [][2]colorful.Color{{on, accent}, {on, strong}} {
				if got := contrast(pair[0], pair[1]); got < legible {
					t.Errorf("%s, %s: text on the button has %.2f (%s)", chosen, name, got, v)
				}
			}
			for _, ground := range theme.grounds {
				if got := min(contrast(accent, ground), contrast(strong, ground)); got < legible {
					t.Errorf("%s, %s: as text it has %.2f (%s)", chosen, name, got, v)
				}
			}
		}
	}
}

// A colour that is legible stays what it is, in the theme where it is.
func TestLegibleAccentStays(t *testing.T) {
	for chosen, want := range map[string]variant{"#1f5f5b": {accent: "#1f5f5b", on: "#ffffff"}, "#7a1fa2": {accent: "#7a1fa2", on: "#ffffff"}} {
		if got := accent(t, chosen).in(light); got.accent != want.accent || got.on != want.on {
			t.Errorf("%s becomes %s", chosen, got)
		}
	}
	if got := accent(t, "#8dd3c7").in(dark); got.accent != "#8dd3c7" || got.on != "#000000" {
		t.Errorf("in the dark #8dd3c7 becomes %s", got)
	}
}

func TestParseAccent(t *testing.T) {
	for _, wrong := range []string{"", "red", "#fff", "1f5f5b", "#1f5f5", "#1f5f5bff", "#1f5f5g", "#1f5f5b;", " #1f5f5b", "rgb(1,2,3)"} {
		if _, err := ParseAccent(wrong); err == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
	if got := accent(t, "#1F5F5B").Name(); got != "1f5f5b" {
		t.Errorf("the name is %s", got)
	}
}

// The grounds are those of the stylesheet.
func TestThemesAreThePages(t *testing.T) {
	raw, err := os.ReadFile("../web/assets/pages.css")
	if err != nil {
		t.Fatal(err)
	}
	first, second, ok := strings.Cut(string(raw), "prefers-color-scheme: dark")
	if !ok {
		t.Fatal("there is no dark theme")
	}
	for i, name := range []string{"card", "page", "tint"} {
		for css, theme := range map[string]theme{first: light, second: dark} {
			if want := "--" + name + ": " + theme.grounds[i].Hex(); !strings.Contains(css, want) {
				t.Errorf("the stylesheet has no %s", want)
			}
		}
	}
}

func accent(t *testing.T, s string) Accent {
	t.Helper()
	a, err := ParseAccent(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
