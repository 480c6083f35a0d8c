// Which language a page speaks.

package web

import (
	"net/http"
	"strings"

	"golang.org/x/text/language"
)

// supported lists the languages that have a catalogue in locale/. The first is
// spoken when nothing else fits.
var supported = []language.Tag{
	language.English,
	language.German,
	language.French,
	language.Spanish,
	language.Portuguese,
	language.Italian,
	language.Japanese,
	language.Korean,
	language.SimplifiedChinese,
}

var matcher = language.NewMatcher(supported)

// maxPreferenceLength bounds, in bytes, what is parsed of a header or parameter
// that anyone can fill.
const maxPreferenceLength = 256

// choose returns the index into supported of the language for a page. What the
// client asked for comes before what the user's profile says, and that before the
// browser's setting: the first one that we speak wins.
func (l Language) choose(r *http.Request) int {
	for _, tag := range l.preferences(r) {
		if _, index, confidence := matcher.Match(tag); confidence >= language.High {
			return index
		}
	}
	return 0
}

func (l Language) preferences(r *http.Request) []language.Tag {
	var tags []language.Tag
	for wanted := range strings.FieldsSeq(clip(l.UILocales) + " " + clip(l.Locale)) {
		if tag, err := language.Parse(wanted); err == nil {
			tags = append(tags, tag)
		}
	}
	accepted, _, err := language.ParseAcceptLanguage(clip(r.Header.Get("Accept-Language")))
	if err != nil {
		return tags
	}
	return append(tags, accepted...)
}

// clip keeps a prefix of s; a language tag that was cut in two does not parse or
// is less specific, both of which are harmless.
func clip(s string) string {
	return s[:min(len(s), maxPreferenceLength)]
}
