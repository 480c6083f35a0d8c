package oauth_test

import (
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

func TestErrorKeepsThreeThingsApart(t *testing.T) {
	e := oauth.E(oauth.InvalidGrant, "code_expired", "The code \"x\\y\"\r\nhas é expired.\x7f")
	if e.Description != "The code 'x/y'??has ? expired.?" {
		t.Errorf("description = %q", e.Description)
	}
	failed := e.With(io.ErrUnexpectedEOF)
	if e.Cause != nil || !errors.Is(failed, io.ErrUnexpectedEOF) || failed.Reason != "code_expired" {
		t.Errorf("With: %+v of %+v", failed, e)
	}
	if got := failed.Error(); got != "invalid_grant: "+e.Description+": unexpected EOF" {
		t.Errorf("Error = %q", got)
	}
	body, err := json.Marshal(failed.WithStatus(499).Response())
	if err != nil || string(body) != `{"error":"invalid_grant","error_description":"The code 'x/y'??has ? expired.?"}` {
		t.Errorf("body = %s, %v", body, err)
	}
	if found, ok := errors.AsType[*oauth.Error](error(failed)); !ok || found.Code != oauth.InvalidGrant {
		t.Error("errors.AsType does not find it")
	}
}

func TestHTTPStatus(t *testing.T) {
	for code, want := range map[oauth.Code]int{
		oauth.InvalidRequest: 400, oauth.InvalidClient: 401, oauth.InvalidGrant: 400, oauth.UnauthorizedClient: 400, oauth.InvalidScope: 400,
		oauth.InvalidTarget: 400, oauth.InvalidToken: 401, oauth.InsufficientScope: 403, oauth.ServerError: 500, oauth.TemporarilyUnavailable: 503,
		oauth.InvalidRedirectURI: 400, oauth.AccessDenied: 400,
	} {
		if got := oauth.E(code, "", "").HTTPStatus(); got != want {
			t.Errorf("%s = %d, want %d", code, got, want)
		}
	}
	if got := oauth.E(oauth.InvalidClient, "", "").WithStatus(429).HTTPStatus(); got != 429 {
		t.Errorf("status of its own = %d", got)
	}
}
