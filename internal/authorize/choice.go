package authorize

// What the consent page leaves to the user, and what comes back.

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/web"
)

// scopesOf gives the words for the scopes that are asked for.
func scopesOf(s *catalog.MCPServer, asked []string) []web.Scope {
	var scopes []web.Scope
	for _, name := range asked {
		for _, known := range s.Scopes {
			if known.Name == name {
				scopes = append(scopes, web.Scope{Name: name, Description: known.Description, Optional: known.Optional})
			}
		}
	}
	return scopes
}

// scopes are what the page asked for without the optional ones that came back
// unticked. The form can take away and never add: whatever else it names is ignored.
func (a *answer) scopes() oauth.Scopes {
	var agreed oauth.Scopes
	for _, s := range scopesOf(a.server, a.Scopes) {
		if !s.Optional || slices.Contains(a.form["scope"], s.Name) {
			agreed = append(agreed, s.Name)
		}
	}
	return agreed
}

const optionField = "option." // and the name of the claim

// ambiguous reports whether a form answers something twice. Only permissions are a list.
func ambiguous(form url.Values) bool {
	for field, values := range form {
		if field != "scope" && len(values) > 1 {
			return true
		}
	}
	return false
}

// choice is what the form says, and what the requested address leaves no choice
// of. The store holds it against what the company offered.
func (a *answer) choice() store.Choice {
	c := store.Choice{Organization: cmp.Or(a.organization, a.form.Get("organization")), Options: map[string]string{}}
	for field := range a.form {
		if claim, ok := strings.CutPrefix(field, optionField); ok {
			c.Options[claim] = a.form.Get(field)
		}
	}
	return c
}

// addOffer puts what the company offers on the page. A single organisation is
// shown and not asked for.
func addOffer(view *web.Consent, u store.User, only string) {
	organizations := u.Organizations()
	if only != "" {
		organizations = slices.DeleteFunc(slices.Clone(organizations), func(o store.Organization) bool { return o.ID != only })
	}
	switch len(organizations) {
	case 0:
		view.Organization = oauth.DisplayName(u.OrganizationName)
	case 1:
		view.Organization = wordsFor(organizations[0].Name, organizations[0].ID)
	default:
		for _, o := range organizations {
			view.Organizations = append(view.Organizations, web.Choice{Value: o.ID, Label: wordsFor(o.Name, o.ID)})
		}
		tellApart(view.Organizations)
	}
	for _, o := range u.Options() {
		option := web.Option{Claim: o.Claim, Label: wordsFor(o.Label, o.Claim), Required: o.Required}
		for _, c := range o.Choices {
			option.Choices = append(option.Choices, web.Choice{
				Value: c.Value, Label: wordsFor(c.Label, c.Value), Group: oauth.DisplayName(c.Group),
			})
		}
		tellApart(option.Choices)
		view.Options = append(view.Options, option)
	}
}

func wordsFor(name, id string) string { return cmp.Or(oauth.DisplayName(name), oauth.DisplayName(id)) }

// tellApart adds the value to labels that look the same: two organisations may
// have one name.
func tellApart(choices []web.Choice) {
	seen := map[[2]string]int{}
	for _, c := range choices {
		seen[[2]string{c.Group, c.Label}]++
	}
	for i, c := range choices {
		if seen[[2]string{c.Group, c.Label}] > 1 {
			choices[i].Label = c.Label + " (" + oauth.DisplayName(c.Value) + ")"
		}
	}
}

// admits reports whether u may act for the organisation that the requested
// address belongs to.
func (v visited) admits(u store.User) bool {
	return v.organization == "" || slices.ContainsFunc(u.Organizations(), func(o store.Organization) bool { return o.ID == v.organization })
}

// refuseMember tells the user that the address is another organisation's. The way
// back to the client is a link: nobody would understand what happened otherwise.
func (h *Handler) refuseMember(w http.ResponseWriter, r *http.Request, step string, f *flow, v visited) {
	refusal := oauth.E(oauth.AccessDenied, "organization_not_member",
		"The address that was asked for belongs to an organization that the user is not a member of.").WithStatus(http.StatusForbidden)
	attemptID := h.logins.AttemptID(f.login)
	h.recordFlow(httpx.Source(r), attemptID, f, event{Step: step, Reason: refusal.Reason, Notes: map[string]string{"organization": v.organization}})
	h.logRefusal(step, attemptID, refusal)
	h.sendError(w, r, v.redirect, false, refusal, f.answerTo(attemptID))
}

// askAgain shows the question with what was wrong with the answer. Nothing is
// consumed, and nothing that the user said is lost.
func (h *Handler) askAgain(w http.ResponseWriter, r *http.Request, a *answer, complaint web.Complaint) {
	row, refusal := h.openLogin(r, a.flow)
	if refusal != nil {
		h.refuseFlow(w, r, "decision", a.flow, refusal)
		return
	}
	if row.Decision != "" {
		h.answered(w, r, a.flow)
		return
	}
	if !a.admits(row.User) {
		h.refuseMember(w, r, "decision", a.flow, a.visited)
		return
	}
	h.recordFlow(httpx.Source(r), h.logins.AttemptID(a.login), a.flow, event{Step: "decision", Reason: complaintReason(complaint)})
	view := h.consentView(a.flow, row, a.visited, a.cookie)
	view.Complaint, view.Answers = complaint, map[string]string{}
	for field := range a.form {
		view.Answers[field] = a.form.Get(field)
	}
	for i, s := range view.Scopes {
		view.Scopes[i].Unticked = s.Optional && !slices.Contains(a.form["scope"], s.Name)
	}
	h.Pages.Consent(w, r, view)
}

func complaintReason(c web.Complaint) string {
	if c == web.ComplaintScopes {
		return "scopes_declined"
	}
	return "choice_not_offered"
}
