package web_test

import (
	"strings"

	"golang.org/x/net/html"
)

// find returns the elements of a name, in document order.
func find(doc *html.Node, name string) []*html.Node {
	var found []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == name {
			found = append(found, n)
		}
	}
	return found
}

// attr returns the value of an attribute, or "".
func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// has tells whether the attribute exists, with or without a value.
func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// text returns everything written below n, with single spaces.
func text(n *html.Node) string {
	var all []string
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			all = append(all, d.Data)
		}
	}
	return strings.Join(strings.Fields(strings.Join(all, "")), " ")
}

// skeleton is the document without what was written into it: the names of its
// elements and attributes.
func skeleton(doc *html.Node) string {
	var out strings.Builder
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		out.WriteString("<" + n.Data)
		for _, a := range n.Attr {
			out.WriteString(" " + a.Key)
		}
		out.WriteString(">\n")
	}
	return out.String()
}
