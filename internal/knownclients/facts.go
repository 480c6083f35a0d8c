// What was seen of a server, as a client sees it.
package knownclients

import (
	"encoding/json"
	"net/http"
	"net/url"
)

// Answer is one HTTP answer.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// object is the body as a JSON object; nil if it is none.
func (a Answer) object() map[string]any {
	var o map[string]any
	if json.Unmarshal(a.Body, &o) != nil {
		return nil
	}
	return o
}

func (a Answer) found() bool      { return a.Status >= 200 && a.Status < 300 }
func (a Answer) redirected() bool { return a.Status >= 300 && a.Status < 400 }

// Facts are what a server was seen to answer. What nobody asked is absent, and
// nobody is judged by it.
type Facts struct {
	// MCPServer is the URL of the MCP server as its user typed it.
	MCPServer string
	// Challenge is its answer to a request without a token.
	Challenge *Answer
	// Documents are the answers to GET, by URL; see Wanted.
	Documents map[string]Answer
	// Registrations are the answers to each client's registration, by Client.ID.
	Registrations map[string]Answer
	// Login is one login that was taken to its end, if any was.
	Login *Login
}

// Login is what one login sent and got.
type Login struct {
	RequestedScope string
	// Authorization is the authorization response: the query of the redirect.
	Authorization url.Values
	// Token and Refresh are answers of the token endpoint.
	Token, Refresh *Answer
	// Replayed is its answer to a refresh token that had just been rotated.
	Replayed *Answer
	// Dead is its answer to a refresh token that never was.
	Dead *Answer
}
