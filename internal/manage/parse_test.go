package manage_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/manage"
	"github.com/symbolon-auth/symbolon/internal/store"
)

const loginURL = "https://app.acme.example/login"

// A return_url that is accepted leads, read by anybody, to the login's origin.
func FuzzReturnURL(f *testing.F) {
	for _, target := range []string{
		"https://app.acme.example/settings", "https://APP.acme.example:443", "https://app.acme.example@evil.example/", "https://app.acme.example\\@evil.example",
		"//app.acme.example", "https:app.acme.example", "javascript:alert(1)", "https://app.acme.example%2eevil.example", "https://app.acme.example:444/", "\thttps://app.acme.example",
	} {
		f.Add(target)
	}
	f.Fuzz(func(t *testing.T, target string) {
		if !manage.Returns(loginURL, target) {
			return
		}
		u, err := url.Parse(target)
		if err != nil || u.Scheme != "https" || !strings.EqualFold(u.Hostname(), "app.acme.example") || u.Port() != "" && u.Port() != "443" || u.User != nil {
			t.Errorf("%q leads to %v", target, u)
		}
		if strings.ContainsAny(target, "\\\r\n\t ") {
			t.Errorf("%q is read differently by browsers", target)
		}
	})
}

func TestReturnURL(t *testing.T) {
	for target, want := range map[string]bool{
		"https://app.acme.example": true, "https://app.acme.example/a?b#c": true, "https://APP.ACME.EXAMPLE:443/": true,
		"http://app.acme.example/": false, "https://acme.example/": false, "https://x.app.acme.example/": false, "https://app.acme.example./": false,
		"https://app.acme.example/" + strings.Repeat("a", 1000): false,
	} {
		if got := manage.Returns(loginURL, target); got != want {
			t.Errorf("%q: %v", target, got)
		}
	}
}

// A body that is accepted says something, and nothing that a user may not be.
func FuzzUpdate(f *testing.F) {
	for _, body := range []string{
		`{"sub":"a","roles":["x"]}`, `{"sub":"a","disabled":true}`, `{"sub":"a","disabled":null}`, `{"sub":"a","custom_attributes":{"a":{"b":[1]}}}`,
		`{"sub":"a","email":""}`, `{"sub":"a","name":"\u202e"}`, `{"sub":"a","groups":[null]}`, `{"sub":"a","name":"x","name":"y"}`, `[]`, `{`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		u, problem := manage.ReadUpdate(httptest.NewRecorder(), r)
		if problem != nil {
			if problem.Status < 400 || problem.Code == "" || problem.Detail == "" {
				t.Errorf("%q: %+v", body, problem)
			}
			return
		}
		user := u.Change.Apply(store.User{Sub: u.Sub})
		if u.Sub == "" || u.Change.Empty() && u.Disabled == nil || user.Check() != nil || len(u.Audit) == 0 {
			t.Errorf("%q: %+v", body, u)
		}
	})
}

func TestWaiting(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "0": 0, "30s": 30 * time.Second, "60": time.Minute} {
		if got, ok := manage.Waiting(text); !ok || got != want {
			t.Errorf("%q: %v %v", text, got, ok)
		}
	}
	for _, text := range []string{"61", "-1", "1m", "s", "1e1", "0x10", "9999999999999s", " 1"} {
		if got, ok := manage.Waiting(text); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}
