// The authorization and the tokens of a played client.
package knownclients

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

func (p *player) authorizeStep() (*Verdict, error) {
	endpoint, err := url.Parse(text(p.server, "authorization_endpoint"))
	if err != nil {
		return nil, err
	}
	query, state := endpoint.Query(), random()
	p.verifier = random()
	for name, value := range p.authorization(state) {
		if value != "" {
			query.Set(name, value)
		}
	}
	endpoint.RawQuery = query.Encode()
	response, err := p.target.Browse(p.ctx, endpoint.String(), p.redirectURI)
	if err != nil {
		return &Verdict{Step: StepAuthorization, Why: err.Error(), Change: "Accept the authorization request of this client: see its quirks in the table of clients."}, nil
	}
	p.facts.Login = &Login{RequestedScope: p.scope, Authorization: response}
	if response.Get("state") != state {
		return &Verdict{Step: StepAuthorization, Why: "state did not come back as it was sent", Change: "Return state unchanged (RFC 6749 §4.1.2)."}, nil
	}
	return p.authorized(), nil
}

func (p *player) authorization(state string) map[string]string {
	sum := sha256.Sum256([]byte(p.verifier))
	parameters := map[string]string{
		"response_type": "code", "client_id": p.clientID, "redirect_uri": p.redirectURI, "state": state,
		"code_challenge": base64.RawURLEncoding.EncodeToString(sum[:]), "code_challenge_method": "S256",
		"scope": p.scope, "resource": p.resourceParameter(p.client.Authorize.Resource),
	}
	if p.client.Authorize.PromptConsent && slices.Contains(strings.Fields(p.scope), "offline_access") {
		parameters["prompt"] = "consent"
	}
	maps.Copy(parameters, p.client.Authorize.Extra)
	return parameters
}

func (p *player) resourceParameter(r Resource) string {
	named := text(p.resource, "resource")
	switch r {
	case ResourceMetadata:
		return named
	case ResourceTyped:
		return p.typed()
	case ResourceSlash:
		return withSlash(named)
	default:
		return ""
	}
}

func (p *player) tokenStep() (*Verdict, error) {
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {p.facts.Login.Authorization.Get("code")},
		"redirect_uri": {p.redirectURI}, "code_verifier": {p.verifier},
	}
	a, err := p.tokenRequest(form, p.client.Token.Resource)
	if err != nil {
		return nil, err
	}
	p.facts.Login.Token = &a
	return p.issued(StepToken, &a), nil
}

// callStep is what all of it is for.
func (p *player) callStep() (*Verdict, error) {
	a, err := p.call(text(p.facts.Login.Token.object(), "access_token"))
	if err == nil && !a.found() {
		return &Verdict{
			Step: StepToken, Why: fmt.Sprintf("the MCP server answers %d to the access token", a.Status),
			Change: "Issue tokens that the MCP server accepts: audience, issuer and keys must be those it expects.",
		}, nil
	}
	return nil, err
}

func (p *player) refreshStep() (*Verdict, error) {
	first := p.facts.Login.Token.object()
	token := text(first, "refresh_token")
	if p.client.Refresh.Never || token == "" {
		return nil, nil
	}
	scope := map[string]string{"requested": p.scope, "granted": text(first, "scope")}[p.client.Refresh.Scope]
	refresh := func(token string) (*Answer, error) {
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
		if scope != "" {
			form.Set("scope", scope)
		}
		a, err := p.tokenRequest(form, p.client.Refresh.Resource)
		return &a, err
	}
	var err error
	login := p.facts.Login
	if login.Refresh, err = refresh(token); err != nil {
		return nil, err
	}
	if p.client.Refresh.Replay {
		if login.Replayed, err = refresh(token); err != nil {
			return nil, err
		}
	}
	if login.Dead, err = refresh("no-such-token"); err != nil {
		return nil, err
	}
	if stop := p.issued(StepRefresh, login.Refresh); stop != nil {
		return stop, nil
	}
	return p.failed(StepRefresh), nil
}

// tokenRequest posts to the token endpoint, authenticated in the client's way.
func (p *player) tokenRequest(form url.Values, resource Resource) (Answer, error) {
	if r := p.resourceParameter(resource); r != "" {
		form.Set("resource", r)
	}
	header := http.Header{"Accept": {"application/json"}}
	switch p.auth {
	case AuthBasicEmptyFirst:
		basic := base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(p.clientID) + ":"))
		a, err := p.postForm(form, http.Header{"Authorization": {"Basic " + basic}})
		if err != nil || a.found() {
			return a, err
		}
		form.Set("client_id", p.clientID)
	case AuthPrivateKeyJWT:
		assertion, err := p.target.Sign(p.clientID, text(p.server, "token_endpoint"))
		if err != nil {
			return Answer{}, err
		}
		form.Set("client_id", p.clientID)
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", assertion)
	default:
		p.authenticate(form, header)
	}
	return p.postForm(form, header)
}

// authenticate uses the secret of a registration as that said, if there is one.
func (p *player) authenticate(form url.Values, header http.Header) {
	if p.auth == AuthAsRegistered && p.secret != "" && p.method == "client_secret_basic" {
		// Without percent-encoding, which RFC 6749 §2.3.1 asks for and most leave out.
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(p.clientID+":"+p.secret)))
		return
	}
	form.Set("client_id", p.clientID)
	if p.auth == AuthAsRegistered && p.secret != "" {
		form.Set("client_secret", p.secret)
	}
}

func (p *player) postForm(form url.Values, header http.Header) (Answer, error) {
	return p.post(text(p.server, "token_endpoint"), "application/x-www-form-urlencoded", []byte(form.Encode()), header)
}

// random is a state or a code verifier: 64 characters.
func random() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(raw)
}
