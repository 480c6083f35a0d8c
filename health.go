package symbolon

// What probes ask: whether the process lives, and whether it should get requests.

import (
	"net/http"
	"slices"

	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/keys"
)

// healthz says that the process answers: restart it if it does not.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	httpx.JSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// readyz says whether this node can carry logins: send no traffic while it says 503.
// A check that is named by the parameter exclude, which may be repeated, is left out.
// Whoever balances nodes of one database may leave out "database", since it fails
// for all of them at once, and they still publish keys and metadata.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	excluded := r.URL.Query()["exclude"]
	for _, check := range s.readiness() {
		if check.ok() || slices.Contains(excluded, check.name) {
			continue
		}
		w.Header().Set("Retry-After", "1")
		httpx.JSON(w, http.StatusServiceUnavailable, map[string]string{
			"status": "unavailable", "check": check.name, "reason": check.reason,
		})
		return
	}
	httpx.JSON(w, http.StatusOK, map[string]string{"status": "ready"})
}

// readinessCheck is one condition, and what is said where it does not hold.
type readinessCheck struct {
	name, reason string
	ok           func() bool
}

func (s *Server) readiness() []readinessCheck {
	return []readinessCheck{
		{"draining", "this server was told to end, and finishes what is under way", func() bool { return !s.draining.Load() }},
		{"database", "the database has not answered within the last second, or its clock is another than this server's; the log says which", s.databaseAnswers},
		{"keys", "there is no key for an algorithm that signs tokens", s.canSign},
	}
}

// databaseAnswers: the question for the catalog's version is asked all the time.
func (s *Server) databaseAnswers() bool {
	_, err := s.catalog.Snapshot()
	return err == nil
}

// canSign reports whether tokens can be signed: those for backends, and those of
// every MCP server.
func (s *Server) canSign() bool {
	algs := []string{keys.RS256}
	if snap := s.catalog.Last(); snap != nil {
		for _, server := range snap.MCPServers() {
			algs = append(algs, server.SigningAlg)
		}
	}
	return !slices.ContainsFunc(algs, func(alg string) bool { return !s.keys.CanSign(alg) })
}
