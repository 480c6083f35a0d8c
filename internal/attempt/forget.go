package attempt

// Forget drops the attempts of one user, who was erased. It takes time by the
// number of attempts in memory.
func (r *Recorder) Forget(connection, sub string) {
	connection, sub = Clean(connection, maxUserText), Clean(sub, maxUserText) // as they were kept
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rec := range r.records {
		if of := rec.attempt.AttemptSummary; of.Connection == connection && of.Sub == sub {
			r.forget(rec)
		}
	}
}
