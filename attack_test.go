package symbolon_test

// Attacks, each a published class of vulnerability of an authorization server, tried
// over HTTP. docs/conformance.md lists them by id and says what is not tried here.
//
// The numbers are small enough for every commit; SYMBOLON_SOAK=1 runs the full ones.

import (
	"database/sql"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to look into the database from outside

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// attack is one row. Its name begins with its id.
type attack struct {
	name string
	run  func(*scene)
}

// attackGroup is the attacks that share a server with this configuration.
type attackGroup struct {
	config  func(*symbolon.Config)
	attacks []attack
}

// attackGroups share a server each, letter by letter.
func attackGroups() []attackGroup {
	var groups []attackGroup
	for _, attacks := range [][]attack{
		attacksB, attacksB2, attacksR, attacksP, attacksT, attacksC, attacksD, attacksU, attacksW, attacksPortal, attacksH, attacksL, attacksS, attacksSecret, attacksNodes,
	} {
		groups = append(groups, attackGroup{func(*symbolon.Config) {}, attacks})
	}
	return append(groups, attackGroup{withDocuments, attacksM}, attackGroup{withDocuments, attacksKeys})
}

func TestAttack(t *testing.T) {
	for _, group := range attackGroups() {
		server := symbolontest.StartServer(t, group.config)
		for _, a := range group.attacks {
			t.Run(a.name, func(t *testing.T) {
				own := server.For(t)
				a.run(&scene{t, own, own.Register(nil)})
			})
		}
	}
}

// on is the same attack in a scene with another server.
func (x *scene) on(server *symbolontest.Server) *scene {
	return &scene{x.T, server, server.Register(nil)}
}

// rounds is how often to try: few, or all with SYMBOLON_SOAK=1.
func (x *scene) rounds(few, all int) int {
	x.Helper()
	n := few
	if os.Getenv("SYMBOLON_SOAK") == "1" {
		n = all
	}
	x.Logf("%d of %d rounds", n, all)
	return n
}

// honest plays a whole login: after an attack it must still work.
func (x *scene) honest() {
	x.Helper()
	if x.client.Login(x.server.NewBrowser()).Access == "" {
		x.Error("the honest login got no token")
	}
}

// refused says that an answer is a refusal: 4xx, no redirect, nothing of the user.
func (x *scene) refused(what string, r *symbolontest.Response) {
	x.Helper()
	if r.Status < 400 || r.Status > 499 || r.Header.Get("Location") != "" {
		x.Errorf("%s: %d %s", what, r.Status, r.Header.Get("Location"))
	}
	if strings.Contains(r.Body, "alice@") {
		x.Errorf("%s: the page names the user", what)
	}
}

// refusedAs says that the token endpoint, or another of OAuth, refused with this error.
func (x *scene) refusedAs(what string, r *symbolontest.Response, code string) {
	x.Helper()
	if r.Status < 400 || r.Status > 499 || r.Error() != code {
		x.Errorf("%s: %d %s, want %s", what, r.Status, r.Body, code)
	}
}

// atOnce runs n calls that wait for each other, and returns what they returned.
func atOnce[T any](n int, call func(i int) T) []T {
	answers := make([]T, n)
	start := make(chan struct{})
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() {
			<-start
			answers[i] = call(i)
		})
	}
	close(start)
	running.Wait()
	return answers
}

// raw is a navigation with exactly these cookies.
func (x *scene) raw(target, cookies string) *symbolontest.Response {
	x.Helper()
	header := []string{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}
	if cookies != "" {
		header = append(header, "Cookie", cookies)
	}
	return x.server.Do(http.MethodGet, target, "", header...)
}

// flowCookie is the browser's newest flow cookie.
func (x *scene) flowCookie(b *symbolontest.Browser) *http.Cookie {
	x.Helper()
	for _, c := range slices.Backward(b.Cookies(x.server.URL)) {
		if strings.Contains(c.Name, "symbolon_flow_") {
			return c
		}
	}
	x.Fatal("the browser has no flow cookie")
	return nil
}

// flipped is s with one bit of its middle turned, still in the alphabet.
func flipped(s string) string {
	b := []byte(s)
	i := len(b) / 2
	if b[i] == 'A' {
		b[i] = 'B'
	} else {
		b[i] = 'A'
	}
	return string(b)
}

// query asks the server's database from outside.
func (x *scene) query(statement string, into ...any) {
	x.Helper()
	db, err := sql.Open("sqlite", "file:"+x.server.DB+"?_pragma=busy_timeout(5000)")
	if err != nil {
		x.Fatal(err)
	}
	defer db.Close()
	if len(into) == 0 {
		_, err = db.ExecContext(x.Context(), statement)
	} else {
		err = db.QueryRowContext(x.Context(), statement).Scan(into...)
	}
	if err != nil {
		x.Fatal(err)
	}
}

// rows counts what a stranger must not be able to grow.
func (x *scene) rows() (n int) {
	x.Helper()
	x.query("SELECT (SELECT count(*) FROM logins) + (SELECT count(*) FROM grants) + (SELECT count(*) FROM codes)"+
		" + (SELECT count(*) FROM attempts) + (SELECT count(*) FROM audit) + (SELECT count(*) FROM once)", &n)
	return n
}

// sameAnswer says that two answers cannot be told apart.
func (x *scene) sameAnswer(what string, a, b *symbolontest.Response) {
	x.Helper()
	ah, bh := a.Header.Clone(), b.Header.Clone()
	ah.Del("Date")
	bh.Del("Date")
	if a.Status != b.Status || a.Body != b.Body || !sameHeader(ah, bh) {
		x.Errorf("%s can be told apart:\n%d %v %s\n%d %v %s", what, a.Status, ah, a.Body, b.Status, bh, b.Body)
	}
}

func sameHeader(a, b http.Header) bool {
	for name := range a {
		if !slices.Equal(a[name], b[name]) {
			return false
		}
	}
	return len(a) == len(b)
}

// breakDatabase takes a table away and waits until the server has noticed: a second
// after the last confirmed snapshot it must trust nothing any more.
func (x *scene) breakDatabase() {
	x.Helper()
	x.query("ALTER TABLE versions RENAME TO versions_away")
	x.until(http.StatusServiceUnavailable)
}

func (x *scene) repairDatabase() {
	x.Helper()
	x.query("ALTER TABLE versions_away RENAME TO versions")
	x.until(http.StatusOK)
}

// until waits for readiness to be this.
func (x *scene) until(status int) {
	x.Helper()
	for range 200 {
		if x.server.Get("/readyz").Status == status {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	x.Fatalf("/readyz never answered %d", status)
}

// saysNothing says that an answer tells nothing of the machinery.
func (x *scene) saysNothing(what string, r *symbolontest.Response) {
	x.Helper()
	for _, word := range []string{"sqlite", "SQL", "versions", "goroutine", ".go:", x.server.DB, "internal/"} {
		if strings.Contains(r.Body, word) {
			x.Errorf("%s says %q: %s", what, word, r.Body)
		}
	}
}
