package symbolon

import (
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/httpx"
)

// healthz says that the process answers: restart it if it does not.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	httpx.JSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// readyz says whether this node can carry logins: only with a database that
// answered within the last second. Send no traffic while it says 503.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	if _, err := s.catalog.Snapshot(); err != nil {
		w.Header().Set("Retry-After", "1")
		httpx.JSON(w, http.StatusServiceUnavailable, map[string]string{"status": "unavailable", "reason": "the database does not answer"})
		return
	}
	httpx.JSON(w, http.StatusOK, map[string]string{"status": "ready"})
}
