// What the robot sees of a page: its text, its forms, and which one to answer.
package client

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// form is a form as it would be sent.
type form struct {
	action  string
	post    bool
	values  url.Values
	buttons []button
	// username and password are the names of the fields that a login form has.
	username, password string
	// pressed is the button that choose picked, for the trace.
	pressed string
}

type button struct{ name, value, label string }

// readPage never fails: HTML that is broken has a meaning, too.
func readPage(at *url.URL, status int, body []byte) Page {
	page := Page{URL: at, Status: status}
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return page
	}
	var text strings.Builder
	for n := range root.Descendants() {
		switch {
		case n.Type == html.TextNode && readable(n.Parent):
			text.WriteString(n.Data + " ")
		case n.DataAtom == atom.Title:
			page.Title = textOf(n)
		case n.DataAtom == atom.Form:
			page.forms = append(page.forms, readForm(n))
		}
	}
	page.Text = printable(strings.Join(strings.Fields(text.String()), " "))
	return page
}

func readable(parent *html.Node) bool {
	return parent.DataAtom != atom.Script && parent.DataAtom != atom.Style && parent.DataAtom != atom.Title
}

func textOf(n *html.Node) string {
	var text strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			text.WriteString(d.Data)
		}
	}
	return printable(strings.Join(strings.Fields(text.String()), " "))
}

func readForm(n *html.Node) form {
	f := form{
		action: attribute(n, "action"),
		post:   strings.EqualFold(attribute(n, "method"), "post"),
		values: url.Values{},
	}
	for d := range n.Descendants() {
		switch d.DataAtom {
		case atom.Input:
			f.input(d)
		case atom.Select:
			f.selection(d)
		case atom.Button:
			if kind := attribute(d, "type"); kind == "" || strings.EqualFold(kind, "submit") {
				f.buttons = append(f.buttons, button{attribute(d, "name"), attribute(d, "value"), textOf(d)})
			}
		}
	}
	return f
}

func (f *form) input(n *html.Node) {
	name, value := attribute(n, "name"), attribute(n, "value")
	kind := strings.ToLower(attribute(n, "type"))
	switch kind {
	case "submit":
		f.buttons = append(f.buttons, button{name, value, value})
		return
	case "checkbox", "radio":
		if !hasAttribute(n, "checked") {
			return
		}
	case "password":
		f.password = name
	case "", "text", "email":
		if f.username == "" {
			f.username = name
		}
	case "button", "reset", "image", "file":
		return
	}
	if name != "" {
		f.values.Add(name, value)
	}
}

// selection takes the selected option, else the first, as browsers show it.
func (f *form) selection(n *html.Node) {
	name := attribute(n, "name")
	for d := range n.Descendants() {
		if name == "" || d.DataAtom != atom.Option {
			continue
		}
		value := attribute(d, "value")
		if !hasAttribute(d, "value") {
			value = textOf(d)
		}
		if !f.values.Has(name) || hasAttribute(d, "selected") {
			f.values.Set(name, value)
		}
	}
}

// choose picks the form to answer and presses a button on it: the consent page's by the decision, a login
// form's first, and otherwise the first of a form that is posted. A search box (GET) is left alone.
func (p Page) choose(decision string) (form, bool) {
	for _, f := range p.forms {
		for _, b := range f.buttons {
			if b.name == "decision" && b.value == decision {
				return f.press(b), true
			}
		}
	}
	for _, f := range p.forms {
		if f.password != "" && f.username != "" {
			return f.pressFirst(), true
		}
	}
	for _, f := range p.forms {
		if f.post && len(f.buttons) > 0 {
			return f.pressFirst(), true
		}
	}
	return form{}, false
}

func (f form) pressFirst() form {
	if len(f.buttons) == 0 {
		return f
	}
	return f.press(f.buttons[0])
}

func (f form) press(b button) form {
	f.pressed = b.label
	if b.name != "" {
		f.values.Set(b.name, b.value)
	}
	return f
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttribute(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
