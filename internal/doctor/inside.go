package doctor

// What only the operator of this project's own server sees.

import (
	"context"
	"io/fs"
	"net/http"
	"slices"
	"time"
)

// Inside is what the server said through its operator's socket, and its files.
type Inside struct {
	Issuers     []string // every issuer of the configuration
	Connections []Connection
	Keys        []Key
	// Attempts are the newest ones.
	Attempts []Attempt
	// SecretFile is the path, "" if the secret comes from the environment.
	SecretFile    string
	SecretMode    fs.FileMode
	SecretChanged time.Time
}

// Connection is a company's login.
type Connection struct {
	ID, LoginURL  string
	LoginVerifier string // required or declared
}

// Key is a published signing key; State is active, standby or retired.
type Key struct {
	KID, Alg, State string
	SigningSince    time.Time
}

// Attempt is a login attempt; Reason is why its last step was refused, "" if it was
// not. What and Remedy explain the reason.
type Attempt struct {
	ID, Connection       string
	Reason, What, Remedy string
	// Times is how often that happened; 0 is once.
	Times int
}

const (
	oldKey    = 400 * 24 * time.Hour
	oldSecret = 2 * 365 * 24 * time.Hour
	// repeatedly is when a reason is no accident any more.
	repeatedly = 3
)

func (e *examination) examineInside(ctx context.Context) {
	in := e.options.Inside
	if e.report.Issuer != "" {
		e.check("D810", e.report.Issuer, slices.Contains(in.Issuers, e.report.Issuer), "it is none of this configuration's")
	}
	for _, c := range in.Connections {
		e.examineConnectionOf(ctx, c)
	}
	e.examineAttempts(in.Attempts)
	e.examineSigningKeys(in.Keys)
	e.examineSecret(in)
}

// examineConnectionOf opens the login page as a stray browser would, without a login.
func (e *examination) examineConnectionOf(ctx context.Context, c Connection) {
	e.check("D802", c.ID, c.LoginVerifier != "declared", "login_verifier is %s", c.LoginVerifier)
	r := e.probe.send(ctx, http.MethodGet, c.LoginURL, "", http.Header{"Accept": {"text/html"}})
	passed := r.Err == nil && r.Status != http.StatusNotFound && r.Status < 500
	e.check("D801", c.ID, passed, "%s answers %s", c.LoginURL, r.says())
}

func (e *examination) examineAttempts(attempts []Attempt) {
	// Only the doctor asks without a client_id.
	attempts = slices.DeleteFunc(slices.Clone(attempts), func(a Attempt) bool { return a.Reason == "client_id_missing" })
	if len(attempts) == 0 {
		e.find("D811", "", "")
		return
	}
	expected := []string{"", "denied", "login_failed_posted"} // a user who says no is no fault
	special := map[string]Code{"not_posted_yet": "D803", "verifier_missing": "D804"}
	count := map[string]int{}
	for _, a := range attempts {
		if slices.Contains(expected, a.Reason) {
			continue
		}
		before := count[a.Reason]
		count[a.Reason] += max(a.Times, 1)
		if code, ok := special[a.Reason]; ok && before == 0 {
			e.find(code, a.Connection, "%s, first seen in %s", a.Reason, a.ID)
		} else if !ok && before < repeatedly && count[a.Reason] >= repeatedly {
			e.find("D805", a.ID, "%s: %s %s", a.Reason, a.What, a.Remedy)
		}
	}
	e.pass("D805", "")
}

func (e *examination) examineSigningKeys(keys []Key) {
	var active, standby []string
	for _, k := range keys {
		switch k.State {
		case "active":
			active = append(active, k.Alg)
			if !k.SigningSince.IsZero() && e.options.Now().Sub(k.SigningSince) > oldKey {
				e.find("D807", k.KID, "it has signed since %s", k.SigningSince.UTC().Format(time.DateOnly))
			}
		case "standby":
			standby = append(standby, k.Alg)
		}
	}
	for _, alg := range active {
		e.check("D806", alg, slices.Contains(standby, alg), "")
	}
}

func (e *examination) examineSecret(in *Inside) {
	if in.SecretFile == "" {
		return
	}
	e.check("D808", in.SecretFile, in.SecretMode.Perm()&0o077 == 0, "its mode is %04o", in.SecretMode.Perm())
	if e.options.Now().Sub(in.SecretChanged) > oldSecret {
		e.find("D809", in.SecretFile, "it was written on %s", in.SecretChanged.UTC().Format(time.DateOnly))
	}
}
