package main

import (
	"bytes"
	"errors"
	"net/url"

	"golang.org/x/net/html"
)

// form is what a person submits on a page.
type form struct {
	action string
	fields url.Values // hidden inputs and ticked boxes
}

// firstForm reads the first form of a page that has fields.
func firstForm(page []byte) (form, error) {
	f := form{fields: url.Values{}}
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return f, errors.New("the page has no form")
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "form" && (len(f.fields) > 0 || f.action != "") {
				return f, nil
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			f.read(z.Token())
		}
	}
}

func (f *form) read(t html.Token) {
	a := map[string]string{}
	for _, x := range t.Attr {
		a[x.Key] = x.Val
	}
	switch t.Data {
	case "form":
		f.action = a["action"]
	case "input":
		_, checked := a["checked"]
		if a["name"] != "" && (a["type"] == "hidden" || checked) {
			f.fields.Add(a["name"], a["value"])
		}
	}
}
