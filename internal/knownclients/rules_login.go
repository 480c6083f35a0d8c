// What the checks of registration, authorization and tokens mean.
package knownclients

import (
	"net/url"
	"slices"
	"strings"
)

func registrationDirect(v *view) *fault {
	return answersItself(v.registrationAnswer, "registration_endpoint", text(v.server, "registration_endpoint"))
}

func tokenDirect(v *view) *fault {
	return answersItself(*v.facts.Login.Token, "token_endpoint", text(v.server, "token_endpoint"))
}

func answersItself(a Answer, name, endpoint string) *fault {
	at, err := url.Parse(endpoint)
	to, errTo := url.Parse(a.Header.Get("Location"))
	if !a.redirected() || err != nil || errTo != nil || sameOrigin(endpoint, at.ResolveReference(to).String()) {
		return nil
	}
	return faultf("Let "+name+" name the URL that answers.", "%s redirects (%d) to %s", name, a.Status, to.Host)
}

func registrationNoNulls(v *view) *fault { return noNulls(v.registration, "the registration response") }

func registrationEchoesURIs(v *view) *fault {
	if len(list(v.registration, "redirect_uris")) == 0 {
		return faultf("Return redirect_uris in the registration response (RFC 7591 §3.2.1).", "the registration response has no redirect_uris")
	}
	return nil
}

func registrationKeepsAuth(v *view) *fault {
	asked, _ := v.client.Registration.DCR.Body["token_endpoint_auth_method"].(string)
	if got := text(v.registration, "token_endpoint_auth_method"); got != asked {
		return faultf("Return token_endpoint_auth_method as it was asked for.", "it asked for token_endpoint_auth_method %q and got %q", asked, got)
	}
	return nil
}

func issWhenPresent(v *view) *fault {
	iss := v.facts.Login.Authorization["iss"]
	if len(iss) > 0 && (len(iss) > 1 || iss[0] != text(v.server, "issuer")) {
		return faultf("Send iss once, equal to issuer ("+text(v.server, "issuer")+") (RFC 9207 §2).", "iss is %q", strings.Join(iss, " "))
	}
	return nil
}

func issWhenPromised(v *view) *fault {
	if promised(v.server) && !v.facts.Login.Authorization.Has("iss") {
		return faultf("Send iss in every authorization response, errors too (RFC 9207 §2).", "the metadata promises iss and the response has none")
	}
	return nil
}

func issOnlyIfPromised(v *view) *fault {
	if !promised(v.server) && v.facts.Login.Authorization.Has("iss") {
		return faultf(`Add "authorization_response_iss_parameter_supported": true to `+v.serverURL+".", "the response has an iss that the metadata does not promise")
	}
	return nil
}

func promised(server map[string]any) bool {
	yes, _ := server["authorization_response_iss_parameter_supported"].(bool)
	return yes
}

func tokenNoNulls(v *view) *fault { return noNulls(v.token(), "the token response") }

func tokenType(v *view) *fault {
	if text(v.token(), "token_type") == "" {
		return faultf("Return token_type (RFC 6749 §5.1).", "the token response has no token_type")
	}
	return nil
}

func tokenTypeBearer(v *view) *fault {
	if got := text(v.token(), "token_type"); !strings.EqualFold(got, "Bearer") {
		return faultf("Return token_type Bearer (RFC 6750 §4).", "token_type is %q", got)
	}
	return nil
}

func scopeNotExceeded(v *view) *fault {
	asked := strings.Fields(v.facts.Login.RequestedScope)
	if len(asked) == 0 {
		return nil
	}
	for scope := range strings.FieldsSeq(text(v.token(), "scope")) {
		if !slices.Contains(asked, scope) {
			return faultf("Grant no scope that was not asked for.", "it got the scope %q, which it had not asked for", scope)
		}
	}
	return nil
}

func deadRefreshToken(v *view) *fault {
	a := v.facts.Login.Dead
	if a == nil {
		return nil
	}
	if got := text(a.object(), "error"); a.Status != 400 && a.Status != 401 || got != "invalid_grant" {
		return faultf("Answer a refresh token that is not good with 400 and invalid_grant (RFC 6749 §5.2).", "a dead refresh token was answered with %d %q", a.Status, got)
	}
	return nil
}

func replaySurvives(v *view) *fault {
	a := v.facts.Login.Replayed
	if a != nil && !a.found() {
		return faultf("Answer a refresh token that was rotated moments ago with the same successor.", "a refresh token sent twice was answered with %d", a.Status)
	}
	return nil
}
