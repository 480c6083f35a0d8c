package durability

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

const contestants = 100

// Decisions, codes and refresh tokens are spent by a hundred at once, over three nodes,
// one of which is killed in every third contest. Exactly one may win each.
func TestSingleUse(t *testing.T) {
	begun := time.Now()
	nodes, transport := threeNodes(t, pgtest.New(t).Database(t))
	load := campaign.NewLoad("http://"+nodes[0].Address, transport)
	for _, c := range []struct {
		name    string
		prepare func(context.Context) (*campaign.Contest, error)
		// shared: a second answer may repeat the winner's, which is how the client
		// whose answer was lost gets it (the grace of a rotation).
		shared bool
		// what becomes of the refresh token that the winner got
		then fate
	}{
		{"decision", load.Decision, false, hasNone},
		{"code", load.Code, false, mustEnd},
		{"refresh token", load.Refresh, true, mustLive},
	} {
		t.Run(c.name, func(t *testing.T) {
			rounds := form(6, 300)
			won, unknown := 0, 0
			for round := range rounds {
				contest, err := c.prepare(t.Context())
				if err != nil {
					nothingWrong(t, load.Ledger.Wrongs())
					t.Fatal(err)
				}
				history := contested(contest, nodes, round%3 == 2)
				w, u := judge(t, history, c.shared)
				c.then.judge(t, contest, history)
				won, unknown = won+w, unknown+u
			}
			figures.add(begun, "single use: %d × a %s contested by %d over three nodes: %d winners, linearizable; %d attempts without an answer",
				rounds, c.name, contestants, won, unknown)
		})
	}
	nothingWrong(t, load.Ledger.Wrongs())
}

// fate is what becomes of a winner's refresh token: those who lost a code replayed it,
// which ends the grant; those who lost a refresh token got its successor, within the grace.
type fate int

const (
	hasNone fate = iota
	mustEnd
	mustLive
)

func (f fate) judge(t *testing.T, contest *campaign.Contest, history []campaign.Attempt) {
	t.Helper()
	token, replayed := "", false
	for _, a := range history {
		replayed = replayed || a.Outcome == campaign.Refused
		if a.Outcome == campaign.Won {
			token = a.Got
		}
	}
	if f == hasNone || token == "" || f == mustEnd && !replayed {
		return
	}
	if is := contest.Lives(t.Context(), token); is != (f == mustLive) {
		t.Errorf("the winner's refresh token lives: %t", is)
	}
}

// contested runs a contest, and kills a node in it if so told.
func contested(contest *campaign.Contest, nodes []*campaign.Node, kill bool) []campaign.Attempt {
	if !kill {
		return contest.Run(contestants)
	}
	victim := nodes[rand.IntN(len(nodes))]
	killed := time.AfterFunc(time.Duration(rand.IntN(150))*time.Millisecond, victim.Kill)
	history := contest.Run(contestants)
	killed.Stop()
	victim.Kill()
	if err := victim.Start(); err == nil {
		_ = victim.Ready() // a node that does not come back shows in the next contest
	}
	return history
}

// judge looks for an order of the attempts that a single, never failing server could
// have produced, and counts the winners.
func judge(t *testing.T, history []campaign.Attempt, shared bool) (won, unknown int) {
	t.Helper()
	winners := map[string]int{}
	for _, a := range history {
		switch a.Outcome {
		case campaign.Won:
			winners[a.Got]++
		case campaign.Unknown:
			unknown++
		case campaign.Refused:
		}
	}
	for _, times := range winners {
		if times > 1 && !shared {
			t.Errorf("one secret was given out %d times", times)
		}
	}
	// Only if nobody knows what became of an attempt may nobody have won.
	if len(winners) > 1 || len(winners) == 0 && unknown == 0 {
		t.Errorf("%d won, of %d", len(winners), len(history))
	}
	if !linearizable(history) {
		for _, a := range history {
			t.Logf("%v-%v %d %s", a.Call, a.Return, a.Outcome, a.Answer)
		}
		t.Error("no single server could have answered so")
	}
	return len(winners), unknown
}

// linearizable asks porcupine. The state is what the winner got, "" before there is one.
func linearizable(history []campaign.Attempt) bool {
	model := porcupine.Model{
		Init: func() any { return "" },
		Step: func(state, _, output any) (bool, any) {
			spent, a := state.(string), output.(campaign.Attempt)
			switch a.Outcome {
			case campaign.Won:
				return spent == "" || spent == a.Got, a.Got
			case campaign.Refused: // nobody may be refused before somebody has won
				return spent != "", spent
			default:
				return true, spent
			}
		},
	}
	var operations []porcupine.Operation
	for i, a := range history {
		if a.Outcome == campaign.Unknown {
			operations = append(operations, unanswered(i, a, history)...)
			continue
		}
		operations = append(operations, porcupine.Operation{ClientId: i, Call: int64(a.Call), Return: int64(a.Return), Output: a})
	}
	return porcupine.CheckOperations(model, operations)
}

// unanswered is what an attempt without an answer may have been: if nobody is known to
// have won, the first of them may have, at any time until the end.
func unanswered(i int, a campaign.Attempt, history []campaign.Attempt) []porcupine.Operation {
	end := a.Return
	for _, other := range history {
		if other.Outcome == campaign.Won {
			return nil // what it did changes nothing for the others
		}
		end = max(end, other.Return)
	}
	a.Outcome, a.Got = campaign.Won, "unanswered"
	return []porcupine.Operation{{ClientId: i, Call: int64(a.Call), Return: int64(end), Output: a}}
}

// The judge must see a wrong when there is one.
func TestLinearizable(t *testing.T) {
	at := func(call, end time.Duration, outcome campaign.Outcome, got string) campaign.Attempt {
		return campaign.Attempt{Call: call, Return: end, Outcome: outcome, Got: got}
	}
	won, refused, unknown := campaign.Won, campaign.Refused, campaign.Unknown
	for name, c := range map[string]struct {
		history []campaign.Attempt
		want    bool
	}{
		"one winner":                     {[]campaign.Attempt{at(0, 5, won, "a"), at(1, 6, refused, "")}, true},
		"two winners":                    {[]campaign.Attempt{at(0, 5, won, "a"), at(1, 6, won, "b")}, false},
		"the lost answer, repeated":      {[]campaign.Attempt{at(0, 5, won, "a"), at(6, 9, won, "a")}, true},
		"refused before anybody had won": {[]campaign.Attempt{at(0, 1, refused, ""), at(2, 6, won, "a")}, false},
		"the winner has no answer":       {[]campaign.Attempt{at(0, 5, unknown, ""), at(6, 9, refused, "")}, true},
		"nobody won, and all refused":    {[]campaign.Attempt{at(0, 5, refused, ""), at(6, 9, refused, "")}, false},
		"refused before the unanswered":  {[]campaign.Attempt{at(0, 1, refused, ""), at(2, 9, unknown, "")}, false},
	} {
		if got := linearizable(c.history); got != c.want {
			t.Errorf("%s: linearizable = %t", name, got)
		}
	}
}
