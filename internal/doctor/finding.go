package doctor

// What the doctor says: findings, and what was found good.

import (
	"slices"
	"strings"
	"unicode"
)

// Code names a finding for good: scripts and pages refer to it.
type Code string

// Severity is whom a finding concerns.
type Severity string

const (
	// Stop: some client, or all, cannot connect.
	Stop Severity = "stop"
	// Warn: clients connect, but somebody will have trouble.
	Warn Severity = "warn"
	// Note: nothing is wrong; it is worth knowing.
	Note Severity = "note"
)

// Group is the part of the examination that a code belongs to, in order.
type Group string

// The groups.
const (
	GroupChallenge    Group = "The MCP server's challenge"
	GroupResource     Group = "Protected resource metadata"
	GroupServer       Group = "Authorization server metadata"
	GroupRegistration Group = "Registration"
	GroupEndpoints    Group = "Endpoints"
	GroupTransport    Group = "Transport"
	GroupLogin        Group = "Login and token"
	GroupInside       Group = "Inside this server"
)

// Definition is what is known of a finding before it is found.
type Definition struct {
	Code     Code
	Group    Group
	Severity Severity
	// Title says what is wrong, Good what is said where it is not; a Good of "" is
	// not worth a line.
	Title, Good string
	// Why says who stumbles over it and how.
	Why string
	// Fix is what to change, in a line.
	Fix string
	// Source is where it is written.
	Source string
}

// Result is one thing that was examined.
type Result struct {
	Code     Code     `json:"code"`
	Group    Group    `json:"group"`
	Passed   bool     `json:"passed"`
	Severity Severity `json:"severity,omitempty"` // "" if it passed
	// Title is the headline, At the URL or object that it is about.
	Title string `json:"title"`
	At    string `json:"at,omitempty"`
	// Detail is what was seen, Remedy what to change.
	Detail string `json:"detail,omitempty"`
	Remedy string `json:"remedy,omitempty"`
}

// Report is an examination's result.
type Report struct {
	Target string `json:"target"`
	Kind   Kind   `json:"kind"`
	// Issuer is the authorization server that was found, "" if none was.
	Issuer  string          `json:"issuer,omitempty"`
	Results []Result        `json:"results"`
	Clients []ClientVerdict `json:"clients,omitempty"`
	// Notes say what was not examined and why.
	Notes    []string `json:"notes,omitempty"`
	Requests int      `json:"requests"`
}

// Kind is what the target turned out to be.
type Kind string

// The kinds.
const (
	KindMCPServer           Kind = "mcp_server"
	KindAuthorizationServer Kind = "authorization_server"
)

// ClientVerdict is whether a known client connects.
type ClientVerdict struct {
	ID       string `json:"id"`
	Client   string `json:"client"`
	Connects bool   `json:"connects"`
	// Unknown: it could not be judged from what was seen.
	Unknown bool   `json:"unknown,omitempty"`
	Way     string `json:"way,omitempty"` // how it becomes known to the server
	Step    string `json:"step,omitempty"`
	Why     string `json:"why,omitempty"`
	Change  string `json:"change,omitempty"`
}

// Findings are the results that did not pass, the graver ones first.
func (r Report) Findings() []Result {
	var found []Result
	for _, severity := range []Severity{Stop, Warn, Note} {
		for _, result := range r.Results {
			if result.Severity == severity {
				found = append(found, result)
			}
		}
	}
	return found
}

// Healthy reports whether nothing stops any client.
func (r Report) Healthy() bool {
	stops := slices.ContainsFunc(r.Results, func(x Result) bool { return x.Severity == Stop })
	return !stops && !slices.ContainsFunc(r.Clients, func(c ClientVerdict) bool { return !c.Connects && !c.Unknown })
}

// maxDetail bounds what is repeated of a stranger's words.
const maxDetail = 300

// clean makes the words of a server fit to be shown: it must not drive a terminal.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > maxDetail {
		return string(runes[:maxDetail]) + "…"
	}
	return s
}
