package symbolon

import (
	"fmt"
	"time"
)

// clockTolerance is how far a server's clock may be from the database's, which all servers
// of it have in common. So two servers are at most twice as far from each other: less than
// the minute that a code lives, which one of them issues and the other redeems.
const clockTolerance = 20 * time.Second

// agree compares the database's clock, if it told, with this server's before the question
// and after the answer. The times of all that is kept are a server's; one that is wrong
// would end what others made, or use what has ended for them.
func agree(database, asked, answered time.Time) error {
	if database.IsZero() {
		return nil
	}
	ahead := max(asked.Sub(database), database.Sub(answered))
	if ahead <= clockTolerance {
		return nil
	}
	direction := "ahead of"
	if database.After(answered) {
		direction = "behind"
	}
	return fmt.Errorf("the clock of this server is %s %s the database's, and more than %s is too much to tell what has expired; set both by NTP",
		ahead.Round(time.Second), direction, clockTolerance)
}
