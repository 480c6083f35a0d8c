package authorize

import (
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Busy shows the page for a request that is refused unread: too many came, or too
// many are under way. No attempt is recorded, since that would be work as well; the
// page's error id tells the operator the reason.
func (h *Handler) Busy(w http.ResponseWriter, r *http.Request, refusal *oauth.Error) {
	h.problem(w, r, refusal, "", "")
}
