package symbolon_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

const usersPath = "/api/v1/connections/" + symbolontest.ConnectionID + "/users"

// managed is a scene of its own: a server, a client, and Alice connected by it.
func managed(t *testing.T, change ...func(*symbolon.Config)) (*scene, symbolontest.Tokens) {
	t.Helper()
	server := symbolontest.StartServer(t, change...)
	x := &scene{t, server, server.Register(nil)}
	_, tokens := x.tokens()
	return x, tokens
}

// machine fetches a machine token of an API client.
func (x *scene) machine(id, secret string) string {
	x.Helper()
	r := x.server.PostForm("/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}})
	if r.Status != http.StatusOK {
		x.Fatalf("no machine token: %d %s", r.Status, r.Body)
	}
	return r.Text("access_token")
}

// as calls the API by JSON with a machine token.
func (x *scene) as(token, path string, body map[string]any) *symbolontest.Response {
	x.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		x.Fatal(err)
	}
	return x.server.PostJSON(path, string(raw), "Authorization", "Bearer "+token)
}

// say is what the company's backend says of a user; it must be accepted.
func (x *scene) say(action string, body map[string]any) map[string]any {
	x.Helper()
	r := x.as(x.server.App.Token(), usersPath+":"+action, body)
	if r.Status != http.StatusOK {
		x.Fatalf("users:%s answered %d: %s", action, r.Status, r.Body)
	}
	return r.JSON()
}

// dead says that neither token of a login is honoured.
func (x *scene) dead(tokens symbolontest.Tokens) {
	x.Helper()
	x.refusedAs("refresh", x.client.Refresh(tokens.Refresh), "invalid_grant")
	if x.server.Active(tokens.Access) {
		x.Error("the access token is active")
	}
}

func (x *scene) alive(tokens symbolontest.Tokens) symbolontest.Tokens {
	x.Helper()
	if !x.server.Active(tokens.Access) {
		x.Error("the access token is not active")
	}
	next := x.client.MustRefresh(tokens.Refresh)
	return next
}

func (x *scene) grantOf(tokens symbolontest.Tokens) string {
	x.Helper()
	id, _ := x.server.Claims(tokens.Access)["grant_id"].(string)
	return id
}

// twoCompanies adds a company with a login of its own.
func twoCompanies(c *symbolon.Config) {
	c.Connections = append(slices.Clone(c.Connections), symbolon.Connection{ID: "conn_other", Name: "Other", LoginURL: c.Connections[0].LoginURL})
	c.APIClients = append(slices.Clone(c.APIClients), symbolon.APIClient{
		ID: "skc_other", Secret: symbolontest.LoginClientSecret, Role: "login", Connections: []string{"conn_other"},
	})
}

type object = map[string]any
