package symbolon_test

// What a master secret is worth once it is retired.

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// withSecretFile is a server whose master secrets are in a file.
func (x *scene) withSecretFile() (*scene, symbolon.Config) {
	x.Helper()
	path := filepath.Join(x.TempDir(), "symbolon.secret")
	x = x.on(symbolontest.StartServer(x, func(c *symbolon.Config) { c.Secret, c.SecretFile = "", path }))
	return x, x.server.Config()
}

// rotateSecret lets a new secret seal and waits until the running server does so.
func (x *scene) rotateSecret(cfg symbolon.Config) (old string) {
	x.Helper()
	names, err := cfg.SecretFingerprints()
	if err != nil {
		x.Fatal(err)
	}
	added, err := cfg.AddSecret(true)
	if err != nil {
		x.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); !strings.Contains(x.server.Logs(), "seals="+added); {
		if time.Now().After(end) {
			x.Fatalf("the running server does not take the file over; it says: %s", x.server.Logs())
		}
		time.Sleep(10 * time.Millisecond)
	}
	return names[0]
}

// retireSecret retires it while no server runs, and leaves the file as it is: like that
// of a server that nobody thought of.
func (x *scene) retireSecret(cfg symbolon.Config, fingerprint string) admin.Retirement {
	x.Helper()
	x.server.Stop()
	s, err := symbolon.Open(cfg)
	if err != nil {
		x.Fatal(err)
	}
	done, err := admin.InProcess(s.Operator()).RetireSecret(x.Context(), admin.RetireSecret{Fingerprint: fingerprint})
	if err != nil {
		x.Error(err)
	}
	if err := s.Close(); err != nil {
		x.Error(err)
	}
	x.server.Restart()
	return done
}

// held is everything that the server has handed out under one secret.
type held struct {
	refresh symbolontest.Tokens
	auth    *symbolontest.Authorization
	code    string
	visit   symbolontest.Visit // of a login that waits for its user
	browser *symbolontest.Browser
	page    *symbolontest.Response // a consent page, in
	other   *symbolontest.Browser
	link    string
	errorID string
}

func (x *scene) hold() held {
	x.Helper()
	var h held
	_, h.refresh = x.tokens()
	h.auth, h.code = x.code()
	h.browser = x.server.NewBrowser()
	_, h.visit = x.begin(h.browser)
	h.other = x.server.NewBrowser()
	_, h.page = x.asked(h.other)
	h.link = x.link()
	wrong := x.server.NewBrowser().Get(x.server.URL + "/oauth/authorize?client_id=nobody")
	_, id, _ := strings.Cut(wrong.VisibleText(), "err_")
	h.errorID = "err_" + strings.Fields(id + " ")[0]
	return h
}

var attacksSecret = []attack{
	{"K03_rotated_secret_ends_nobody", func(x *scene) {
		x, cfg := x.withSecretFile()
		h := x.hold()
		x.rotateSecret(cfg)
		x.client.MustRefresh(h.refresh.Refresh)
		x.client.MustRedeem(h.auth, h.code)
		if r := h.other.Submit(h.page, "decision", "allow"); r.Location() == nil || r.Location().Query().Get("code") == "" {
			x.Errorf("a consent page from before: %d %s", r.Status, r.VisibleText())
		}
		if r := x.server.App.Post(h.visit.LoginRequestID(), symbolontest.Alice()); r.Status != http.StatusOK {
			x.Errorf("a login from before: %d %s", r.Status, r.Body)
		} else if end := h.browser.Follow(h.browser.Get(r.Text("redirect_url"))); !strings.HasPrefix(end.URL.Path, "/consent/") {
			x.Errorf("it ends at %s: %s", end.URL, end.VisibleText())
		}
		if r := h.browser.Follow(h.browser.Get(h.link)); r.URL.Path != "/portal" {
			x.Errorf("a link from before: %d at %s", r.Status, r.URL)
		}
		if r := x.server.Get("/api/v1/errors/" + h.errorID); r.Status != http.StatusOK {
			x.Errorf("an error id from before: %d", r.Status)
		}
		x.honest()
		x.server.Restart()
		x.honest()
	}},
	{"K03_retired_secret_opens_nothing", func(x *scene) {
		x, cfg := x.withSecretFile()
		stolen, err := os.ReadFile(cfg.SecretFile)
		if err != nil {
			x.Fatal(err)
		}
		h := x.hold()
		_, kept := x.tokens()
		old := x.rotateSecret(cfg)
		kept = x.client.MustRefresh(kept.Refresh)
		done := x.retireSecret(cfg, old)
		if done.Secret.Grants == 0 || done.Secret.SigningKeys != 2 || done.Secret.RegistrationKeys != 1 || !done.Recent {
			x.Errorf("it says that it ends %+v", done)
		}
		if names, err := cfg.SecretFingerprints(); err != nil || len(names) != 2 {
			x.Fatalf("the file has %v, %v: this test is about a server that still has the secret", names, err)
		}
		x.refusedAs("a refresh token", x.client.Refresh(h.refresh.Refresh), "invalid_grant")
		x.refusedAs("a code", x.client.Redeem(h.auth, h.code), "invalid_grant")
		if r := x.server.App.Post(h.visit.LoginRequestID(), symbolontest.Alice()); r.Status != http.StatusNotFound {
			x.Errorf("a login_request_id: %d %s", r.Status, r.Body)
		}
		callback := x.server.App.CallbackURL(url.Values{"state": {h.visit.State()}})
		if r := h.browser.Get(callback); r.Status == http.StatusOK || r.Status == http.StatusSeeOther {
			x.Errorf("a state: %d %s", r.Status, r.VisibleText())
		}
		if r := h.other.Submit(h.page, "decision", "allow"); r.Status == http.StatusOK || r.Location() != nil {
			x.Errorf("a consent page from before: %d %v", r.Status, r.Location())
		}
		if r := h.browser.Follow(h.browser.Get(h.link)); r.Status == http.StatusOK && r.URL.Path == "/portal" {
			x.Error("a link to a user's page opens it")
		}
		if r := x.server.Get("/api/v1/errors/" + h.errorID); r.Status != http.StatusNotFound {
			x.Errorf("an error id: %d %s", r.Status, r.Body)
		}
		x.thief(strings.TrimSpace(string(stolen)))
		x.client.MustRefresh(kept.Refresh)
		x.honest()
	}},
}

// thief has the retired secret and a copy of the database, of now.
func (x *scene) thief(secret string) {
	x.Helper()
	ring, err := seal.NewRing(secret)
	if err != nil {
		x.Fatal(err)
	}
	var sealed, kid, alg, registration, epoch, family, client string
	var generation, number int
	x.query("SELECT sealed, kid, alg FROM signing_keys WHERE state = 'active'", &sealed, &kid, &alg)
	if _, err := ring.Box(seal.PurposeSigningKey).Open(sealed, kid, alg); err == nil {
		x.Error("the signing key opens")
	}
	x.query("SELECT sealed, number FROM registration_keys", &registration, &number)
	if _, err := ring.Box(seal.PurposeRegistrationKey).Open(registration, strconv.Itoa(number)); err == nil {
		x.Error("the registration key opens")
	}
	x.query("SELECT epoch FROM instance", &epoch)
	x.query("SELECT hex(family), generation, client_id FROM grants WHERE family IS NOT NULL AND generation > 0", &family, &generation, &client)
	raw, err := hex.DecodeString(family)
	if err != nil {
		x.Fatal(err)
	}
	forged := seal.NewRefresh(ring).Token([16]byte(raw), uint32(generation), epoch, client)
	x.refusedAs("a forged refresh token of a living family", x.client.Refresh(forged), "invalid_grant")
	logins := seal.NewLogins(ring)
	request := logins.RequestID(seal.NewLogin(), x.server.Clock.Now(), symbolontest.ConnectionID)
	if r := x.server.App.Post(request, symbolontest.Alice()); r.Status != http.StatusNotFound {
		x.Errorf("a forged login_request_id: %d %s", r.Status, r.Body)
	}
}
