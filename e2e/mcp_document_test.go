package e2e

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
)

// documentHost publishes the metadata document of an MCP client over TLS: the SDKs
// take no other URL for a client_id.
type documentHost struct {
	url   string
	roots string // the file with the certificate that vouches for the host
}

// startDocumentHost publishes the document of a public client on loopback. The port
// of its redirect URI is left open (RFC 8252 §7.3).
func startDocumentHost(t *testing.T) documentHost {
	t.Helper()
	files := selfSigned(t)
	certificate, err := tls.LoadX509KeyPair(files.CertFile, files.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	var document []byte
	site := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/client.json" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(document)
	}))
	site.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	url := "https://" + site.Listener.Addr().String() + "/client.json"
	document, err = json.Marshal(map[string]any{
		"client_id": url, "client_name": "Document SDK", "redirect_uris": []string{"http://127.0.0.1/callback"},
		"grant_types": []string{"authorization_code", "refresh_token"}, "response_types": []string{"code"},
		"token_endpoint_auth_method": "none",
	})
	if err != nil {
		t.Fatal(err)
	}
	site.StartTLS()
	t.Cleanup(site.Close)
	return documentHost{url: url, roots: files.CertFile}
}
