package doctor

// The machine endpoints, as a page of another origin sees them.

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

// pageOrigin is the origin of a page that the server cannot know. The name is reserved
// (RFC 2606 §2).
const pageOrigin = "https://doctor.example"

func (e *examination) examineCORS(ctx context.Context) {
	if e.resourceURL != "" {
		e.examineDocumentCORS(ctx, "D620", e.resourceURL)
	}
	e.examineDocumentCORS(ctx, "D621", e.serverURL)
	if at := text(e.server, "token_endpoint"); at != "" && e.reached(at) {
		e.preflight(ctx, at, http.MethodPost, "authorization", "content-type")
	}
	if at := text(e.server, "registration_endpoint"); at != "" && e.reached(at) {
		e.preflight(ctx, at, http.MethodPost, "content-type")
	}
}

// reached is false for an endpoint that is known not to answer: one finding is enough.
func (e *examination) reached(at string) bool {
	return !slices.ContainsFunc(e.report.Results, func(r Result) bool {
		return r.At == at && slices.Contains([]Code{"D404", "D405", "D406", "D501", "D502", "D507"}, r.Code) && !r.Passed
	})
}

func (e *examination) examineDocumentCORS(ctx context.Context, code Code, at string) {
	r := e.probe.send(ctx, http.MethodGet, at, "", http.Header{"Accept": {"application/json"}, "Origin": {pageOrigin}})
	if r.Err != nil {
		return // the same URL answered before; what failed now is no matter of origins
	}
	if e.examineReadable(code, r) {
		e.preflight(ctx, at, http.MethodGet, "mcp-protocol-version")
	}
}

// examineReadable: may a page read this answer.
func (e *examination) examineReadable(code Code, r response) bool {
	if strings.EqualFold(r.Header.Get("Access-Control-Allow-Credentials"), "true") && r.Header.Get("Access-Control-Allow-Origin") == pageOrigin {
		e.find("D625", r.URL, "")
	}
	return e.check(code, r.URL, allowsOrigin(r), "Access-Control-Allow-Origin is %q on %s", r.Header.Get("Access-Control-Allow-Origin"), r.says())
}

func allowsOrigin(r response) bool {
	allowed := r.Header.Get("Access-Control-Allow-Origin")
	return allowed == "*" || allowed == pageOrigin
}

// preflight asks whether a page may send a method and headers.
func (e *examination) preflight(ctx context.Context, at, method string, headers ...string) {
	r := e.probe.send(ctx, http.MethodOptions, at, "", http.Header{
		"Origin": {pageOrigin}, "Access-Control-Request-Method": {method}, "Access-Control-Request-Headers": {strings.Join(headers, ",")},
	})
	if r.Err != nil {
		return
	}
	if !r.found() || !allowsOrigin(r) {
		e.find("D624", at, "OPTIONS is answered by %s without Access-Control-Allow-Origin", r.says())
		return
	}
	var missing []string
	for _, header := range headers {
		if !allowsHeader(r, header) {
			missing = append(missing, header)
		}
	}
	e.check("D624", at, len(missing) == 0, "it does not allow %s", strings.Join(missing, ", "))
}

// allowsHeader reads Access-Control-Allow-Headers; * does not include Authorization.
func allowsHeader(r response, header string) bool {
	for allowed := range strings.SplitSeq(strings.Join(r.Header.Values("Access-Control-Allow-Headers"), ","), ",") {
		allowed = strings.TrimSpace(allowed)
		if strings.EqualFold(allowed, header) || allowed == "*" && header != "authorization" {
			return true
		}
	}
	return false
}
