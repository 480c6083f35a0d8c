package powercut

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// reader follows file descriptors and names while it reads a record.
type reader struct {
	Record
	dir     string
	files   int            // how many there were so far; they are numbered from 1
	names   map[string]int // as the server sees them
	handles map[int64]*handle
	syncing map[string]int // by thread, the event at which its sync began
}

// handle is what a file descriptor of interest stands for: a file, a directory or a client.
type handle struct {
	file int
	dir  string
	port int
	end  int64 // where a write goes that names no place
}

var port = regexp.MustCompile(`sin6?_port=htons\((\d+)\)`)

func (r *reader) step(s step) error {
	switch s.name {
	case "write":
		if s.begins {
			r.answer(s.call)
		}
	case "fsync", "fdatasync":
		if s.begins {
			r.sync(s.call)
		}
	case "close":
		// When close returns, the number may already stand for something else.
		if fd, err := s.number(0); s.begins && err == nil {
			delete(r.handles, fd)
		}
		return nil
	}
	if !s.ends || s.failed {
		return nil
	}
	if s.cut && s.name != "accept4" {
		return r.unlessOurs(s.call)
	}
	return r.done(s.call)
}

// done is a call that was carried out.
func (r *reader) done(c *call) error {
	switch c.name {
	case "open", "openat":
		return r.open(c)
	case "accept4":
		if m := port.FindStringSubmatch(strings.Join(c.args, " ")); m != nil {
			n, err := strconv.Atoi(m[1])
			r.handles[c.result] = &handle{port: n}
			return err
		}
		return nil
	case "write", "pwrite64":
		return r.write(c)
	case "ftruncate", "ftruncate64":
		return r.truncate(c)
	case "fsync", "fdatasync":
		return r.synced(c)
	case "mmap", "mmap2":
		return r.mapped(c)
	}
	if strings.HasPrefix(c.name, "rename") || strings.HasPrefix(c.name, "link") || strings.HasPrefix(c.name, "unlink") {
		return r.name(c)
	}
	return r.unlessOurs(c)
}

// unlessOurs refuses a call of which this model does not know what it did.
func (r *reader) unlessOurs(c *call) error {
	if fd, err := c.number(0); err == nil && r.handles[fd] != nil && r.handles[fd].file != 0 {
		return fmt.Errorf("%s(%.60s) on a file of the server is not in the model", c.name, strings.Join(c.args, ", "))
	}
	return nil
}

func (r *reader) handle(c *call) *handle {
	fd, err := c.number(0)
	if err != nil {
		return nil
	}
	return r.handles[fd]
}

func (r *reader) add(c *call, e Event) {
	e.At = c.at
	r.Events = append(r.Events, e)
}

// path is an argument that names a file below the directory, counted from there; ""
// if it is elsewhere. SQLite's index of its log is shared memory, which is not trusted
// after a crash.
func (r *reader) path(c *call, i int) string {
	name, err := c.bytes(i)
	if err != nil {
		return ""
	}
	path := string(name)
	if filepath.IsAbs(path) {
		if path, err = filepath.Rel(r.dir, path); err != nil {
			return ""
		}
	}
	path = filepath.Clean(path)
	if !filepath.IsLocal(path) || strings.HasSuffix(path, "-shm") || path == "symbolon.yaml" {
		return ""
	}
	return path
}

// directory reports whether a name is one. Servers make none that last.
func (r *reader) directory(path string) bool {
	info, err := os.Stat(filepath.Join(r.dir, path))
	return err == nil && info.IsDir()
}

func (r *reader) open(c *call) error {
	at := 0
	if c.name == "openat" {
		at = 1
	}
	delete(r.handles, c.result)
	path, flags := r.path(c, at), c.arg(at+1)
	switch {
	case path == "":
	case r.directory(path):
		r.handles[c.result] = &handle{dir: path}
	case r.names[path] == 0 && !strings.Contains(flags, "O_CREAT"):
		return fmt.Errorf("%s was not made in this record", path)
	default:
		if r.names[path] == 0 {
			r.files++
			r.names[path] = r.files
			r.add(c, Event{Kind: Named, file: r.files, to: path})
		}
		if strings.Contains(flags, "O_APPEND") {
			return fmt.Errorf("%s: appending is not in the model", path)
		}
		if strings.Contains(flags, "O_TRUNC") {
			r.add(c, Event{Kind: Wrote, file: r.names[path]})
		}
		r.handles[c.result] = &handle{file: r.names[path]}
	}
	return nil
}

func (r *reader) write(c *call) error {
	h := r.handle(c)
	if h == nil || h.file == 0 {
		return nil
	}
	data, err := c.bytes(1)
	if err != nil {
		return err
	}
	data = data[:min(int(c.result), len(data))] // a write may be shorter than was asked for
	offset := h.end
	if c.name == "pwrite64" {
		if offset, err = c.number(3); err != nil {
			return err
		}
	} else {
		h.end += int64(len(data))
	}
	r.add(c, Event{Kind: Wrote, file: h.file, offset: offset, data: data})
	return nil
}

func (r *reader) truncate(c *call) error {
	h := r.handle(c)
	if h == nil || h.file == 0 {
		return nil
	}
	size, err := c.number(1)
	if err != nil {
		return err
	}
	r.add(c, Event{Kind: Wrote, file: h.file, offset: size})
	return nil
}

func (r *reader) sync(c *call) {
	if h := r.handle(c); h != nil && (h.file != 0 || h.dir != "") {
		r.syncing[c.thread] = len(r.Events)
		r.add(c, Event{Kind: Syncing, file: h.file, dir: h.dir})
	}
}

func (r *reader) synced(c *call) error {
	began, ok := r.syncing[c.thread]
	if !ok {
		return nil
	}
	delete(r.syncing, c.thread)
	r.add(c, Event{Kind: Synced, file: r.Events[began].file, dir: r.Events[began].dir, began: began})
	return nil
}

// mapped refuses files that are written through memory, where no call tells of it.
func (r *reader) mapped(c *call) error {
	fd, err := c.number(4)
	if err == nil && r.handles[fd] != nil && strings.Contains(c.arg(2), "PROT_WRITE") && strings.Contains(c.arg(3), "MAP_SHARED") {
		return fmt.Errorf("a file is written through memory, which is not in the model")
	}
	return nil
}

// name is rename, link or unlink, each with or without directories to count from.
func (r *reader) name(c *call) error {
	var paths []string
	for i := range c.args {
		if strings.HasPrefix(c.arg(i), `"`) {
			paths = append(paths, r.path(c, i))
		}
	}
	if len(paths) == 0 {
		return fmt.Errorf("%s names nothing", c.name)
	}
	from, to := paths[0], paths[len(paths)-1]
	file := r.names[from]
	if file == 0 {
		return nil // a socket, or nothing of ours
	}
	e := Event{Kind: Named, file: file, from: from, to: to}
	switch {
	case strings.HasPrefix(c.name, "unlink"):
		e.to = ""
	case strings.HasPrefix(c.name, "link"):
		e.from = ""
	}
	if e.from != "" && e.to != "" && filepath.Dir(e.from) != filepath.Dir(e.to) {
		return fmt.Errorf("%s from one directory to another is not in the model", c.name)
	}
	delete(r.names, e.from)
	if e.to != "" {
		r.names[e.to] = file
	}
	r.add(c, e)
	return nil
}

var answers = []byte("HTTP/1.1 ")

// answer notes the moment before a client can know what it is told.
func (r *reader) answer(c *call) {
	h := r.handle(c)
	if h == nil || h.port == 0 {
		return
	}
	if said, err := c.bytes(1); err == nil && bytes.HasPrefix(said, answers) {
		r.Answers[h.port] = append(r.Answers[h.port], len(r.Events))
		r.add(c, Event{Kind: Answered})
	}
}
