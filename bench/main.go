package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are what is asked for on the command line.
type options struct {
	effort
	binary, programs, dir, profiles string
	long                            bool
	only, operations                string
}

func main() {
	var o options
	flag.BoolVar(&o.long, "long", false, "all servers, ten seconds for each operation")
	flag.DurationVar(&o.time, "time", 0, "how long each operation is measured (1s, with -long 10s)")
	flag.IntVar(&o.callers, "callers", 8, "clients that ask side by side")
	flag.StringVar(&o.only, "servers", "", "only those whose names contain one of these words, separated by commas")
	flag.StringVar(&o.operations, "operations", "", "only those whose names contain one of these words")
	flag.StringVar(&o.binary, "symbolon", "../bin/symbolon", "our server")
	flag.StringVar(&o.programs, "programs", "", "where bench/setup put the peers")
	flag.StringVar(&o.dir, "dir", "", "where databases are made: on the disk that you mean to measure")
	flag.StringVar(&o.profiles, "profiles", "", "a directory for CPU and allocation profiles of ours, for each operation")
	flag.Parse()
	if _, err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures what is asked for on a PostgreSQL of its own, and leaves nothing behind.
func run(o options) (results []result, err error) {
	if o.time == 0 {
		o.time = map[bool]time.Duration{false: time.Second, true: 10 * time.Second}[o.long]
	}
	o.warm = o.time / 2
	if symbolonBinary, err = filepath.Abs(o.binary); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(o.dir, "symbolon-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o711); err != nil { // PostgreSQL is another user
		return nil, err
	}
	database, err := startPostgres(dir)
	if err != nil {
		return nil, err
	}
	defer database.stop(syscall.SIGINT)

	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		results, err = o.all(dir, database)
	}()
	select {
	case <-finished:
		return results, err
	case <-interrupted:
		return nil, errors.New("interrupted") // what runs dies with us
	}
}

// all measures one server after the other and prints everything at the end.
func (o options) all(dir string, database *postgres) ([]result, error) {
	median, slow, err := disk(dir)
	if err != nil {
		return nil, err
	}
	fmt.Printf("%s: %s\n%s. A page is durable in %s (p50), %s (p99).\n%d callers; each operation %s, after %s.\n\n",
		time.Now().Format(time.DateOnly), machine(), database.version(), millis(median), millis(slow), o.callers, o.time, o.warm)
	strangers := watchOthers()
	var results []result
	for _, s := range subjects() {
		if s.long && !o.long && o.only == "" || !chosen(s.name, o.only) {
			continue
		}
		r, err := o.one(s, dir, database)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		results = append(results, r)
	}
	fmt.Fprintln(os.Stderr)
	report(os.Stdout, results, o.callers)
	fmt.Printf("Meanwhile other programs used %.0f %% of the machine.\n", strangers.share())
	return results, nil
}

// chosen reports whether name has one of the words.
func chosen(name, words string) bool {
	return words == "" || slices.ContainsFunc(strings.Split(words, ","), func(word string) bool { return strings.Contains(name, word) })
}

// one starts a server and measures all its operations.
func (o options) one(s subject, dir string, database *postgres) (result, error) {
	fmt.Fprintf(os.Stderr, "%s: starting", s.name)
	b := &bed{dir: filepath.Join(dir, strings.ReplaceAll(s.name, " ", "-")), programs: o.programs, postgres: database}
	if err := os.Mkdir(b.dir, 0o700); err != nil {
		return result{}, err
	}
	r, err := s.start(b)
	if err != nil {
		return result{}, err
	}
	defer r.stop()
	time.Sleep(o.warm)
	if s.slow {
		o.warm *= 6
	}
	res := result{subject: s, atRest: used(r.server...).rss, figures: map[string]figures{}}
	for _, name := range operations {
		prepare, ok := r.operations[name]
		if !ok || !chosen(name, o.operations) {
			continue
		}
		fmt.Fprintf(os.Stderr, ", %s", name)
		profiled := o.profile(r, s.name+" "+name)
		f, err := measure(r, b, o.effort, prepare)
		if err = errors.Join(err, profiled()); err != nil {
			return res, fmt.Errorf("%s: %w", name, err)
		}
		res.figures[name] = f
		res.memory = max(res.memory, f.memory)
	}
	fmt.Fprintln(os.Stderr)
	return res, nil
}
