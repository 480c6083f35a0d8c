package campaign

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Outcome is what an attempt to spend something was answered.
type Outcome int

// Outcomes.
const (
	Unknown Outcome = iota // no word, or only that the server could not: it may have been spent
	Won
	Refused
)

// Attempt is one of many to spend the same thing at the same time.
type Attempt struct {
	Call, Return time.Duration // on one clock, since the contest began
	Outcome      Outcome
	Got          string // what the winner got
	Answer       string // for the report of a failure
}

// Contest is one thing that may be spent once, and many who try.
type Contest struct {
	session *session
	spend   func() answer
	got     func(answer) string
}

// ErrCutOff says that nothing could be prepared: an answer that counts once did not
// come, or something is wrong, which the ledger tells.
var ErrCutOff = errors.New("campaign: the login was cut off")

// Decision prepares a consent page that waits for its answer.
func (l *Load) Decision(ctx context.Context) (*Contest, error) {
	s, jar := l.person()
	consent := s.signIn(ctx, jar)
	if consent == "" {
		return nil, ErrCutOff
	}
	body, ok := s.agreement(ctx, jar, consent)
	if !ok {
		return nil, ErrCutOff
	}
	return &Contest{s, func() answer {
		return s.once(ctx, http.MethodPost, consent, s.formFromHere(), body, jar)
	}, codeOf}, nil
}

// Code prepares a code that waits to be redeemed.
func (l *Load) Code(ctx context.Context) (*Contest, error) {
	s, jar := l.person()
	consent := s.signIn(ctx, jar)
	if consent == "" || !s.allow(ctx, jar, consent) {
		return nil, ErrCutOff
	}
	return &Contest{s, func() answer {
		return s.token(ctx, s.once, "grant_type", "authorization_code", "code", s.code, "redirect_uri", redirectURI, "code_verifier", s.verifier)
	}, refreshTokenOf}, nil
}

// Refresh prepares a refresh token that waits to be rotated.
func (l *Load) Refresh(ctx context.Context) (*Contest, error) {
	s := l.login(ctx)
	if s == nil {
		return nil, ErrCutOff
	}
	return &Contest{s, func() answer {
		return s.token(ctx, s.once, "grant_type", "refresh_token", "refresh_token", s.last())
	}, refreshTokenOf}, nil
}

func refreshTokenOf(a answer) string { return a.member("refresh_token") }

func codeOf(a answer) string {
	to, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		return ""
	}
	return to.Query().Get("code")
}

// Lives reports whether a refresh token that the contest gave out still gives tokens.
func (c *Contest) Lives(ctx context.Context, token string) bool {
	return c.session.token(ctx, c.session.again, "grant_type", "refresh_token", "refresh_token", token).ok()
}

// Run lets that many try at the same moment.
func (c *Contest) Run(contestants int) []Attempt {
	attempts := make([]Attempt, contestants)
	begun := time.Now()
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range attempts {
		all.Go(func() {
			<-start
			attempts[i] = c.try(begun)
		})
	}
	close(start)
	all.Wait()
	return attempts
}

func (c *Contest) try(begun time.Time) Attempt {
	at := Attempt{Call: time.Since(begun)}
	a := c.spend()
	at.Return = time.Since(begun)
	at.Got, at.Answer = c.got(a), a.String()
	switch {
	case at.Got != "":
		at.Outcome = Won
	case a.err == nil && a.status/100 == 4 && !a.busy():
		at.Outcome = Refused
	}
	return at
}
