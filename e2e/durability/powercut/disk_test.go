package powercut

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// hexed is a string as strace writes it with -xx.
func hexed(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, `\x%02x`, s[i])
	}
	return `"` + b.String() + `"`
}

// record reads lines, in which 'text' stands for what strace writes in hexadecimal.
func record(t *testing.T, dir string, lines ...string) *Record {
	t.Helper()
	var text bytes.Buffer
	for i, line := range lines {
		for n, part := range strings.Split(line, "'") {
			if n%2 == 1 {
				line = strings.Replace(line, "'"+part+"'", hexed(part), 1)
			}
		}
		fmt.Fprintf(&text, "%s\n", strings.Replace(line, " ", fmt.Sprintf(" 1000.%06d ", i), 1))
	}
	tape := &Tape{full: make(chan struct{}), text: text.Bytes()}
	close(tape.full)
	r, err := Read(dir, tape)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// disks are the contents of a file on many disks after the record; "-" is no file.
func disks(t *testing.T, r *Record, name string, l Loss) map[string]bool {
	t.Helper()
	d := NewDisk()
	r.Play(d, 0, len(r.Events))
	random, found := rand.New(rand.NewPCG(1, 2)), map[string]bool{}
	for range 64 {
		dir := t.TempDir()
		if err := d.Image(dir, l, random); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			content = []byte("-")
		}
		found[string(content)] = true
	}
	return found
}

func TestWhatIsSyncedStays(t *testing.T) {
	made := slices.Clip([]string{"1 openat(AT_FDCWD, 'f', O_RDWR|O_CREAT, 0600) = 3", "1 openat(AT_FDCWD, '.', O_RDONLY) = 4"})
	named := slices.Clip(append(made, "1 fsync(4) = 0"))
	for name, c := range map[string]struct {
		lines []string
		want  map[Loss][]string
	}{
		"nothing is synced": {append(made, "1 write(3, 'ab', 2) = 2"), map[Loss][]string{
			All: {"-"}, None: {"ab"}, Writes: {"-", "", "ab"},
		}},
		"the name is": {append(named, "1 write(3, 'ab', 2) = 2"), map[Loss][]string{
			All: {""}, None: {"ab"}, Writes: {"", "ab"},
		}},
		"the first of two writes is": {append(named, "1 pwrite64(3, 'ab', 2, 0) = 2", "1 fdatasync(3) = 0", "1 pwrite64(3, 'c', 1, 1) = 1"), map[Loss][]string{
			All: {"ab"}, None: {"ac"}, Writes: {"ab", "ac"}, Sectors: {"ab", "ac"},
		}},
		"a write during the sync is not": {append(
			named, "1 pwrite64(3, 'ab', 2, 0) = 2", "1 fsync(3 <unfinished ...>", "2 pwrite64(3, 'c', 1, 0) = 1", "1 <... fsync resumed>) = 0",
		), map[Loss][]string{All: {"ab"}, None: {"cb"}}},
		"a sync that failed covers nothing": {append(named, "1 pwrite64(3, 'ab', 2, 0) = 2", "1 fsync(3) = -1 EIO (Input/output error)"), map[Loss][]string{
			All: {""},
		}},
		"it was moved away since": {append(named, "1 write(3, 'ab', 2) = 2", "1 fsync(3) = 0", "1 rename('f', 'g') = 0"), map[Loss][]string{
			All: {"ab"}, None: {"-"}, Writes: {"ab", "-"},
		}},
		"writes are dropped whatever their order": {append(named, "1 pwrite64(3, 'ab', 2, 0) = 2", "1 pwrite64(3, 'cd', 2, 2) = 2"), map[Loss][]string{
			Writes: {"", "ab", "abcd", "\x00\x00cd"},
		}},
	} {
		r := record(t, t.TempDir(), c.lines...)
		for loss, want := range c.want {
			got := disks(t, r, "f", loss)
			for _, content := range want {
				if !got[content] {
					t.Errorf("%s, %s: %q never happens", name, loss, content)
				}
				delete(got, content)
			}
			for content := range got {
				t.Errorf("%s, %s: %q happens", name, loss, content)
			}
		}
	}
}

func TestSectorsAreTorn(t *testing.T) {
	r := record(
		t, t.TempDir(), "1 openat(AT_FDCWD, 'f', O_RDWR|O_CREAT, 0600) = 3", "1 openat(AT_FDCWD, '.', O_RDONLY) = 4",
		"1 pwrite64(3, '"+strings.Repeat("a", 1024)+"', 1024, 0) = 1024", "1 fsync(3) = 0", "1 fsync(4) = 0",
		"1 pwrite64(3, '"+strings.Repeat("b", 1024)+"', 1024, 0) = 1024",
	)
	got := disks(t, r, "f", Sectors)
	for _, want := range []string{"aa", "ab", "ba", "bb"} {
		if content := strings.Repeat(want[:1], 512) + strings.Repeat(want[1:], 512); !got[content] {
			t.Errorf("%s never happens", want)
		}
	}
	if len(got) != 4 {
		t.Errorf("%d disks, want 4", len(got))
	}
}

func TestAnswersHaveTheirPlace(t *testing.T) {
	r := record(
		t, t.TempDir(), "1 accept4(5, {sa_family=AF_INET, sin_port=htons(4711), sin_addr=inet_addr('127.0.0.1')}, [112 => 16], SOCK_CLOEXEC) = 9",
		"1 openat(AT_FDCWD, 'f', O_RDWR|O_CREAT, 0600) = 3", "1 fsync(3) = 0", "2 write(9, 'HTTP/1.1 200 OK', 15 <unfinished ...>",
		"1 write(3, 'ab', 2) = 2", "2 <... write resumed>) = 15",
	)
	places := r.Answers[4711]
	if len(places) != 1 || r.Events[places[0]].Kind != Answered || r.Events[places[0]-1].Kind != Synced || r.Events[places[0]+1].Kind != Wrote {
		t.Errorf("answers at %v of %d events", places, len(r.Events))
	}
}

// What is not in the model must not pass for nothing.
func TestUnknownCallsAreRefused(t *testing.T) {
	for _, line := range []string{
		"1 writev(3, [{iov_base=\"\", iov_len=0}], 1) = 1", "1 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 3, 0) = 0x7f0000000000",
		"1 fallocate(3, 0, 0, 4096) = 0", "1 pwrite64(3, \"\\x61\", 1, 0) = ?", "1 dup(3) = 4",
	} {
		tape := &Tape{full: make(chan struct{}), text: fmt.Appendf(nil, "1 1.000001 openat(AT_FDCWD, %s, O_RDWR|O_CREAT, 0600) = 3\n%s\n",
			hexed("f"), strings.Replace(line, " ", " 1.000002 ", 1))}
		close(tape.full)
		if _, err := Read(t.TempDir(), tape); err == nil {
			t.Errorf("%s is taken for nothing", line)
		}
	}
}
