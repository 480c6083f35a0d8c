// The HTTP headers that every page carries.

package web

import "net/http"

// contentSecurityPolicy allows this origin's own files and nothing else. It has
// no form-action: Chromium applies that to the whole chain of redirects after a
// form, so the answer to the consent form could not reach the client.
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

// permissionsPolicy switches off what a page of plain forms never uses.
const permissionsPolicy = "accelerometer=(), camera=(), display-capture=(), fullscreen=(), geolocation=(), " +
	"gyroscope=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=()"

// SecurityHeaders sets the headers of an HTML response on h. Every page of this
// package has them; other HTML of this server must call it too.
func SecurityHeaders(h http.Header) {
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("X-Frame-Options", "DENY") // for browsers older than frame-ancestors
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // addresses of a login carry state and login_verifier
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", permissionsPolicy)
}

// openerOfLogins is the Cross-Origin-Opener-Policy of a login's pages. A client in a web
// page may have opened the login in a window of its own, to which its callback passes the
// answer: any other policy parts the two for good, and the client takes the window for
// closed (docs/decisions/0007).
const openerOfLogins = "unsafe-none"

// formReferrerPolicy replaces "no-referrer" where a form is posted: under
// that policy browsers send "Origin: null" (Fetch §3.2, "append a request Origin
// header"), and an older browser without Sec-Fetch-Site could not show that the
// answer comes from our own page. The address of the consent page is not secret.
const formReferrerPolicy = "same-origin"
