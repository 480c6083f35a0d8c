// The view models: what a step of the login tells a page, one struct a page.

package web

// Language is what is known about the languages that the reader understands,
// beside the Accept-Language header of the request. Both fields may be empty and
// both may come from strangers.
type Language struct {
	UILocales string // ui_locales of the authorization request: tags separated by spaces, preferred first
	Locale    string // the user's own locale claim, such as "de-AT"
}

// Consent is the question whether a client may use an MCP server for a user.
type Consent struct {
	Language

	Action       string // where the decision is posted: "decision" is "allow" or "deny"
	SwitchAction string // where "use a different account" is posted; empty leaves the button out
	FormToken    string // the hidden field "form_token" of both forms

	User         User
	Organization string // the organisation that the user acts for, if the login named exactly one
	Client       Client
	Server       Server
	Destination  Destination

	Scopes  []Scope
	Offline bool // a refresh token will be issued: the client stays connected until it is ended

	// Organizations is the choice of an organisation, posted as "organization".
	// It is always required; an empty list asks nothing.
	Organizations []Choice
	Options       []Option // further questions whose answers become claims

	Complaint Complaint         // what was wrong with the answer before
	Answers   map[string]string // that answer to Organizations and Options, by form field
}

// Complaint says why the question is asked again.
type Complaint int

// The complaints. Each but the first has its sentence in every catalogue.
const (
	NoComplaint     Complaint = iota // the question is asked for the first time
	ComplaintScopes                  // every permission was unticked
	ComplaintChoice                  // a question was not answered, or by what it does not offer
)

// User is the person who is signed in. Subject is always known; the page shows
// the best of the three first.
type User struct {
	Name    string
	Email   string
	Subject string
}

// Client is the app that asks.
type Client struct {
	ID        string
	Name      string // as oauth.DisplayName returns it; may be empty
	Publisher string // the host that vouches for the name (of a client ID metadata document); empty if nobody does
	Verified  bool   // the operator says that this client is what its name says
	URI       string // these three are linked only if they are https
	PolicyURI string
	TermsURI  string
}

// Server is the MCP server that the client wants to use.
type Server struct {
	Name string
	Host string // the host of its URL, with its port if it is not the default one
	Brand
}

// Brand is what the operator adds to an MCP server's name. All of it may be empty.
type Brand struct {
	Logo       string // the path of an image on this server
	Stylesheet string // the path of a stylesheet that sets the accent's tokens
	PolicyURI  string // linked only if they are https
	TermsURI   string
}

// Destination is where the browser goes after the decision.
type Destination struct {
	Name string // the exact host, or the scheme of a private-use redirect URI
	Kind DestinationKind
}

// DestinationKind says who can receive what is sent to a destination.
type DestinationKind int

// The kinds of destinations. The page warns about the last two, since any
// program on the device may be the one that listens there (RFC 8252 §8.6).
const (
	DestinationSite     DestinationKind = iota // a website, reached by https
	DestinationLoopback                        // a program on this computer
	DestinationApp                             // an app that registered a URI scheme
)

// Scope is one permission that is asked for.
type Scope struct {
	Name        string
	Description string // what it allows, in the operator's words; empty shows Name
	Optional    bool   // may be unticked; ticked ones are posted as "scope"
	Unticked    bool   // it was, in the answer before
}

// Option is a question of the company's login, posted as "option.<Claim>".
type Option struct {
	Claim    string
	Label    string
	Required bool
	Choices  []Choice
}

// Choice is one answer to a question.
type Choice struct {
	Value string
	Label string
	Group string // choices of one group stand together under this heading; may be empty
}

// ReturnLink leads back to the client when the browser is not sent there by
// itself, which happens only for clients that the operator has listed.
type ReturnLink struct {
	Name string // the exact host or scheme, shown to the reader
	URL  string // the redirect URI of a proven client, with its parameters
}

// Problem is a login that cannot go on.
type Problem struct {
	Language
	Kind    ProblemKind
	ErrorID string     // err_…, which the operator can look up
	Reason  string     // the stable reason code of the attempt
	Detail  string     // what was wrong in the words of the protocol, for the developer of the app
	Return  ReturnLink // the zero value shows no link
}

// ProblemKind chooses the words: what happened and what the reader can do.
type ProblemKind string

// The kinds of problems. Each has its sentences in every catalogue.
const (
	ProblemInternal     ProblemKind = "internal"     // a fault of this server
	ProblemRequest      ProblemKind = "request"      // the app made a request that cannot be accepted
	ProblemClient       ProblemKind = "client"       // the app is not known here
	ProblemDocument     ProblemKind = "document"     // the description that the app's vendor publishes cannot be used
	ProblemRedirect     ProblemKind = "redirect"     // the app wants an address that is not registered for it
	ProblemRefused      ProblemKind = "refused"      // the operator does not allow this app here
	ProblemDisabled     ProblemKind = "disabled"     // the company does not let this user connect apps
	ProblemOrganization ProblemKind = "organization" // the address is kept for an organisation that the user is not in
	ProblemExpired      ProblemKind = "expired"      // the login took too long
	ProblemBrowser      ProblemKind = "browser"      // another browser than the one that started, or cookies are blocked
	ProblemLogin        ProblemKind = "login"        // the company's login did not sign the user in
	ProblemHandoff      ProblemKind = "handoff"      // the company's login came back without its proof
	ProblemLost         ProblemKind = "lost"         // there is no such login, or it was ended since it came back in two browsers
	ProblemBusy         ProblemKind = "busy"         // too many requests, or the server cannot answer for the moment
	ProblemMissing      ProblemKind = "missing"      // there is no such page
)

// NotYet is shown when the browser came back before the company's login had
// confirmed who the user is. Nothing was consumed: the same address works later.
type NotYet struct {
	Language
	RetryURL string // the callback itself
	ErrorID  string
}

// Answered is shown when the question of a flow was answered before.
type Answered struct {
	Language
	ErrorID string
}

// Index is the front page at the base URL.
type Index struct {
	Language
	MetadataURL string // the RFC 8414 document
	KeysURL     string // the JSON Web Key Set
}
