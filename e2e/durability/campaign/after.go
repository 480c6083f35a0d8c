package campaign

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/url"
)

// use refreshes a few times and then, in one case of four each, revokes, replays the
// code, replays an old refresh token, or leaves the grant as it is.
func (s *session) use(ctx context.Context) {
	for range 1 + rand.IntN(3) {
		if !s.refresh(ctx) {
			return
		}
	}
	switch rand.IntN(4) {
	case 0:
		s.revoke(ctx)
	case 1:
		s.replayCode(ctx)
	case 2:
		s.replayRefresh(ctx)
	}
}

func (s *session) last() string { return s.tokens[len(s.tokens)-1] }

// refresh rotates. Until its answer comes it may be repeated: the grace of a lost
// answer gives the same successor.
func (s *session) refresh(ctx context.Context) bool {
	a := s.token(ctx, s.again, "grant_type", "refresh_token", "refresh_token", s.last())
	token := a.member("refresh_token")
	if token == "" {
		return s.gone(ctx, "a refresh token that was sent", a)
	}
	s.tokens = append(s.tokens, token)
	s.Ledger.Refreshes.Add(1)
	return true
}

func (s *session) revoke(ctx context.Context) {
	a := s.again(ctx, http.MethodPost, issuerPath+"/oauth/revoke", form(),
		url.Values{"client_id": {clientID}, "token": {s.last()}}.Encode(), nil)
	if a.ok() {
		s.end("it was revoked")
	} else {
		s.gone(ctx, "a revocation", a)
	}
}

// replayCode presents the code again, which must give nothing and end the grant
// (RFC 6749 §4.1.2).
func (s *session) replayCode(ctx context.Context) {
	a := s.token(ctx, s.again, "grant_type", "authorization_code", "code", s.code, "redirect_uri", redirectURI, "code_verifier", s.verifier)
	switch {
	case a.ok():
		s.Ledger.Twice("a code gave tokens twice")
	case a.member("error") == "invalid_grant":
		s.end("its code was replayed")
	default:
		s.gone(ctx, "the answer to a replayed code", a)
	}
}

// replayRefresh presents a token that was rotated away at least twice: out of reach of
// the grace, a replay (RFC 9700 §4.14.2).
func (s *session) replayRefresh(ctx context.Context) {
	for len(s.tokens) < 3 {
		if !s.refresh(ctx) {
			return
		}
	}
	a := s.token(ctx, s.again, "grant_type", "refresh_token", "refresh_token", s.tokens[0])
	switch {
	case a.ok():
		s.Ledger.Revived("a refresh token that was rotated away gave tokens")
	case a.member("error") == "invalid_grant":
		s.end("an old token was replayed")
	default:
		s.gone(ctx, "the answer to a replayed refresh token", a)
	}
}

func (s *session) end(why string) {
	s.ended = why
	s.Ledger.Ended.Add(1)
}

// verify asks again, when all the trouble is over.
func (s *session) verify(ctx context.Context) {
	a := s.token(ctx, s.again, "grant_type", "refresh_token", "refresh_token", s.last())
	switch {
	case s.ended == "" && !a.ok():
		s.gone(ctx, "in the end, a refresh token that was sent", a)
	case s.ended != "" && a.ok():
		s.Ledger.Revived("a refresh token gave tokens although %s", s.ended)
	}
}
