// Package authorize carries a login from the authorization request to the code:
// everything the browser sees, and the user-details POST of the company's backend
// in the middle of it. A file a step, in the order of the flow:
//
//	begin.go        GET /oauth/authorize   checks, seals the request into the flow cookie → the company's login
//	checks.go                              what an authorization request must satisfy, as an ordered list
//	userdetails.go  POST …/user            the company says who signed in            commit 1: the login
//	callback.go     GET …/partner:callback the browser is back: both halves must match; writes nothing
//	consent.go      GET /consent/{flow}    the question
//	decide.go       POST /consent/{flow}   the answer                               commit 2: grant and code
//
//	        begin ──▶ login cookie ──▶ callback ──▶ consent cookie ──▶ decide ──▶ done cookie
//	                                      ▲                              │
//	        user details ──▶ login row ───┘◀──── "different account" ────┘
//
// The invariants, and what holds them:
//
//   - Nothing is redirected before client and redirect URI are proven: only
//     oauth.Client.Match makes an oauth.RedirectURI, and only one of those can be
//     redirected to.
//   - The login row knows no authorization request and the cookie knows no user.
//     The decision joins the two, and the statement that does so demands that the
//     login is neither decided nor burned.
//   - The browser that returns is the one that started (flow cookie), and it is
//     the one that the company signed in (login_verifier). Each step's cookie is
//     sealed for that step: a login cookie does not open as a consent cookie.
//   - A refusal names a stable reason in the login attempt; the page shows an
//     err_ id from which the operator finds it, and tells a stranger nothing.
package authorize
