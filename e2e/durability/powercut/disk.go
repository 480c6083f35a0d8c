package powercut

import (
	"cmp"
	"path/filepath"
)

// Disk is what a power cut would meet: for every file and every name what is on the
// disk for certain, and what was done since, which may or may not be.
type Disk struct {
	// Lies is a disk, or a server, whose syncs do nothing. It is for the proof that
	// the proof would notice.
	Lies bool

	files map[int]*content
	names map[string]int        // that are certain
	dirs  map[string]*directory // by name, what happened in them since
	scope map[int]int           // by the event at which a sync began, what it covers
}

// directory is the names that are not certain.
type directory struct {
	waiting []Event
	done    int // names that became certain
}

// content is a file's.
type content struct {
	certain []byte
	waiting []Event
	done    int // changes that became certain
}

// NewDisk is an empty one.
func NewDisk() *Disk {
	return &Disk{files: map[int]*content{}, names: map[string]int{}, dirs: map[string]*directory{}, scope: map[int]int{}}
}

// Play does the events up to and without to, from from.
func (r *Record) Play(d *Disk, from, to int) {
	for i := from; i < to; i++ {
		d.do(i, r.Events[i])
	}
}

func (d *Disk) file(number int) *content {
	if d.files[number] == nil {
		d.files[number] = &content{}
	}
	return d.files[number]
}

func (d *Disk) dir(name string) *directory {
	if d.dirs[name] == nil {
		d.dirs[name] = &directory{}
	}
	return d.dirs[name]
}

func (d *Disk) do(i int, e Event) {
	switch e.Kind {
	case Wrote:
		f := d.file(e.file)
		f.waiting = append(f.waiting, e)
	case Named:
		in := d.dir(filepath.Dir(cmp.Or(e.to, e.from)))
		in.waiting = append(in.waiting, e)
	case Syncing:
		if e.file != 0 {
			f := d.file(e.file)
			d.scope[i] = f.done + len(f.waiting)
		} else {
			in := d.dir(e.dir)
			d.scope[i] = in.done + len(in.waiting)
		}
	case Synced:
		until := d.scope[e.began]
		delete(d.scope, e.began)
		if d.Lies {
			return
		}
		if e.file != 0 {
			d.file(e.file).settle(until)
		} else {
			d.dir(e.dir).settle(until, d.names)
		}
	}
}

// settle makes the changes certain that a sync covered.
func (f *content) settle(until int) {
	for ; f.done < until && len(f.waiting) > 0; f.done++ {
		f.certain = f.waiting[0].apply(f.certain)
		f.waiting = f.waiting[1:]
	}
}

func (in *directory) settle(until int, names map[string]int) {
	for ; in.done < until && len(in.waiting) > 0; in.done++ {
		rename(names, in.waiting[0])
		in.waiting = in.waiting[1:]
	}
}

// apply returns the content after a change.
func (e Event) apply(to []byte) []byte {
	if e.data == nil {
		return resize(to, int(e.offset))
	}
	end := int(e.offset) + len(e.data)
	if end > len(to) {
		to = resize(to, end)
	}
	copy(to[e.offset:], e.data)
	return to
}

// resize cuts content off or fills it up with zeros.
func resize(b []byte, size int) []byte {
	if size <= len(b) {
		return b[:size]
	}
	return append(b, make([]byte, size-len(b))...)
}

func rename(names map[string]int, e Event) {
	delete(names, e.from)
	if e.to != "" {
		names[e.to] = e.file
	}
}
