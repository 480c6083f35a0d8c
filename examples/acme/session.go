// Acme's sessions: a random cookie, a row in memory.
package acme

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"
)

const sessionLifetime = 8 * time.Hour

type session struct {
	user    *User
	expires time.Time
	// freshFor is the login request that the user has just signed in for, once.
	freshFor string
}

// sessions grow only by correct passwords; the expired ones go when a new one comes.
type sessions struct {
	mu   sync.Mutex
	byID map[string]*session
}

func (s *sessions) start(user *User, freshFor string, now time.Time) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for old, row := range s.byID {
		if !now.Before(row.expires) {
			delete(s.byID, old)
		}
	}
	id = rand.Text()
	s.byID[id] = &session{user: user, expires: now.Add(sessionLifetime), freshFor: freshFor}
	return id
}

func (s *sessions) user(id string, now time.Time) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	if row := s.byID[id]; row != nil && now.Before(row.expires) {
		return row.user
	}
	return nil
}

// takeFresh reports, once, whether the session began for this login request.
func (s *sessions) takeFresh(id, request string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.byID[id]
	if row == nil || request == "" || row.freshFor != request {
		return false
	}
	row.freshFor = ""
	return true
}

func (s *sessions) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, id)
}

// cookieName has the __Host- prefix wherever a browser accepts it: over https.
func (a *App) cookieName() string {
	if a.secure {
		return "__Host-acme_session"
	}
	return "acme_session"
}

func (a *App) sessionID(r *http.Request) string {
	cookie, err := r.Cookie(a.cookieName())
	if err != nil {
		return ""
	}
	return cookie.Value
}

// signedIn returns the user of a request's session, nil if there is none.
func (a *App) signedIn(r *http.Request) *User { return a.sessions.user(a.sessionID(r), a.now()) }

func (a *App) freshFor(r *http.Request, request string) bool {
	return a.sessions.takeFresh(a.sessionID(r), request)
}

// setSession replaces the browser's session. SameSite=Lax sends it along when Symbolon sends the browser here.
func (a *App) setSession(w http.ResponseWriter, id string, lifetime time.Duration) {
	cookie := &http.Cookie{
		Name: a.cookieName(), Value: id, Path: "/", MaxAge: int(lifetime.Seconds()),
		Secure: a.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if id == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}
