// Reading documents: the first that is there, and members of it.
package knownclients

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
)

// document is a document that was found.
type document struct {
	url, redirect string
	answer        Answer
	object        map[string]any
}

// first returns the first document that is there, nil if none is. A 4xx leads to
// the next place; anything else that is no document ends the search, since clients
// do not guess around a broken server.
func (v *view) first(step Step, urls []string) (*document, *Verdict) {
	for _, target := range urls {
		a, redirect, ok := v.get(target)
		if !ok {
			return nil, &Verdict{Step: step, Why: "not asked: " + v.unseen, Unknown: true, Unseen: v.unseen}
		}
		if a.Status >= 400 && a.Status < 500 {
			continue
		}
		if !a.found() {
			return nil, &Verdict{
				Step: step, Why: fmt.Sprintf("%s answers %d", target, a.Status),
				Change: "Answer 404 at " + target + " if there is nothing, or the metadata.",
			}
		}
		o := a.object()
		if o == nil {
			return nil, &Verdict{
				Step: step, Why: target + " answers 200 with something that is no JSON object",
				Change: "Answer 404 at " + target + ", or the metadata as JSON; a page for browsers must not be there.",
			}
		}
		return &document{url: target, redirect: redirect, answer: a, object: o}, nil
	}
	return nil, nil
}

// get follows up to three redirects; the checks say who refuses which. redirect is
// the URL that redirected to another origin, if one did.
func (v *view) get(target string) (a Answer, redirect string, ok bool) {
	for range 4 {
		if a, ok = v.see(target); !ok {
			v.unseen = target
			return a, redirect, false
		}
		next, err := url.Parse(a.Header.Get("Location"))
		if !a.redirected() || err != nil || next.String() == "" {
			return a, redirect, true
		}
		at, err := url.Parse(target)
		if err != nil {
			return a, redirect, true
		}
		to := at.ResolveReference(next).String()
		if redirect == "" && !sameOrigin(target, to) {
			redirect = target
		}
		target = to
	}
	return a, redirect, true
}

// text is a string member; "" if it is not there or something else.
func text(o map[string]any, name string) string {
	s, _ := o[name].(string)
	return s
}

// list is the strings of an array member.
func list(o map[string]any, name string) []string {
	items, _ := o[name].([]any)
	var words []string
	for _, item := range items {
		if s, ok := item.(string); ok {
			words = append(words, s)
		}
	}
	return words
}

func sortedNames(o map[string]any) []string { return slices.Sorted(maps.Keys(o)) }
