// Package manage is a company's say over its own users, and what they, and their
// MCP servers, see of it.
//
// The company's backend (an API client with the role login) ends, changes,
// disables, exports and erases a user of one of its connections, and makes the
// link to the page on which the user sees and ends what is connected. An MCP
// server (an API client with the role resource) follows the feed of revocations.
//
// A user is (connection, sub). The sub is always in the body and never in a path,
// where logs and proxies would keep it.
package manage
