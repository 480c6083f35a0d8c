package web_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/symbolon-auth/symbolon/internal/web"
	"github.com/symbolon-auth/symbolon/internal/web/webtest"
)

// tags lists the languages by their files, so that a forgotten entry in the list
// of supported languages shows.
func tags(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("locale/*.json")
	if err != nil || len(files) < 9 {
		t.Fatalf("catalogues %q: %v", files, err)
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(filepath.Base(file), ".json")
	}
	return files
}

func messages(t *testing.T, tag string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("locale/" + tag + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]string
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatalf("%s: %v", tag, err)
	}
	if members := regexp.MustCompile(`(?m)^  "`).FindAll(raw, -1); len(members) != len(all) {
		t.Errorf("%s: a key stands there twice", tag)
	}
	return all
}

func keys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

func TestCataloguesHaveTheSameKeysInTheSameOrder(t *testing.T) {
	want := keysInOrder(t, "en")
	for _, tag := range tags(t) {
		if got := keysInOrder(t, tag); !slices.Equal(got, want) {
			missing := slices.DeleteFunc(slices.Clone(want), func(k string) bool { return slices.Contains(got, k) })
			surplus := slices.DeleteFunc(slices.Clone(got), func(k string) bool { return slices.Contains(want, k) })
			t.Errorf("%s: missing %q, unknown %q, or another order than en.json", tag, missing, surplus)
		}
	}
}

var memberKey = regexp.MustCompile(`(?m)^  "([^"]+)":`)

func keysInOrder(t *testing.T, tag string) []string {
	t.Helper()
	raw, err := os.ReadFile("locale/" + tag + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range memberKey.FindAllSubmatch(raw, -1) {
		found = append(found, string(m[1]))
	}
	return found
}

var placeholder = regexp.MustCompile(`\{[^}]*\}?`)

func TestCataloguesUseTheSamePlaceholders(t *testing.T) {
	english := messages(t, "en")
	for _, tag := range tags(t) {
		for key, message := range messages(t, tag) {
			want, got := placeholder.FindAllString(english[key], -1), placeholder.FindAllString(message, -1)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%s: %s has %q, en.json has %q", tag, key, got, want)
			}
		}
	}
}

// usedKey finds what templates and code ask for: {{.T "key"}}, {{$.Text "key"}}.
var usedKey = regexp.MustCompile(`\.(?:T|Text) "([a-z_.]+)"`)

func TestEveryMessageIsUsed(t *testing.T) {
	used := map[string]string{"client.unnamed": "consent.go", "date.layout": "portal.go"}
	files, err := filepath.Glob("templates/*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("templates %q: %v", files, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range usedKey.FindAllSubmatch(raw, -1) {
			used[string(m[1])] = file
		}
	}
	for _, complaint := range webtest.Complaints {
		used[complaint.Key()] = "consent.html"
	}
	stems := []string{"notyet", "answered", "portal.over", "portal.left"}
	for _, kind := range webtest.ProblemKinds {
		stems = append(stems, "problem."+string(kind))
	}
	for _, stem := range stems {
		for _, part := range []string{".title", ".text", ".advice"} {
			used[stem+part] = "message.html"
		}
	}
	if got, want := keys(messages(t, "en")), keys(used); !slices.Equal(got, want) {
		for _, key := range got {
			if used[key] == "" {
				t.Errorf("nothing says %q", key)
			}
		}
		for _, key := range want {
			if !slices.Contains(got, key) {
				t.Errorf("%s asks for %q, which en.json lacks", used[key], key)
			}
		}
	}
}

// TestMessagesFit keeps a translation from growing out of its place: labels and
// buttons stand on one line of a narrow phone, a sentence may be half as long
// again as the English one.
func TestMessagesFit(t *testing.T) {
	english := messages(t, "en")
	oneLine := map[string]int{
		"consent.allow": 14, "consent.deny": 16, "action.retry": 24, "account.label": 16, "server.label": 16, "destination.label": 16,
		"client.website": 24, "client.policy": 24, "client.terms": 24, "client.unverified": 28, "account.switch": 28, "pickers.choose": 24,
		"portal.end": 24, "portal.leave": 16, "portal.where": 16, "portal.allbutton": 28,
	}
	for _, tag := range tags(t) {
		for key, message := range messages(t, tag) {
			limit := utf8.RuneCountInString(english[key])*3/2 + 20
			if fixed, ok := oneLine[key]; ok {
				limit = fixed
			}
			if n := utf8.RuneCountInString(message); n == 0 || n > limit || message != strings.TrimSpace(message) {
				t.Errorf("%s: %s has %d characters, at most %d fit: %q", tag, key, n, limit, message)
			}
		}
	}
}

// TestMessagesAreTranslated finds sentences that were left in English.
func TestMessagesAreTranslated(t *testing.T) {
	english := messages(t, "en")
	for _, tag := range tags(t) {
		for key, message := range messages(t, tag) {
			if tag != "en" && message == english[key] && strings.Contains(message, " ") {
				t.Errorf("%s: %s is English: %q", tag, key, message)
			}
		}
	}
}

// What a reader would stumble over: another form of address than everywhere else, words
// that say whether the reader is a man or a woman, and in French a line that begins
// with a question mark.
var stumbles = map[string]*regexp.Regexp{
	"de":      regexp.MustCompile(`(?i)\b(du|dir|dich|dein\w*|euch|euer\w*)\b|"|'`),
	"fr":      regexp.MustCompile(`(?i)\b(tu|toi|ton|ta)\b|vous (êtes|avez été) \w+é\b| [?!;:»]|« |"|'`),
	"es":      regexp.MustCompile(`(?i)\b(usted\w*|vos|tú mismo|has sido \w+do)\b|"|'`),
	"pt":      regexp.MustCompile(`(?i)\b(tu|teu|tua|mesmo acabou|foi conectado|obrigado)\b|"|'`),
	"it":      regexp.MustCompile(`\b(Lei|Suo|Sua|sei entrato|sei stato|da solo)\b|"|'`),
	"ja":      regexp.MustCompile(`[?!,]|である。|する。|"|'`),
	"ko":      regexp.MustCompile(`[해야]\.|당신|"|'`),
	"zh-Hans": regexp.MustCompile(`你|账户|[?!]|"|'`),
}

func TestMessagesReadWell(t *testing.T) {
	for tag, stumble := range stumbles {
		for key, message := range messages(t, tag) {
			if wrong := stumble.FindString(placeholder.ReplaceAllString(message, "X")); wrong != "" && !strings.HasPrefix(key, "date.") {
				t.Errorf("%s: %s has %q: %s", tag, key, wrong, message)
			}
		}
	}
}

func TestEveryPageSpeaksEveryLanguage(t *testing.T) {
	for _, tag := range tags(t) {
		for name, write := range samples {
			res, doc := show(t, write, web.Language{UILocales: tag})
			if res.Header.Get("Content-Language") != tag || strings.Contains(text(doc), "could not be shown") {
				t.Errorf("%s in %s: %s", name, tag, text(doc))
			}
		}
	}
}
