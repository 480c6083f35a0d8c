package httpx

import "net/http"

// Answering calls begun before the first byte of an answer is written. From then on
// the reader decides how long it takes; on HTTP/2 it need not take a byte. begun may be called
// often.
func Answering(w http.ResponseWriter, begun func()) http.ResponseWriter {
	return &answering{w, begun}
}

type answering struct {
	http.ResponseWriter
	begun func()
}

// WriteHeader implements http.ResponseWriter.
func (w *answering) WriteHeader(status int) {
	w.begun()
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *answering) Write(p []byte) (int, error) {
	w.begun()
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *answering) Unwrap() http.ResponseWriter { return w.ResponseWriter }
