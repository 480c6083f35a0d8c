package web_test

import (
	"maps"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// legible lists the pairs of colours that meet on a page as text and ground, or
// as the edge of a control and its ground, with the ratio that WCAG 2.2 asks for:
// 4.5 for text (1.4.3), 3 for what shows a control (1.4.11).
var legible = []struct {
	front, ground string
	ratio         float64
}{
	{"ink", "card", 4.5},
	{"muted", "card", 4.5},
	{"accent", "card", 4.5},
	{"accent-strong", "card", 4.5},
	{"ink", "tint", 4.5},
	{"muted", "tint", 4.5},
	{"muted", "page", 4.5},
	{"on-accent", "accent", 4.5},
	{"on-accent", "accent-strong", 4.5},
	{"on-clay", "clay", 4.5},
	{"good", "good-tint", 4.5},
	{"caution", "caution-tint", 4.5},
	{"edge", "card", 3},
	{"focus", "card", 3},
	{"clay", "card", 3},
	{"clay", "page", 3},
	{"accent", "page", 3},
}

func TestColoursAreLegibleInBothThemes(t *testing.T) {
	light, dark := themes(t)
	for name, theme := range map[string]map[string]string{"light": light, "dark": dark} {
		for _, pair := range legible {
			front, ground := theme[pair.front], theme[pair.ground]
			if got := contrast(t, front, ground); got < pair.ratio {
				t.Errorf("%s: %s %s on %s %s is %.2f, want %.1f", name, pair.front, front, pair.ground, ground, got, pair.ratio)
			}
		}
	}
}

func TestColoursAreTokensOnly(t *testing.T) {
	raw := stylesheet(t)
	_, rules, _ := strings.Cut(raw, "*, *::before")
	if found := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(`).FindAllString(rules, -1); len(found) > 0 {
		t.Errorf("colours outside of the tokens: %q", found)
	}
	light, _ := themes(t)
	for _, use := range regexp.MustCompile(`var\(--([a-z-]+)\)`).FindAllStringSubmatch(raw, -1) {
		if light[use[1]] == "" && use[1] != "shadow" {
			t.Errorf("no token --%s", use[1])
		}
	}
}

func stylesheet(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("assets/pages.css")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

var colourToken = regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`)

// themes reads the colour tokens: the first block is light, the second, inside
// the media query, overrides it.
func themes(t *testing.T) (light, dark map[string]string) {
	t.Helper()
	blocks := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(stylesheet(t), -1)
	if len(blocks) != 2 {
		t.Fatalf("%d :root blocks, want 2", len(blocks))
	}
	light = map[string]string{}
	for _, m := range colourToken.FindAllStringSubmatch(blocks[0][1], -1) {
		light[m[1]] = m[2]
	}
	dark = maps.Clone(light)
	for _, m := range colourToken.FindAllStringSubmatch(blocks[1][1], -1) {
		dark[m[1]] = m[2]
	}
	return light, dark
}

// contrast is the ratio of WCAG 2.2, "contrast ratio".
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	bright, dim := luminance(t, a), luminance(t, b)
	if bright < dim {
		bright, dim = dim, bright
	}
	return (bright + 0.05) / (dim + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	if len(colour) != 7 {
		t.Fatalf("colour %q", colour)
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
