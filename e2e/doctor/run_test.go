package doctor

// The command, the servers, and the user's browser.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

type result struct {
	Code, Title, At, Detail string
	Passed                  bool
}

// report is what the command printed.
type report struct {
	Results []result
	Clients []struct {
		Client, Why string
		Connects    bool
	}
	Requests int
	exit     int
}

func (r report) codes() []string {
	var codes []string
	for _, x := range r.Results {
		if !x.Passed {
			codes = append(codes, x.Code)
		}
	}
	return codes
}

func (r report) detail(code string) string {
	for _, x := range r.Results {
		if x.Code == code {
			return x.At + " " + x.Detail
		}
	}
	return ""
}

// examine runs "symbolon doctor" and opens what it wants to be opened.
func examine(t *testing.T, target string, flags ...string) report {
	t.Helper()
	if target == "" {
		t.Fatal("there is no such server")
	}
	cmd := exec.Command(binary(t), append([]string{"doctor", target, "--json", "--timeout", "20s"}, flags...)...)
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := browse(t, stderr)
	var r report
	if exit, ok := errors.AsType[*exec.ExitError](cmd.Wait()); ok {
		r.exit = exit.ExitCode()
	}
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("%v\n%s\n%s", err, &stdout, said)
	}
	if r.Requests > 60 {
		t.Errorf("%d requests", r.Requests)
	}
	return r
}

// browse reads what the command says until it ends. A line that is a URL is opened by
// a browser that follows every redirect; the last leads back to the command.
func browse(t *testing.T, from io.Reader) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Timeout: 10 * time.Second}
	var said strings.Builder
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if !strings.HasPrefix(lines.Text(), "http://") {
			continue
		}
		resp, err := browser.Get(lines.Text())
		if err != nil {
			t.Errorf("in the browser: %v", err)
			continue
		}
		resp.Body.Close()
	}
	return said.String()
}

func binary(t *testing.T) string {
	t.Helper()
	name := os.Getenv("SYMBOLON_BIN")
	if name == "" {
		name = "../../bin/symbolon"
	}
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("there is no command to test (%v): run \"make build\", or \"make e2e\" for everything", err)
	}
	return path
}

// servers starts servers.mjs once for the whole run and returns the URL of each case.
// The servers end with this process: their standard input closes.
func servers(t *testing.T) map[string]string {
	t.Helper()
	urls, err := start()
	if err != nil {
		t.Fatalf("the servers do not start; run e2e/doctor/setup: %v", err)
	}
	return urls
}

var start = sync.OnceValues(func() (map[string]string, error) {
	cmd := exec.Command("node", "servers.mjs")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	if _, err := cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if list, ok := strings.CutPrefix(lines.Text(), "servers "); ok {
			urls := map[string]string{}
			return urls, json.Unmarshal([]byte(list), &urls)
		}
	}
	_ = cmd.Wait() // it ended by itself: what it said is the error
	return nil, errors.New(complaints.String())
})
