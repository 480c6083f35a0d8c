package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program that runs beside this one, with a log of its own.
type process struct {
	cmd *exec.Cmd
	log string
}

// command is how to start one.
type command struct {
	dir  string
	log  string // a name in dir
	env  []string
	user *syscall.Credential // nil is ours
	args []string
}

func (c command) prepare() (*exec.Cmd, *os.File, error) {
	log, err := os.OpenFile(filepath.Join(c.dir, c.log), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), c.env...)
	cmd.Stdout, cmd.Stderr = log, log
	// A group of its own: an interrupt at the terminal is for us, and stop reaches all.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Credential: c.user}
	return cmd, log, nil
}

// start runs a program until stop.
func (c command) start() (*process, error) {
	cmd, log, err := c.prepare()
	if err != nil {
		return nil, err
	}
	defer log.Close()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &process{cmd: cmd, log: log.Name()}, nil
}

// run runs a program to its end.
func (c command) run() error {
	cmd, log, err := c.prepare()
	if err != nil {
		return err
	}
	defer log.Close()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(c.args[0]), err, tail(log.Name()))
	}
	return nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop asks the program to end by sig, and kills what is left of it after a while.
func (p *process) stop(sig syscall.Signal) {
	_ = p.cmd.Process.Signal(sig) // it may have ended by itself
	ended := make(chan struct{})
	go func() { _ = p.cmd.Wait(); close(ended) }() // how a stopped program ends says nothing
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
	}
	_ = syscall.Kill(-p.pid(), syscall.SIGKILL)
	<-ended
}

// tail is the end of a log, for an error message.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text[max(0, len(text)-2000):]))
}

// usage is what processes have used so far, and the memory that they hold now.
type usage struct {
	cpu time.Duration
	rss int64
}

// tick is the unit of time in /proc, USER_HZ.
const tick = 10 * time.Millisecond

// used sums up processes and all their descendants, also those that ended.
func used(roots ...int) usage {
	children := map[int][]stat{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	var todo []stat
	for _, path := range stats {
		s, ok := readStat(path)
		if !ok {
			continue // it has ended
		}
		children[s.parent] = append(children[s.parent], s)
		for _, root := range roots {
			if s.pid == root {
				todo = append(todo, s)
			}
		}
	}
	var u usage
	for len(todo) > 0 {
		s := todo[0]
		todo = append(todo[1:], children[s.pid]...)
		u.cpu += s.cpu
		u.rss += s.rss
	}
	return u
}

type stat struct {
	pid, parent int
	cpu         time.Duration // its own and that of children it has waited for
	rss         int64
}

func readStat(path string) (stat, bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return stat{}, false
	}
	return parseStat(string(text))
}

// zombieStat reports whether the state is that of a process that has ended.
func zombieStat(text string) bool {
	return strings.HasPrefix(text[strings.LastIndex(text, ")")+1:], " Z")
}

// parseStat reads proc(5)'s stat: after the name in brackets come the state and numbers.
func parseStat(text string) (s stat, ok bool) {
	before, after, _ := strings.Cut(text, " (")
	fields := strings.Fields(after[strings.LastIndex(after, ")")+1:])
	if len(fields) < 22 {
		return s, false
	}
	number := func(text string) int64 {
		n, err := strconv.ParseInt(text, 10, 64)
		ok = ok && err == nil
		return n
	}
	ok = true
	s.pid, s.parent = int(number(before)), int(number(fields[1]))
	for _, field := range fields[11:15] { // utime, stime, cutime, cstime
		s.cpu += time.Duration(number(field)) * tick
	}
	s.rss = number(fields[21]) * int64(os.Getpagesize())
	return s, ok
}
