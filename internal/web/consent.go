// The consent page.

package web

import (
	"cmp"
	"net/http"
	"strconv"
	"unicode"
)

// Consent asks the question, with status 200, or 422 if it asks again.
func (p *Pages) Consent(w http.ResponseWriter, r *http.Request, v Consent) {
	content := p.in(v.Language, r)
	content.V, content.words, content.titleKey = v, v.words(content.catalog), "consent.title"
	content.Token = token{Left: initial(content.words["client"]), Right: initial(content.words["server"])}
	content.postsForm, content.ofLogin, content.Brand = true, true, v.Server.Brand
	status := http.StatusOK
	if v.Complaint != NoComplaint {
		status = http.StatusUnprocessableEntity
	}
	p.render(w, status, "consent", content)
}

// words names the parties. A client need not have a name (RFC 7591 §2), so the
// host that vouches for it stands in, or else the page says that it has none.
func (v Consent) words(c catalog) words {
	return words{
		"client":      cmp.Or(v.Client.Name, v.Client.Publisher, c.messages["client.unnamed"]),
		"publisher":   v.Client.Publisher,
		"server":      cmp.Or(v.Server.Name, v.Server.Host),
		"destination": v.Destination.Name,
	}
}

// The methods below are the questions that the template asks.

// Primary is what the user is called first: the name, else the address, else the
// subject.
func (u User) Primary() string { return cmp.Or(u.Name, u.Email, u.Subject) }

// Secondary is the address, unless it already stands first.
func (u User) Secondary() string {
	if u.Name == "" {
		return ""
	}
	return u.Email
}

// Unverified tells that nobody vouches for the client's name.
func (c Client) Unverified() bool { return !c.Verified && c.Publisher == "" }

// Website, Policy and Terms are the client's links, or "" if they must not be
// offered.
func (c Client) Website() string { return externalLink(c.URI) }

// Policy is described at Website.
func (c Client) Policy() string { return externalLink(c.PolicyURI) }

// Terms is described at Website.
func (c Client) Terms() string { return externalLink(c.TermsURI) }

// Policy is described at Website.
func (b Brand) Policy() string { return externalLink(b.PolicyURI) }

// Terms is described at Website.
func (b Brand) Terms() string { return externalLink(b.TermsURI) }

// Loopback tells that any program on this computer may be the destination.
func (d Destination) Loopback() bool { return d.Kind == DestinationLoopback }

// App tells that any app on this device may be the destination.
func (d Destination) App() bool { return d.Kind == DestinationApp }

// initial is the first letter or digit of a name, upper case, or "".
func initial(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return ""
}

// Key is the sentence that says what was wrong.
func (c Complaint) Key() string {
	switch c {
	case ComplaintScopes:
		return "complaint.scopes"
	case ComplaintChoice:
		return "complaint.choice"
	}
	return ""
}

// Choosable tells that at least one permission may be unticked.
func (v Consent) Choosable() bool {
	for _, s := range v.Scopes {
		if s.Optional {
			return true
		}
	}
	return false
}

// Label is the permission in the operator's words, or its name if there are none.
func (s Scope) Label() string {
	if s.Description != "" {
		return s.Description
	}
	return s.Name
}

// picker is a question with a list of answers, as the template draws it.
type picker struct {
	Field    string // the form field
	ID       string // unique in the page; claim names may contain anything
	Label    string // empty: the page's word for "organisation"
	Required bool
	Groups   []choiceGroup
	Answer   string // the one given before
	Wrong    bool   // that one, or its absence, is why the question is asked again
}

type choiceGroup struct {
	Label   string
	Choices []Choice
}

// Pickers are the questions of the page, the organisation first.
func (v Consent) Pickers() []picker {
	var all []picker
	if len(v.Organizations) > 0 {
		all = append(all, picker{Field: "organization", ID: "organization", Required: true, Groups: group(v.Organizations)})
	}
	for i, o := range v.Options {
		all = append(all, picker{
			Field: "option." + o.Claim, ID: "option-" + strconv.Itoa(i),
			Label: o.Label, Required: o.Required, Groups: group(o.Choices),
		})
	}
	for i := range all {
		all[i].remember(v)
	}
	return all
}

// remember takes over the answer before.
func (p *picker) remember(v Consent) {
	p.Answer = v.Answers[p.Field]
	if v.Complaint == ComplaintChoice {
		p.Wrong = p.Answer == "" && p.Required || p.Answer != "" && !p.offers(p.Answer)
	}
}

func (p *picker) offers(value string) bool {
	for _, g := range p.Groups {
		for _, c := range g.Choices {
			if c.Value == value {
				return true
			}
		}
	}
	return false
}

// group puts neighbours with the same heading together and keeps the order.
func group(choices []Choice) []choiceGroup {
	var groups []choiceGroup
	for _, c := range choices {
		if last := len(groups) - 1; last < 0 || groups[last].Label != c.Group {
			groups = append(groups, choiceGroup{Label: c.Group})
		}
		last := &groups[len(groups)-1]
		last.Choices = append(last.Choices, c)
	}
	return groups
}

// Only tells that there is nothing to choose: the one answer is preselected.
func (p picker) Only() bool {
	return p.Required && len(p.Groups) == 1 && len(p.Groups[0].Choices) == 1
}

// Warns tells that the page has to warn: of a name that nobody vouches for, or of
// a destination that any program on the device may be.
func (v Consent) Warns() bool {
	return v.Client.Unverified() || v.Destination.Kind != DestinationSite
}
