package e2e

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/image/draw"
)

var update = flag.Bool("update", false, "take the pictures in testdata/pictures anew; look at them before you commit them")

// Pictures are kept at half size, and compared at an eighth: that is blind to how one
// version of Chromium smooths a letter and not to what moved, vanished or changed its
// colour. The font is one that has had the same widths for twenty years.
const (
	keptScale     = 2
	comparedScale = 4 // of what is kept
	// tolerance is how far a channel of a pixel may be off, and share how many pixels
	// may be farther off.
	tolerance = 28
	share     = 0.004
	slack     = 2 // pixels of the kept size, for fractions that add up
	typeface  = "Liberation Sans"
)

// Every page looks as it did, in every theme.
func TestPicturesAreAsTheyWere(t *testing.T) {
	g := openGallery(t)
	b := theChromium(t).window(t)
	looks := []look{{width: 560, scheme: "light"}, {width: 560, scheme: "dark"}, {width: 560, scheme: "dark", forced: true}, {width: 320, scheme: "light"}}
	taken := 0
	for _, name := range g.names {
		for _, l := range looks {
			if l.width == 320 && name != "consent" && name != "portal" {
				continue // narrow, all messages are alike
			}
			b.look(l)
			g.show(b, name, "en")
			b.setIn(typeface)
			compare(t, strings.NewReplacer(",", "", ".", "-", " ", "-").Replace(name)+"-"+l.String(), b.picture())
			taken++
		}
	}
	b.staysWith(g.url)
	if !*update && !t.Failed() {
		figures.note("%d pictures of %d pages are as they were", taken, len(g.names))
	}
}

// setIn sets the whole page in one typeface.
func (b *tab) setIn(family string) {
	b.t.Helper()
	if !eval[bool](b, fmt.Sprintf(`(() => {
		const c = document.createElement("canvas").getContext("2d");
		const width = font => { c.font = "40px " + font; return c.measureText("iiiiiWWWWW").width; };
		return width("'%s', monospace") !== width("monospace");
	})()`, family)) {
		b.t.Fatalf("the font %s is missing: run e2e/setup", family)
	}
	eval[bool](b, fmt.Sprintf(`(() => {
		const sheet = new CSSStyleSheet();
		sheet.replaceSync("* { font-family: '%s' !important; animation: none !important; transition: none !important; caret-color: transparent !important; }");
		document.adoptedStyleSheets = [sheet];
		return true;
	})()`, family))
}

// picture is the whole page, at the size that is kept.
func (b *tab) picture() image.Image {
	b.t.Helper()
	raw, err := within(b, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		b.t.Fatal(err)
	}
	kept := shrink(m, keptScale)
	for i := range kept.Pix {
		if i%4 != 3 {
			kept.Pix[i] = kept.Pix[i] / 17 * 17 // 16 shades: a third of the bytes
		}
	}
	return kept
}

// shrink halves the size once or several times: at one half, the quick scaler takes the
// mean of four pixels.
func shrink(m image.Image, by int) *image.RGBA {
	small := image.NewRGBA(image.Rect(0, 0, m.Bounds().Dx()/2, m.Bounds().Dy()/2))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), m, m.Bounds(), draw.Src, nil)
	if by > 2 {
		return shrink(small, by/2)
	}
	return small
}

func compare(t *testing.T, name string, got image.Image) {
	t.Helper()
	path := filepath.Join("testdata", "pictures", name+".png")
	if *update {
		save(t, path, got)
		return
	}
	file, err := os.Open(path)
	if err != nil {
		t.Errorf("there is no picture to compare with: %v; take it with: go test -run Pictures -update", err)
		return
	}
	defer file.Close()
	want, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if wrong := differ(got, want); wrong != "" {
		now := filepath.Join(t.ArtifactDir(), name+".png")
		save(t, now, got)
		t.Errorf("%s: %s; compare %s with e2e/%s, and if it is better so, go test -run Pictures -update", name, wrong, now, path)
	}
}

// differ says how far a picture is from what it was; "" if it is the same.
func differ(got, want image.Image) string {
	g, w := got.Bounds(), want.Bounds()
	if abs(g.Dx()-w.Dx()) > slack || abs(g.Dy()-w.Dy()) > slack {
		return fmt.Sprintf("it has %d × %d pixels and had %d × %d", g.Dx(), g.Dy(), w.Dx(), w.Dy())
	}
	common := g.Intersect(w)
	a, b := shrink(part(got, common), comparedScale), shrink(part(want, common), comparedScale)
	off := 0
	for i := 0; i < len(a.Pix); i += 4 {
		for c := range 3 {
			if max(a.Pix[i+c], b.Pix[i+c])-min(a.Pix[i+c], b.Pix[i+c]) > tolerance {
				off++
				break
			}
		}
	}
	if n := len(a.Pix) / 4; float64(off) > share*float64(n) {
		return fmt.Sprintf("%d of %d places look different", off, n)
	}
	return ""
}

func abs(n int) int { return max(n, -n) }

func part(m image.Image, of image.Rectangle) image.Image {
	cut := image.NewRGBA(of)
	draw.Draw(cut, of, m, of.Min, draw.Src)
	return cut
}

func save(t *testing.T, path string, m image.Image) {
	t.Helper()
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	err := encoder.Encode(&out, m)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(path, out.Bytes(), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
