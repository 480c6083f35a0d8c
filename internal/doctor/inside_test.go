package doctor_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/doctor"
)

func TestInside(t *testing.T) {
	app := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(app.Close)
	refused := func(reason string, n int) []doctor.Attempt {
		return slices.Repeat([]doctor.Attempt{{ID: "req_x", Connection: "conn_acme", Reason: reason, What: "What.", Remedy: "Remedy."}}, n)
	}
	for _, tt := range []struct {
		want   doctor.Code // "": healthy
		change func(*doctor.Inside)
	}{
		{"", func(*doctor.Inside) {}},
		{"", func(in *doctor.Inside) { in.Attempts = refused("denied", 5) }},
		{"", func(in *doctor.Inside) { in.Attempts = refused("state_expired", 2) }},
		{"D801", func(in *doctor.Inside) { in.Connections[0].LoginURL = "http://127.0.0.1:1/login" }},
		{"D802", func(in *doctor.Inside) { in.Connections[0].LoginVerifier = "declared" }},
		{"D803", func(in *doctor.Inside) { in.Attempts = refused("not_posted_yet", 1) }},
		{"D804", func(in *doctor.Inside) { in.Attempts = refused("verifier_missing", 9) }},
		{"D805", func(in *doctor.Inside) { in.Attempts = refused("state_expired", 3) }},
		{"D805", func(in *doctor.Inside) {
			in.Attempts = []doctor.Attempt{{ID: "call_x", Reason: "client_secret_wrong", Times: 3}}
		}},
		{"D806", func(in *doctor.Inside) { in.Keys = in.Keys[:1] }},
		{"D807", func(in *doctor.Inside) { in.Keys[0].SigningSince = time.Now().AddDate(-3, 0, 0) }},
		{"D808", func(in *doctor.Inside) { in.SecretMode = 0o644 }},
		{"D809", func(in *doctor.Inside) { in.SecretChanged = time.Now().AddDate(-3, 0, 0) }},
		{"D810", func(in *doctor.Inside) { in.Issuers = []string{"https://auth.example"} }},
		{"D811", func(in *doctor.Inside) { in.Attempts = nil }},
	} {
		w := newWorld(t)
		w.start(nil)
		in := &doctor.Inside{
			Issuers:     []string{w.URL},
			Connections: []doctor.Connection{{ID: "conn_acme", LoginURL: app.URL + "/login", LoginVerifier: "required"}},
			Keys:        []doctor.Key{{KID: "1", Alg: "RS256", State: "active", SigningSince: time.Now()}, {KID: "2", Alg: "RS256", State: "standby"}},
			Attempts:    []doctor.Attempt{{ID: "req_y"}}, SecretFile: "symbolon.secret", SecretMode: 0o600, SecretChanged: time.Now(),
		}
		tt.change(in)
		found := codes(w.examine(func(o *doctor.Options) { o.Inside = in }))
		if tt.want == "" && len(found) > 0 || tt.want != "" && !slices.Equal(found, []doctor.Code{tt.want}) {
			t.Errorf("want %q, found %v", tt.want, found)
		}
	}
}
