package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/web"
)

func languageOf(l web.Language, accept string) string {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Accept-Language", accept)
	w := httptest.NewRecorder()
	pages.Answered(w, r, web.Answered{Language: l})
	return w.Header().Get("Content-Language")
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		uiLocales, locale, accept, want string
	}{
		{"", "", "", "en"},
		{"", "", "de-CH,de;q=0.9,en;q=0.8", "de"},
		{"", "", "nl, fr;q=0.5", "fr"},
		{"", "", "*", "en"},
		{"", "", "en;q=0.2, ko", "ko"},
		{"", "pt_BR", "de", "pt"},
		{"", "pt-PT", "de", "pt"},
		{"fr-CA fr", "de", "it", "fr"},
		{"xx nl es-MX", "de", "it", "es"},
		{"not_a_tag! ja", "", "", "ja"},
		{"", "zh-CN", "", "zh-Hans"},
		{"", "zh", "", "zh-Hans"},
		{"", "", "zh-Hans-SG", "zh-Hans"},
		{"", "", "zh-Hant-TW, en", "en"}, // Traditional Chinese has no catalogue
		{"nl", "sv", "pl", "en"},
		{strings.Repeat("x ", 4000) + "de", "", "it", "it"}, // nobody reads that far
	} {
		if got := languageOf(web.Language{UILocales: c.uiLocales, Locale: c.locale}, c.accept); got != c.want {
			t.Errorf("ui_locales %.20q, locale %q, Accept-Language %q: %s, want %s", c.uiLocales, c.locale, c.accept, got, c.want)
		}
	}
}

func TestDocumentNamesItsLanguage(t *testing.T) {
	for _, tag := range tags(t) {
		res, doc := show(t, samples["consent"], web.Language{UILocales: tag})
		if got := attr(find(doc, "html")[0], "lang"); got != tag || res.Header.Get("Content-Language") != tag {
			t.Errorf("%s: lang=%q, Content-Language %q", tag, got, res.Header.Get("Content-Language"))
		}
	}
}

func FuzzLanguage(f *testing.F) {
	f.Add("de fr", "en-GB", "de;q=0.5, *")
	f.Add("\xff", "x-", ",,,;q=")
	f.Add("de-u-co-phonebk", "i-klingon", "de;q=9e99")
	f.Fuzz(func(t *testing.T, uiLocales, locale, accept string) {
		got := languageOf(web.Language{UILocales: uiLocales, Locale: locale}, accept)
		if !strings.Contains(" en de fr es pt it ja ko zh-Hans ", " "+got+" ") {
			t.Errorf("language %q", got)
		}
	})
}
