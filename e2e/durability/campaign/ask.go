package campaign

import (
	"context"
	"net/http"
	"net/url"
)

// ClientID is the OAuth client of the load.
const ClientID = clientID

// Answer is what a node said, to somebody who looks.
type Answer struct {
	Status int // 0 if it said nothing
	Body   string
}

func look(ctx context.Context, address, method, path string, header http.Header, body string) answer {
	w := wire{base: "http://" + address, http: http.DefaultTransport}
	return w.once(ctx, method, path, header, body, nil)
}

// Get asks one node, without following a redirect.
func Get(ctx context.Context, address, path string) Answer {
	a := look(ctx, address, http.MethodGet, path, nil, "")
	return Answer{a.status, string(a.body)}
}

// AuthorizePath is where the client's login begins.
func AuthorizePath() string {
	return issuerPath + "/oauth/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {redirectURI}, "state": {"x"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}.Encode()
}

// MachineToken buys the company's backend a token of one node, "" if that fails.
func MachineToken(ctx context.Context, address string) string {
	return look(ctx, address, http.MethodPost, "/oauth/token", form(), url.Values{
		"grant_type": {"client_credentials"}, "client_id": {backend}, "client_secret": {backendSecret},
	}.Encode()).member("access_token")
}

// TryMachineToken is the status with which a node answers a call with the token that
// changes nothing.
func TryMachineToken(ctx context.Context, address, token string) int {
	return look(ctx, address, http.MethodPost, "/api/v1/connections/conn_acme/users:grants", http.Header{
		"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"},
	}, `{"sub":"nobody"}`).status
}
