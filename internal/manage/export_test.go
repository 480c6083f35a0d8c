package manage

import (
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// Returns is what is asked of a return_url.
func Returns(loginURL, target string) bool {
	return returns(&catalog.Connection{LoginURL: loginURL}, target)
}

// ReadUpdate reads the body of users:update.
func ReadUpdate(w http.ResponseWriter, r *http.Request) (store.UpdateUser, *httpx.Problem) {
	q := &request{Request: r, caller: &catalog.APIClient{ID: "skc_1"}, connection: &catalog.Connection{ID: "conn_1"}}
	if problem := q.read(w); problem != nil {
		return store.UpdateUser{}, problem
	}
	return q.update()
}

var Waiting = waiting
