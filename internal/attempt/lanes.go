package attempt

// Who speaks to whom: the lanes of the diagram.

import "strings"

// The parties, in the order of their lanes.
const (
	client = iota
	browser
	symbolon
	loginApp
	parties
)

var partyNames = [parties]string{"client", "browser", "Symbolon", "login app"}

// message is the direction of a step.
type message struct{ from, to int }

var directions = map[string]message{
	StepAuthorize:     {client, symbolon},
	StepLoginRedirect: {symbolon, loginApp},
	StepUserDetails:   {loginApp, symbolon},
	StepCallback:      {browser, symbolon},
	StepConsent:       {symbolon, browser},
	StepDecision:      {browser, symbolon},
	StepToken:         {client, symbolon},
	StepRefresh:       {client, symbolon},
	StepRevoke:        {client, symbolon},
	StepRegister:      {client, symbolon},
	StepMachineToken:  {loginApp, symbolon},
}

const (
	indent    = 12 // columns before the step's name and before explanations
	laneStart = 27 // column of the first lane
	laneWidth = 12 // from one lane to the next
	minLanes  = 74 // columns that the lanes need
	laneNames = "client      browser     Symbolon    login app"
)

// arrow draws the message of a step across the lanes. A lane that it passes on
// its way is crossed.
func (p *page) arrow(step string, ok bool) string {
	m, known := directions[step]
	var b strings.Builder
	for lane := range parties {
		if lane > 0 {
			b.WriteString(p.gap(m, known, lane))
		}
		b.WriteString(p.post(m, known, lane))
	}
	if known && !ok {
		return p.red(b.String())
	}
	return b.String()
}

// gap is what is between lane-1 and lane.
func (p *page) gap(m message, known bool, lane int) string {
	width := laneWidth - 1
	left, right := min(m.from, m.to), max(m.from, m.to)
	if !known || lane <= left || lane > right {
		return strings.Repeat(" ", width)
	}
	line := strings.Repeat(p.glyph.line, width-1)
	switch {
	case m.from < m.to && lane == right:
		return line + p.glyph.rightHead
	case m.from > m.to && lane == left+1:
		return p.glyph.leftHead + line
	default:
		return line + p.glyph.line
	}
}

// post is the lane itself.
func (p *page) post(m message, known bool, lane int) string {
	left, right := min(m.from, m.to), max(m.from, m.to)
	switch {
	case !known || lane < left || lane > right:
		return p.glyph.lane
	case lane == m.from && m.from < m.to:
		return p.glyph.leavesRight
	case lane == m.from:
		return p.glyph.leavesLeft
	case lane == m.to:
		return p.glyph.lane
	default:
		return p.glyph.crossed
	}
}

// whom is the message of a step in words, for narrow terminals and one-liners.
func (p *page) whom(step string) string {
	m, known := directions[step]
	if !known {
		return partyNames[symbolon]
	}
	return partyNames[m.from] + " " + p.glyph.to + " " + partyNames[m.to]
}
