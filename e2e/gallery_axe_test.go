package e2e

import (
	"os"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axeViolations runs axe-core with all its rules, those for best practice too.
const axeViolations = `axe.run().then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + v.help + " — " + n.html.slice(0, 120))))`

// axe-core finds nothing on any page, in both themes, wide and narrow.
func TestAxe(t *testing.T) {
	axe, err := os.ReadFile("node/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("axe-core is missing (%v): run e2e/setup", err)
	}
	g := openGallery(t)
	b := theChromium(t).window(t)
	looks := []look{{width: 1000, scheme: "light"}, {width: 320, scheme: "dark"}}
	for _, name := range g.names {
		for _, l := range looks {
			b.look(l)
			g.show(b, name, "en")
			// What a debugger runs is not subject to the page's policy.
			if _, err := within(b, chromedp.Evaluate[bool](string(axe)+"; true")); err != nil {
				t.Fatal(err)
			}
			violations, err := within(b, chromedp.Evaluate[[]string](axeViolations, awaited))
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range violations {
				t.Errorf("%s, %s: %s", name, l, v)
			}
		}
	}
	if t.Failed() {
		return
	}
	figures.note("axe-core: %d pages in %d looks", len(g.names), len(looks))
}

func awaited(p *runtime.EvaluateParams) { yes := true; p.AwaitPromise = &yes }
