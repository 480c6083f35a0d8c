package brand

import (
	"fmt"
	"math"
	"strings"

	"github.com/lucasb-eyer/go-colorful"
)

// An Accent is a colour as the operator chose it.
type Accent struct{ colour colorful.Color }

// ParseAccent reads "#rrggbb".
func ParseAccent(s string) (Accent, error) {
	c, err := colorful.Hex(strings.ToLower(s))
	if err != nil || len(s) != len("#rrggbb") {
		return Accent{}, fmt.Errorf("%q is no colour; write #rrggbb, as in #1f5f5b", s)
	}
	return Accent{c}, nil
}

// A theme is the colours of internal/web that an accent meets, and which way from them
// is more contrast.
type theme struct {
	grounds []colorful.Color // it is text on these
	away    float64          // lightness to go to: 0 is black, 1 white
}

var (
	light = theme{grounds: colours("#fffdf9", "#f3efe8", "#f5f1ea"), away: 0}
	dark  = theme{grounds: colours("#1e1c19", "#141311", "#272420"), away: 1}
)

func colours(hex ...string) []colorful.Color {
	list := make([]colorful.Color, len(hex))
	for i, h := range hex {
		c, err := colorful.Hex(h)
		if err != nil {
			panic(err) // of the constants above
		}
		list[i] = c
	}
	return list
}

// legible is the contrast of text, WCAG 2.2 §1.4.3.
const legible = 4.5

// variant is the accent in one theme.
type variant struct{ accent, strong, on string }

// in returns the nearest colour of the same hue that is legible on the theme's grounds.
// There always is one, since black or white is.
func (a Accent) in(t theme) variant {
	l, c, h := a.colour.OkLch()
	accent := a.colour
	for step := 0.0; step <= 1 && !t.shows(accent); step += 0.01 {
		// Towards black and white there is less room for colour.
		accent = shade(l+(t.away-l)*step, c*(1-step), h)
	}
	// The colour of a button under the pointer goes further the same way.
	l, c, h = accent.OkLch()
	strong := shade(l+(t.away-l)*0.2, c*0.8, h)
	return variant{accent: hex(accent), strong: hex(strong), on: hex(over(accent))}
}

// shade is a colour that a screen can show, rounded as it will be written.
func shade(l, c, h float64) colorful.Color {
	r, g, b := colorful.OkLch(l, c, h).Clamped().RGB255()
	return colorful.Color{R: float64(r) / 255, G: float64(g) / 255, B: float64(b) / 255}
}

func (t theme) shows(c colorful.Color) bool {
	for _, ground := range t.grounds {
		if contrast(c, ground) < legible {
			return false
		}
	}
	return true
}

// over is the colour of text on a: the better of black and white, one of which always
// reaches 4.58.
func over(a colorful.Color) colorful.Color {
	black, white := colorful.Color{}, colorful.Color{R: 1, G: 1, B: 1}
	if contrast(a, white) >= contrast(a, black) {
		return white
	}
	return black
}

// contrast is the ratio of WCAG 2.2, "contrast ratio".
func contrast(a, b colorful.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// luminance is that of WCAG 2.2, "relative luminance".
func luminance(c colorful.Color) float64 {
	r, g, b := c.LinearRgb()
	return 0.2126*r + 0.7152*g + 0.0722*b
}

func hex(c colorful.Color) string { return c.Hex() }

// Stylesheet sets the accent's tokens of internal/web/assets/pages.css, for both themes.
func (a Accent) Stylesheet() []byte {
	return fmt.Appendf(nil, ":root { %s }\n@media (prefers-color-scheme: dark) { :root { %s } }\n", a.in(light), a.in(dark))
}

// String is the declarations.
func (v variant) String() string {
	return fmt.Sprintf("--accent: %s; --accent-strong: %s; --on-accent: %s;", v.accent, v.strong, v.on)
}

// Name is "rrggbb".
func (a Accent) Name() string { return strings.TrimPrefix(hex(a.colour), "#") }
