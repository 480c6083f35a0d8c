package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(i+1))
	}
	for p, want := range map[int]time.Duration{50: 50, 99: 99, 100: 100} {
		if got := percentile(hundred, p); got != want {
			t.Errorf("p%d = %d, want %d", p, got, want)
		}
	}
	if got := percentile(hundred[:1], 99); got != 1 {
		t.Errorf("of one: %d", got)
	}
}

func TestStat(t *testing.T) {
	const line = "42 (odd) name) S 7 42 42 0 -1 4194560 100 0 0 0 1 2 3 4 20 0 9 0 100 1000000 25 18446744073709551615 1 1"
	s, ok := parseStat(line)
	if !ok || s.pid != 42 || s.parent != 7 || s.cpu != 10*tick || s.rss != 25*int64(os.Getpagesize()) {
		t.Errorf("%+v, %v", s, ok)
	}
	if zombieStat(line) || !zombieStat(strings.Replace(line, ") S", ") Z", 1)) {
		t.Error("who has ended is not told from who has not")
	}
	if _, ok := parseStat("42 (short) S 7"); ok {
		t.Error("half a line was read")
	}
}

// TestUsed: the CPU of children counts, also when they have ended.
func TestUsed(t *testing.T) {
	before := used(os.Getpid()).cpu
	if err := exec.Command("sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done").Run(); err != nil {
		t.Fatal(err)
	}
	if got := used(os.Getpid()); got.cpu-before < 2*tick || got.rss < 1<<20 {
		t.Errorf("%s after %s, %d bytes", got.cpu, before, got.rss)
	}
}

func TestForm(t *testing.T) {
	f, err := firstForm([]byte(`<p><form action="/go?a=1&amp;b=2" method=post><input type=hidden name=token value="x&amp;y">
		<input type=checkbox name=scope value=a checked><input type=checkbox name=scope value=b><input name=free></form><form></form>`))
	if err != nil || f.action != "/go?a=1&b=2" || f.fields.Encode() != "scope=a&token=x%26y" {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := firstForm([]byte("<p>nothing")); err == nil {
		t.Error("a form was found where there is none")
	}
}

// TestOurs measures every operation of ours for a moment: what "make bench" asks for is
// still what the server answers.
func TestOurs(t *testing.T) {
	const some = "sqlite,cluster"
	o := options{effort: effort{callers: 2, time: 60 * time.Millisecond}, binary: "../bin/symbolon", only: some}
	results, err := run(o)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 2 {
		t.Errorf("%d of %s", len(results), some)
	}
	for _, r := range results {
		for _, operation := range operations {
			if f := r.figures[operation]; f.perSecond == 0 || f.median == 0 {
				t.Errorf("%s, %s: %+v", r.name, operation, f)
			}
		}
		if r.memory < 10<<20 {
			t.Errorf("%s: %d bytes of memory", r.name, r.memory)
		}
	}
}
