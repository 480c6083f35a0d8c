package authorize

// What the consent page leaves to the user, and what comes back.

import (
	"net/http"
	"slices"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/oauth"
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
	view := h.consentView(a.flow, row, a.visited, a.cookie)
	view.Complaint = complaint
	for i, s := range view.Scopes {
		view.Scopes[i].Unticked = s.Optional && !slices.Contains(a.form["scope"], s.Name)
	}
	h.Pages.Consent(w, r, view)
}
