package catalog

// How a wanted configuration becomes a change of the stored one.

import (
	"fmt"
	"slices"
)

// Change is what has to be written, and how to tell the operator.
type Change struct {
	Put    []Object
	Delete []Ref
	Lines  []DiffLine // one for each object in Put and Delete, in their order by kind and id
}

// Empty reports whether nothing has to be written.
func (c Change) Empty() bool { return len(c.Put) == 0 && len(c.Delete) == 0 }

// After is what current becomes by the change.
func (c Change) After(current []Object) []Object {
	after := make(map[Ref]Object, len(current)+len(c.Put))
	for _, o := range current {
		after[o.Ref()] = o
	}
	for _, o := range c.Put {
		after[o.Ref()] = o
	}
	for _, r := range c.Delete {
		delete(after, r)
	}
	return sorted(after)
}

// Diff computes how current, everything that is stored, becomes desired,
// everything that owner wants. What owner no longer wants is disabled, or
// deleted with prune; what it wants again is enabled. Objects of the other owner
// stay as they are, and wanting one of them is an error. So is a change after
// which [Validate] would fail.
func Diff(current, desired []Object, owner Owner, prune bool) (Change, error) {
	d := differ{owner: owner, prune: prune, stored: make(map[Ref]Object, len(current))}
	for _, o := range current {
		d.stored[o.Ref()] = o
	}
	wanted := make(map[Ref]Object, len(desired))
	for _, o := range desired {
		if _, twice := wanted[o.Ref()]; twice {
			return Change{}, fmt.Errorf("catalog: %s is configured twice", o.Ref())
		}
		o.Owner = owner
		wanted[o.Ref()] = o
	}
	for _, o := range sorted(wanted) {
		if err := d.want(o); err != nil {
			return Change{}, err
		}
	}
	for _, o := range sorted(d.stored) {
		if _, ok := wanted[o.Ref()]; !ok {
			d.drop(o)
		}
	}
	slices.SortStableFunc(d.change.Lines, func(a, b DiffLine) int { return compareRefs(a.Ref, b.Ref) })
	return d.change, Validate(d.change.After(current))
}

type differ struct {
	owner  Owner
	prune  bool
	stored map[Ref]Object
	change Change
}

func (d *differ) want(o Object) error {
	old, exists := d.stored[o.Ref()]
	switch {
	case !exists:
		d.put(o, DiffLine{Action: ActionCreate, Ref: o.Ref()})
		return nil
	case old.Owner != d.owner:
		return fmt.Errorf("catalog: %s belongs to the %s; choose another id here, or delete it there first", o.Ref(), old.Owner)
	}
	fields, err := changedFields(old.Spec, o.Spec)
	if err != nil {
		return fmt.Errorf("catalog: %s: %w", o.Ref(), err)
	}
	line := DiffLine{Action: ActionChange, Ref: o.Ref(), Fields: fields}
	switch {
	case old.Disabled && !o.Disabled:
		line.Action = ActionEnable
	case !old.Disabled && o.Disabled:
		line.Action = ActionDisable
	case len(fields) == 0:
		return nil
	}
	d.put(o, line)
	return nil
}

func (d *differ) drop(o Object) {
	switch {
	case o.Owner != d.owner:
	case d.prune:
		d.change.Delete = append(d.change.Delete, o.Ref())
		d.change.Lines = append(d.change.Lines, DiffLine{Action: ActionDelete, Ref: o.Ref()})
	case !o.Disabled:
		o.Disabled = true
		d.put(o, DiffLine{Action: ActionDisable, Ref: o.Ref()})
	}
}

func (d *differ) put(o Object, line DiffLine) {
	d.change.Put = append(d.change.Put, o)
	d.change.Lines = append(d.change.Lines, line)
}

func sorted(objects map[Ref]Object) []Object {
	list := make([]Object, 0, len(objects))
	for _, o := range objects {
		list = append(list, o)
	}
	slices.SortFunc(list, compareObjects)
	return list
}
