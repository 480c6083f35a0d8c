package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// machine describes where it was measured.
func machine() string {
	model := field("/proc/cpuinfo", "model name")
	memory, _ := strconv.Atoi(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"))
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%d × %s, %d GB, Linux %s", runtime.NumCPU(), model, (memory+1<<19)>>20, strings.TrimSpace(string(kernel)))
}

// field is the value of the first line "name : value".
func field(path, name string) string {
	text, _ := os.ReadFile(path)
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "?"
}

// busy is the CPU that everything on the machine has used.
func busy() time.Duration {
	text, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(text), "\n")
	var sum time.Duration
	for i, text := range strings.Fields(line) {
		// user nice system idle iowait irq softirq steal
		if n, err := strconv.Atoi(text); err == nil && i != 4 && i != 5 && i <= 8 {
			sum += time.Duration(n) * tick
		}
	}
	return sum
}

// others watches what the machine does that has nothing to do with us.
type others struct {
	begun     time.Time
	all, mine time.Duration
}

func watchOthers() others { return others{time.Now(), busy(), used(os.Getpid()).cpu} }

// share is the part of the machine that others used meanwhile, in percent.
func (o others) share() float64 {
	foreign := busy() - o.all - (used(os.Getpid()).cpu - o.mine)
	return 100 * foreign.Seconds() / (time.Since(o.begun).Seconds() * float64(runtime.NumCPU()))
}

// disk is how long it takes to make a page of a file durable in dir.
func disk(dir string) (median, slow time.Duration, err error) {
	const tries = 200
	file, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0, 0, err
	}
	defer file.Close()
	var took []time.Duration
	for range tries {
		begun := time.Now()
		if _, err := file.Write(make([]byte, 4096)); err != nil {
			return 0, 0, err
		}
		if err := file.Sync(); err != nil {
			return 0, 0, err
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return percentile(took, 50), percentile(took, 99), nil
}
