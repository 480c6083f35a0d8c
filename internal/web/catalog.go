// The sentences of the pages, read from locale/*.json: one flat object a
// language, from key to sentence. {client} and its like stand for words of the
// page; a translator may move them, but not rename them.

package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"html"
	"html/template"
	"strings"

	"golang.org/x/text/language"
)

//go:embed locale
var localeFiles embed.FS

// catalog holds the sentences of one language.
type catalog struct {
	tag      language.Tag
	messages map[string]string
}

// words are the values for the placeholders of one page.
type words map[string]string

func loadCatalogs() ([]catalog, error) {
	all := make([]catalog, 0, len(supported))
	for _, tag := range supported {
		c, err := loadCatalog(tag)
		if err != nil {
			return nil, fmt.Errorf("message catalogue %s: %w", tag, err)
		}
		all = append(all, c)
	}
	return all, nil
}

func loadCatalog(tag language.Tag) (catalog, error) {
	c := catalog{tag: tag}
	raw, err := localeFiles.ReadFile("locale/" + tag.String() + ".json")
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(raw, &c.messages)
}

// text returns a sentence as plain text.
func (c catalog) text(key string, w words) (string, error) {
	var out strings.Builder
	err := c.compose(key, w, func(literal string) { out.WriteString(literal) }, func(value string) { out.WriteString(value) })
	return out.String(), err
}

// html returns a sentence as markup: everything is escaped, and each value is set
// off and isolated, so that a name written right to left, or one made to read
// like a sentence, stays a name.
func (c catalog) html(key string, w words) (template.HTML, error) {
	var out strings.Builder
	err := c.compose(key, w,
		func(literal string) { out.WriteString(html.EscapeString(literal)) },
		func(value string) { out.WriteString(nameElement(value)) })
	return template.HTML(out.String()), err //nolint:gosec // G203: every part was escaped above
}

// shortName is the length, in bytes as a rough measure of width, up to which a
// name is kept on one line.
const shortName = 24

func nameElement(value string) string {
	class := "name"
	if len(value) <= shortName {
		class = "name short"
	}
	return `<bdi class="` + class + `">` + html.EscapeString(value) + "</bdi>"
}

// compose splits the sentence once; a value is never searched for placeholders.
func (c catalog) compose(key string, w words, literal, value func(string)) error {
	rest, ok := c.messages[key]
	if !ok {
		return fmt.Errorf("no message %q in %s", key, c.tag)
	}
	for {
		before, after, found := strings.Cut(rest, "{")
		literal(before)
		if !found {
			return nil
		}
		name, tail, closed := strings.Cut(after, "}")
		word, known := w[name]
		if !closed || !known {
			return fmt.Errorf("message %q in %s: nothing stands for {%s}", key, c.tag, name)
		}
		value(word)
		rest = tail
	}
}
