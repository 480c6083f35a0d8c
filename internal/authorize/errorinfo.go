package authorize

import (
	"net/http"
	"time"

	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// errorKept is how long an error id can be looked up.
const errorKept = 24 * time.Hour

// ErrorInfo answers GET /api/v1/errors/{error_id}: what kind of error a page
// showed. Who holds the id may be anybody, so it says no more than the page did;
// reason and remedy are for the operator ("symbolon attempts show err_…").
func (h *Handler) ErrorInfo(w http.ResponseWriter, r *http.Request) {
	_, code, at, err := h.errIDs.Open(r.PathValue("error_id"))
	reason, known := attempt.Lookup(code)
	if err != nil || !known || h.Now().After(at.Add(errorKept)) {
		httpx.WriteProblem(w, httpx.Problem{Status: http.StatusNotFound, Code: "not_found", Detail: "There is no such error, or it is older than a day."})
		return
	}
	answer := oauth.ErrorResponse{Error: oauth.Code(reason.OAuth), Description: "The login could not be completed. Start again from the app."}
	if answer.Error == "" {
		answer.Error = oauth.InvalidRequest
	}
	httpx.JSON(w, http.StatusOK, answer)
}

// OpenErrorID gives the attempt and the reason behind an error id, for the operator.
func (h *Handler) OpenErrorID(id string) (attemptID, reason string, at time.Time, err error) {
	return h.errIDs.Open(id)
}
