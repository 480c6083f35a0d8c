package symbolontest

import (
	"maps"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Form is an HTML form of a page.
type Form struct {
	Action string
	// Fields are the form's inputs as the page shows them, without buttons.
	Fields url.Values

	buttons []button
}

type button struct{ name, value string }

// Buttons are the buttons that submit the form, as name=value.
func (f Form) Buttons() []string {
	var list []string
	for _, b := range f.buttons {
		list = append(list, b.name+"="+b.value)
	}
	return list
}

// press returns the fields as the button would submit them.
func (f Form) press(name, value string) (url.Values, bool) {
	for _, b := range f.buttons {
		if b.name == name && (value == "" || b.value == value) {
			fields := maps.Clone(f.Fields)
			if b.name != "" {
				fields.Set(b.name, b.value)
			}
			return fields, true
		}
	}
	return nil, false
}

// Document parses the body as HTML.
func (r *Response) Document() *html.Node {
	r.t.Helper()
	root, err := html.Parse(strings.NewReader(r.Body))
	if err != nil {
		r.t.Fatal(err)
	}
	return root
}

// VisibleText is what a person reads on the page, with single spaces.
func (r *Response) VisibleText() string {
	r.t.Helper()
	var words []string
	for n := range r.Document().Descendants() {
		if n.Type == html.TextNode && !hidden(n.Parent) {
			words = append(words, strings.Fields(n.Data)...)
		}
	}
	return strings.Join(words, " ")
}

func hidden(n *html.Node) bool {
	return n != nil && (n.Data == "script" || n.Data == "style" || n.Data == "title")
}

// Forms are the forms of the page, in order. A control that names its form by the
// attribute "form" belongs to that one.
func (r *Response) Forms() []Form {
	r.t.Helper()
	root := r.Document()
	var forms []Form
	byNode, byID := map[*html.Node]int{}, map[string]int{}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "form" {
			byNode[n], byID[attribute(n, "id")] = len(forms), len(forms)
			forms = append(forms, Form{Action: attribute(n, "action"), Fields: url.Values{}})
		}
	}
	for n := range root.Descendants() {
		if i, ok := owner(n, byNode, byID); ok {
			forms[i].add(n)
		}
	}
	return forms
}

func owner(n *html.Node, byNode map[*html.Node]int, byID map[string]int) (int, bool) {
	if n.Type != html.ElementNode || n.Data != "input" && n.Data != "button" && n.Data != "select" {
		return 0, false
	}
	if id := attribute(n, "form"); id != "" {
		i, ok := byID[id]
		return i, ok
	}
	for p := range n.Ancestors() {
		if i, ok := byNode[p]; ok {
			return i, true
		}
	}
	return 0, false
}

func (f *Form) add(n *html.Node) {
	name, value, kind := attribute(n, "name"), attribute(n, "value"), attribute(n, "type")
	switch {
	case n.Data == "button" && attribute(n, "formmethod") == "dialog": // submits nothing
	case n.Data == "button", kind == "submit":
		f.buttons = append(f.buttons, button{name, value})
	case n.Data == "select":
		f.Fields.Add(name, selected(n))
	case kind == "checkbox" && !has(n, "checked"), name == "":
	default:
		f.Fields.Add(name, value)
	}
}

// selected is the value of the selected option, or else of the first.
func selected(n *html.Node) string {
	var options []*html.Node
	for o := range n.Descendants() {
		if o.Type == html.ElementNode && o.Data == "option" {
			options = append(options, o)
		}
	}
	for _, o := range options {
		if has(o, "selected") {
			return attribute(o, "value")
		}
	}
	if len(options) == 0 {
		return ""
	}
	return attribute(options[0], "value")
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
