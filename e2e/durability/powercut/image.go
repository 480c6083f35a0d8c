package powercut

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// Loss is a manner in which a power cut treats what was not synced.
type Loss int

// Manners. [Losses] are all of them.
const (
	All     Loss = iota // nothing of it is on the disk
	None                // all of it is, as after a kill
	Sectors             // each 512 bytes are as they were at some moment since
	Pages               // each 4096 bytes are
	Writes              // each write is there whole or not at all, whatever its order
)

// Losses are all manners.
var Losses = []Loss{All, None, Sectors, Pages, Writes}

func (l Loss) String() string {
	return [...]string{"all lost", "none lost", "sectors torn", "pages torn", "writes dropped"}[l]
}

// Image puts one of the disks that are possible into a directory, in which the server's
// own directories are already.
func (d *Disk) Image(dir string, l Loss, random *rand.Rand) error {
	names := maps.Clone(d.names)
	for _, in := range d.dirs {
		for _, e := range in.waiting {
			if l == None || l != All && random.IntN(2) == 0 {
				rename(names, e)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		content := d.file(names[name]).after(l, random)
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// after is what a file holds.
func (f *content) after(l Loss, random *rand.Rand) []byte {
	certain := slices.Clone(f.certain)
	switch l {
	case None:
		return f.all(certain)
	case Sectors:
		return f.torn(certain, 512, random)
	case Pages:
		return f.torn(certain, 4096, random)
	case Writes:
		for _, e := range f.waiting {
			if random.IntN(2) == 0 {
				certain = e.apply(certain)
			}
		}
	}
	return certain
}

func (f *content) all(b []byte) []byte {
	for _, e := range f.waiting {
		b = e.apply(b)
	}
	return b
}

// torn takes each block as it was at a moment of its own since the last sync, and the
// length as it was at yet another. What lies beyond the old end and was not written
// holds what the disk held there before, of whatever file.
func (f *content) torn(b []byte, block int, random *rand.Rand) []byte {
	old, sizes := len(b), []int{len(b)}
	versions := map[int][][]byte{} // of a block, the oldest first
	current := slices.Clone(b)
	for _, e := range f.waiting {
		from, to := int(e.offset), int(e.offset)+len(e.data)
		if e.data == nil {
			from, to = min(from, len(current)), max(from, len(current))
		}
		current = e.apply(current)
		sizes = append(sizes, len(current))
		for n := from / block; n*block < to; n++ {
			versions[n] = append(versions[n], slices.Clone(current[min(n*block, len(current)):min((n+1)*block, len(current))]))
		}
	}
	b = resize(b, sizes[random.IntN(len(sizes))])
	if stale := random.IntN(2) == 0; stale {
		for i := old; i < len(b); i++ {
			b[i] = byte(random.Uint32())
		}
	}
	for _, n := range slices.Sorted(maps.Keys(versions)) {
		moment := random.IntN(len(versions[n]) + 1)
		if moment > 0 && n*block < len(b) {
			copy(b[n*block:], versions[n][moment-1])
		}
	}
	return b
}
