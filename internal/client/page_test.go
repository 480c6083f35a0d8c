package client

import (
	"net/url"
	"testing"
	"unicode"
)

func TestShowURL(t *testing.T) {
	tests := []struct{ in, want string }{
		{"https://a.example/x?state=s&scope=todo%3Aread&code=c#f", "https://a.example/x?state=…&scope=todo%3Aread&code=…"},
		{"https://user:pw@a.example/x", "https://a.example/x"},
		{"https://a.example/x?secret", "https://a.example/x?secret=…"},
	}
	for _, tt := range tests {
		u, err := url.Parse(tt.in)
		if err != nil {
			t.Fatal(err)
		}
		if got := showURL(u); got != tt.want {
			t.Errorf("showURL(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestSameResource(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"https://a.example/mcp", "HTTPS://A.example/mcp/", true},
		{"https://a.example", "https://a.example/", true},
		{"https://a.example/mcp", "https://a.example/mcp2", false},
		{"https://a.example/mcp", "https://a.example/MCP", false},
		{"https://a.example/mcp", "http://a.example/mcp", false},
		{"", "", false},
		{"/mcp", "/mcp", false},
	}
	for _, tt := range tests {
		if got := sameResource(tt.a, tt.b); got != tt.want {
			t.Errorf("sameResource(%q, %q) = %v", tt.a, tt.b, got)
		}
	}
}

func TestWellKnown(t *testing.T) {
	u, _ := url.Parse("https://a.example/x/mcp/")
	got := wellKnown(u, "oauth-protected-resource")
	want := []string{"https://a.example/.well-known/oauth-protected-resource/x/mcp", "https://a.example/.well-known/oauth-protected-resource"}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("wellKnown = %q, want %q", got, want)
	}
}

func TestChoose(t *testing.T) {
	tests := []struct{ name, html, want string }{
		{"search box", `<form action=/s><input name=q><button>Find</button></form>`, ""},
		{"consent before all", `<form method=post action=/switch><button>Switch</button></form><form method=post action=/decide><button name=decision value=deny>No</button><button name=decision value=allow>Yes</button></form>`, "/decide Yes"},
		{"login before others", `<form method=post action=/a><button>A</button></form><form method=post action=/in><input name=u><input type=password name=p><button>In</button></form>`, "/in In"},
		{"the first button", `<form method=post action=/a><button type=button>JS</button><button name=answer value=go>Go</button><button name=answer value=no>No</button></form>`, "/a Go"},
		{"no button", `<form method=post action=/a></form>`, ""},
	}
	at, _ := url.Parse("http://127.0.0.1/")
	for _, tt := range tests {
		f, ok := readPage(at, 200, []byte(tt.html)).choose("allow")
		if got := f.action + " " + f.pressed; ok != (tt.want != "") || ok && got != tt.want {
			t.Errorf("%s: chose %q (%v), want %q", tt.name, got, ok, tt.want)
		}
	}
}

func TestFetchSite(t *testing.T) {
	page, _ := url.Parse("http://127.0.0.1:3010/consent")
	tests := []struct{ soFar, to, want string }{
		{"same-origin", "http://127.0.0.1:3010/x", "same-origin"},
		{"same-origin", "http://127.0.0.1:3011/x", "same-site"},
		{"same-site", "http://127.0.0.1:3010/x", "same-site"},
		{"same-origin", "https://claude.ai/x", "cross-site"},
		{"cross-site", "http://127.0.0.1:3010/x", "cross-site"},
	}
	for _, tt := range tests {
		to, _ := url.Parse(tt.to)
		if got := fetchSite(tt.soFar, page, to); got != tt.want {
			t.Errorf("fetchSite(%s, %s) = %s, want %s", tt.soFar, tt.to, got, tt.want)
		}
	}
}

func FuzzReadPage(f *testing.F) {
	f.Add(`<title>x</title><form method=post><input type=password name=p><button name=decision value=allow>`, "/a")
	f.Add("<form><form action=\x00><input type=submit>", "::")
	f.Fuzz(func(t *testing.T, body, path string) {
		at := &url.URL{Scheme: "http", Host: "127.0.0.1", Path: path}
		page := readPage(at, 200, []byte(body))
		if form, ok := page.choose("allow"); ok && form.values == nil {
			t.Error("a form without values cannot be filled")
		}
		for _, r := range page.Title + page.Text {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q reaches the terminal", r)
			}
		}
	})
}

// A consent page lets people untick scopes and choose: what is ticked or selected is sent, the rest is not.
func TestFormsAreSentAsShown(t *testing.T) {
	at, _ := url.Parse("http://127.0.0.1/")
	page := readPage(at, 200, []byte(`<form method=post><input type=hidden name=form_token value=t><input type=checkbox name=scope value=a checked>
<input type=checkbox name=scope value=b><input type=checkbox name=scope value=c checked>
<select name=org><option value=x>X<option value=y selected>Y</select><select name=first><option>One<option>Two</select><button name=decision value=allow>Allow</button></form>`))
	f, ok := page.choose("allow")
	if got := f.values.Encode(); !ok || got != "decision=allow&first=One&form_token=t&org=y&scope=a&scope=c" {
		t.Errorf("sends %q", got)
	}
}
