package deploy

// Alerts and dashboard ask for what the server has.

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
	"github.com/symbolon-auth/symbolon/internal/attempt"
)

// promtool judges the rules and plays them: each alert rings for its trouble, and none
// while all is well.
func TestAlertRules(t *testing.T) {
	t.Parallel()
	promtool(t, "check", "rules", shipped(t, "prometheus-rules.yaml"))
	// Played without what they say, which is not worth writing down twice.
	silent := regexp.MustCompile(`(?m)^ +annotations:\n(?: {10}.*\n)+`).ReplaceAllString(read(t, "prometheus-rules.yaml"), "")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "prometheus-rules.yaml"), silent)
	promtool(t, "test", "rules", write(t, filepath.Join(dir, "test.yaml"), readHere(t, "testdata/alerts.yaml")))
	for _, alert := range alerts(t) {
		if !strings.Contains(readHere(t, "testdata/alerts.yaml"), "alertname: "+alert.Alert+"}") {
			t.Errorf("%s is not played in testdata/alerts.yaml", alert.Alert)
		}
	}
}

func TestAlertsAndDashboardAskForWhatThereIs(t *testing.T) {
	t.Parallel()
	there := exposed(t)
	expressions := map[string]string{}
	for _, alert := range alerts(t) {
		expressions["alert "+alert.Alert] = alert.Expr
	}
	for title, expr := range panels(t) {
		expressions["panel "+title] = expr
	}
	if len(expressions) < 25 {
		t.Fatalf("only %d expressions", len(expressions))
	}
	var rules strings.Builder
	rules.WriteString("groups: [{name: dashboard, rules: [\n")
	for where, expr := range expressions {
		for _, wrong := range there.misses(expr) {
			t.Errorf("%s asks for %s", where, wrong)
		}
		plain := strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*").Replace(expr)
		fmt.Fprintf(&rules, "{record: x, labels: {of: %q}, expr: %q},\n", where, plain)
	}
	rules.WriteString("]}]\n")
	promtool(t, "check", "rules", write(t, filepath.Join(t.TempDir(), "dashboard.yaml"), rules.String()))
	// What docs/operations.md says to watch is watched.
	all := fmt.Sprint(expressions)
	for name := range there {
		if strings.HasPrefix(name, "symbolon_") && !strings.Contains(all, name) && !strings.HasSuffix(name, "_sum") && !strings.HasSuffix(name, "_count") {
			t.Errorf("nobody watches %s", name)
		}
	}
}

type alert struct{ Alert, Expr string }

func alerts(t *testing.T) []alert {
	t.Helper()
	var file struct{ Groups []struct{ Rules []alert } }
	if err := yaml.Unmarshal([]byte(read(t, "prometheus-rules.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	var list []alert
	for _, group := range file.Groups {
		list = append(list, group.Rules...)
	}
	return list
}

// panels are the expressions of the dashboard, by title.
func panels(t *testing.T) map[string]string {
	t.Helper()
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ RefID, Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "grafana/symbolon.json")), &board); err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			list[panel.Title+" "+target.RefID] = target.Expr
		}
	}
	return list
}

func promtool(t *testing.T, arguments ...string) {
	t.Helper()
	if said, err := exec.CommandContext(t.Context(), "promtool", arguments...).CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(arguments, " "), err, said)
	}
}

// series are the metrics of a server: for each name its labels, with the values seen.
type series map[string]map[string][]string

var (
	sample   = regexp.MustCompile(`^([a-z_]+)(?:\{(.*)\})? \S+$`)
	label    = regexp.MustCompile(`(\w+)(=~|!=|!~|=)"((?:[^"\\]|\\.)*)"`)
	selector = regexp.MustCompile(`\b((?:symbolon|go|process)_[a-z_]+)(?:\{([^}]*)\})?`)
)

// exposed are the metrics of a server that speaks TLS itself and has had honest users and
// one who asked too often.
func exposed(t *testing.T) series {
	t.Helper()
	p := &proxied{dir: t.TempDir(), address: campaign.FreeAddress(t)}
	certificate, key := p.certify(t)
	tight := map[string]any{"rate": 1, "burst": 100}
	more := map[string]any{
		"admin": map[string]any{"listen": campaign.FreeAddress(t)}, "limits": map[string]any{"per_address": tight, "global": tight},
		"tls": map[string]any{"cert_file": certificate, "key_file": key}, "listen": p.address,
		"keys": map[string]any{"rotate_every": "2160h"},
	}
	p.base = "https://localhost:" + p.address[strings.LastIndex(p.address, ":")+1:]
	p.Node = campaign.NewNode(t, campaign.Settings{BaseURL: p.base, More: more})
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	p.await(t)
	load := campaign.NewLoad(p.base, p.transport("", false))
	load.SignOut(t.Context())
	for range 200 {
		if asked(t, more, "/keys") != "" && strings.Contains(metricsOf(t, more), "symbolon_turned_away_total") {
			break
		}
		load.Keys(t.Context())
	}
	found := series{}
	for line := range strings.Lines(metricsOf(t, more)) {
		m := sample.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		if found[m[1]] == nil {
			found[m[1]] = map[string][]string{}
		}
		for _, l := range label.FindAllStringSubmatch(m[2], -1) {
			found[m[1]][l[1]] = append(found[m[1]][l[1]], l[3])
		}
	}
	return found
}

// misses is what an expression asks for that is not there: names, labels, values.
func (s series) misses(expr string) (wrong []string) {
	for _, m := range selector.FindAllStringSubmatch(expr, -1) {
		labels, ok := s[m[1]]
		if !ok {
			wrong = append(wrong, m[1])
			continue
		}
		for _, l := range label.FindAllStringSubmatch(m[2], -1) {
			if l[1] == "instance" {
				continue // Prometheus adds it
			}
			if _, ok := labels[l[1]]; !ok {
				wrong = append(wrong, fmt.Sprintf("the label %s of %s", l[1], m[1]))
			}
			for value := range strings.SplitSeq(l[3], "|") {
				if _, reason := attempt.Lookup(value); l[1] == "outcome" && value != "ok" && !reason {
					wrong = append(wrong, "the outcome "+value)
				}
			}
		}
		wrong = append(wrong, s.groups(expr, labels)...)
	}
	return wrong
}

// groups checks "by (…)".
func (s series) groups(expr string, labels map[string][]string) (wrong []string) {
	for _, by := range regexp.MustCompile(`by \(([^)]*)\)`).FindAllStringSubmatch(expr, -1) {
		for name := range strings.SplitSeq(by[1], ", ") {
			if _, ok := labels[name]; !ok && !slices.Contains([]string{"instance"}, name) {
				wrong = append(wrong, "groups by "+name)
			}
		}
	}
	return wrong
}
