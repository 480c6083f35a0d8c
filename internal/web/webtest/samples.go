// Package webtest has a sample of every page, for whoever looks at all of them: the
// tests of internal/web, and those that open them in a browser.
package webtest

import (
	"net/http"
	"time"

	"github.com/symbolon-auth/symbolon/internal/web"
)

// A Writer writes one page in a language.
type Writer func(w http.ResponseWriter, r *http.Request, l web.Language)

// Complaints and ProblemKinds are all there are.
var (
	Complaints   = []web.Complaint{web.ComplaintScopes, web.ComplaintChoice}
	ProblemKinds = []web.ProblemKind{
		web.ProblemInternal, web.ProblemRequest, web.ProblemClient, web.ProblemDocument, web.ProblemRedirect, web.ProblemRefused, web.ProblemOrganization, web.ProblemDisabled, web.ProblemExpired,
		web.ProblemBrowser, web.ProblemLogin, web.ProblemHandoff, web.ProblemLost, web.ProblemBusy, web.ProblemMissing,
	}
)

// Samples are all pages by name: each bare, with all its optional parts, and in each of
// its states.
func Samples(p *web.Pages) map[string]Writer {
	all := map[string]Writer{
		"problem": func(w http.ResponseWriter, r *http.Request, l web.Language) {
			p.Problem(w, r, http.StatusBadRequest, web.Problem{
				Language: l, Kind: web.ProblemRedirect, ErrorID: "err_1", Reason: "redirect_uri_not_registered",
				Detail: "not registered", Return: web.ReturnLink{Name: "app.example", URL: "https://app.example/cb?error=x"},
			})
		},
		"not yet": func(w http.ResponseWriter, r *http.Request, l web.Language) {
			p.NotYet(w, r, web.NotYet{Language: l, RetryURL: "/sso/v1/x?state=s", ErrorID: "err_1"})
		},
		"answered": func(w http.ResponseWriter, r *http.Request, l web.Language) {
			p.Answered(w, r, web.Answered{Language: l, ErrorID: "err_1"})
		},
		"portal": func(w http.ResponseWriter, r *http.Request, l web.Language) {
			v := Portal()
			v.Language = l
			p.Portal(w, r, v)
		},
		"portal, bare": func(w http.ResponseWriter, r *http.Request, l web.Language) {
			p.Portal(w, r, web.Portal{Language: l, User: web.User{Subject: "u1"}, Company: "Acme", Ended: web.Ended{All: true}})
		},
		"portal over": func(w http.ResponseWriter, r *http.Request, l web.Language) {
			r.Header.Set("Accept-Language", l.UILocales)
			p.PortalOver(w, r)
		},
		"portal left": func(w http.ResponseWriter, r *http.Request, l web.Language) { p.PortalLeft(w, r, l) },
		"index": func(w http.ResponseWriter, r *http.Request, l web.Language) {
			p.Index(w, r, web.Index{Language: l, MetadataURL: "/.well-known/oauth-authorization-server", KeysURL: "/keys"})
		},
	}
	for name, v := range consents() {
		all[name] = func(w http.ResponseWriter, r *http.Request, l web.Language) {
			v.Language = l
			p.Consent(w, r, v)
		}
	}
	for _, kind := range ProblemKinds {
		all["problem "+string(kind)] = func(w http.ResponseWriter, r *http.Request, l web.Language) {
			p.Problem(w, r, http.StatusBadRequest, web.Problem{Language: l, Kind: kind})
		}
	}
	return all
}

// consents are the question in its states.
func consents() map[string]web.Consent {
	verified := Consent()
	verified.Client = web.Client{ID: "https://claude.ai/oauth/mcp-oauth-client-metadata", Name: "Claude", Publisher: "claude.ai"}
	verified.Destination = web.Destination{Name: "claude.ai", Kind: web.DestinationSite}
	verified.Organizations, verified.Options = nil, nil
	branded := verified
	branded.Client.Verified = true
	branded.Server.Brand = Brand()
	all := map[string]web.Consent{
		"consent":            Consent(),
		"consent, bare":      {Action: "/consent/f", User: web.User{Subject: "u1"}},
		"consent, published": verified,
		"consent, branded":   branded,
	}
	for _, complaint := range Complaints {
		v := Consent()
		v.Complaint = complaint
		all["consent, "+complaint.Key()] = v
	}
	return all
}

// Brand is one whose logo and stylesheet are where [github.com/symbolon-auth/symbolon/internal/brand]
// would serve them.
func Brand() web.Brand {
	return web.Brand{
		Logo: "/brand/logo/res_todo/sample.png", Stylesheet: "/brand/accent/7a1fa2.css",
		PolicyURI: "https://acme.example/privacy", TermsURI: "https://acme.example/terms",
	}
}

// Consent has every optional part of the page.
func Consent() web.Consent {
	return web.Consent{
		Action: "/consent/flow", SwitchAction: "/consent/flow/switch", FormToken: "form-token-value",
		User:         web.User{Name: "Ada Lovelace", Email: "ada@acme.example", Subject: "user-2041"},
		Organization: "Analytical Engines",
		Client: web.Client{
			ID: "cli_unknown", Name: "Robot",
			URI: "https://robot.example/", PolicyURI: "https://robot.example/privacy", TermsURI: "https://robot.example/terms",
		},
		Server:      web.Server{Name: "Acme Todo", Host: "mcp.acme.example"},
		Destination: web.Destination{Name: "localhost", Kind: web.DestinationLoopback},
		Scopes: []web.Scope{
			{Name: "todo:read", Description: "Read your to-dos"},
			{Name: "todo:write", Description: "Change your to-dos", Optional: true},
		},
		Offline:       true,
		Organizations: []web.Choice{{Value: "org-1", Label: "Europe"}, {Value: "org-2", Label: "Japan"}},
		Options: []web.Option{{
			Claim: "environment", Label: "Environment",
			Choices: []web.Choice{{Value: "p1", Label: "Live", Group: "Production"}, {Value: "t1", Label: "Trial", Group: "Test"}, {Value: "t2", Label: "Demo", Group: "Test"}},
		}},
	}
}

// Portal has every optional part of the page.
func Portal() web.Portal {
	since := time.Date(2031, 2, 3, 23, 30, 0, 0, time.UTC)
	return web.Portal{
		Action: "/portal/end", LeaveAction: "/portal/leave", FormToken: "form-token", Company: "Acme",
		User: web.User{Name: "Alice Example", Email: "alice@acme.example", Subject: "u1"}, Disabled: true,
		Apps: []web.ConnectedApp{
			{Client: web.Client{ID: "cli_1", Name: "Inspector", Verified: true}, Grants: []web.ConnectedGrant{
				{
					ID: "grt_1", Server: web.Server{Name: "Acme Todo", Host: "todo.acme.example"}, Organization: "Sales", Destination: "inspector.example",
					Scopes: []web.Scope{{Name: "todo:read", Description: "Read your to-dos"}}, Since: since, LastUsed: since.Add(48 * time.Hour),
				},
				{ID: "grt_2", Server: web.Server{Host: "notes.acme.example"}, Destination: "localhost", Since: since},
			}},
			{Client: web.Client{ID: "https://robot.example/client.json", Publisher: "robot.example"}, Grants: []web.ConnectedGrant{
				{ID: "grt_3", Server: web.Server{Name: "Acme Todo"}, Destination: "robot.example", Since: since},
			}},
		},
		Ended:    web.Ended{Client: "Old Robot", Server: "Acme Todo"},
		ReturnTo: "app.acme.example",
	}
}
