package authorize

import (
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// CrossSite refuses a form that another site made the browser post. It changes
// nothing: the user's own page still works.
func (h *Handler) CrossSite(w http.ResponseWriter, r *http.Request) {
	refusal := oauth.E(oauth.AccessDenied, "cross_site_post",
		"The form came from another website. Nothing was allowed.").WithStatus(http.StatusForbidden)
	h.logRefusal("decision", "", refusal)
	h.problem(w, r, refusal, "", "")
}
