package e2e

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The official Scalekit SDKs work unmodified: only the environment URL, client id
// and secret change.
func TestScalekitSDKs(t *testing.T) {
	tests := []sdk{
		nodeSDK(t, "@scalekit-sdk/node", "declared", "required"),
		nodeSDK(t, "scalekit-2-2-2", "declared"),
		pythonSDK(t, "2.10.0", "declared"),
		pythonSDK(t, "2.21.0", "declared", "required"),
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			app := startScalekitApp(t, tt.command, tt.tls)
			for _, handoff := range tt.handoffs {
				app.login(t, handoff)
			}
			peers.add(tt.name)
		})
	}
}

// sdk is a version of an official SDK.
type sdk struct {
	name    string
	command []string // runs a company's app that is built on it
	tls     bool     // the server must speak TLS
	// handoffs are those that its answer makes possible: older versions return no
	// auth_request_id, so their apps can do the state-only redirect alone.
	handoffs []string
}

func nodeSDK(t *testing.T, pkg string, handoffs ...string) sdk {
	t.Helper()
	return sdk{"Scalekit Node SDK " + nodeVersion(t, pkg), []string{"node", "node/scalekit-app.mjs", pkg}, false, handoffs}
}

// pythonSDK: its gRPC is always TLS.
func pythonSDK(t *testing.T, version string, handoffs ...string) sdk {
	t.Helper()
	dir := "python/" + version + "/.venv"
	found, err := filepath.Glob(dir + "/lib/python*/site-packages/scalekit_sdk_python-" + version + ".dist-info")
	if err != nil || len(found) != 1 {
		t.Fatalf("the Scalekit Python SDK %s is missing: run e2e/setup", version)
	}
	return sdk{"Scalekit Python SDK " + version, []string{installed(t, dir+"/bin/python"), "python/scalekit_app.py"}, true, handoffs}
}

// scalekitApp is a company's app in another language, and the server it works with.
type scalekitApp struct {
	server *server
	url    string
}

func startScalekitApp(t *testing.T, command []string, secure bool) *scalekitApp {
	t.Helper()
	address := freeAddress(t)
	app := &scalekitApp{url: "http://" + address}
	c := config{BaseURL: "http://" + freeAddress(t)}
	c.Connections, c.MCPServers = bothHandoffs(app.url + "/login")
	cmd := exec.Command(command[0], command[1:]...)
	if secure {
		c.BaseURL = strings.Replace(c.BaseURL, "http:", "https:", 1)
		c.TLS = selfSigned(t)
		cmd.Env = append(cmd.Environ(), "REQUESTS_CA_BUNDLE="+c.TLS.CertFile, "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH="+c.TLS.CertFile)
	}
	app.server = startServer(t, c)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(cmd.Environ(), "SK_ENV_URL="+app.server.base, "SK_CLIENT_ID="+apiClient, "SK_CLIENT_SECRET="+apiSecret, "PORT="+port)
	said := &output{}
	run(t, cmd, said)
	said.waitFor(t, "ready")
	return app
}

// login takes a client through a login by this app and lets the SDK judge the token.
func (a *scalekitApp) login(t *testing.T, handoff string) {
	t.Helper()
	c := registerClient(t, a.server, "res_"+handoff, "http://localhost:7777/callback", nil)
	code := c.code(t, newRobot(t, a.server).login(t, c.authorizeURL("todo:read")))
	good := question{Token: c.redeem(t, code), Issuer: c.issuer(), Audience: "https://mcp.example/" + handoff, Scopes: []string{"todo:read"}}

	verdict := a.validate(t, good)
	if !verdict.Valid {
		t.Fatalf("%s: the SDK refuses the access token: %s", handoff, verdict.Reason)
	}
	if got := verdict.Claims; got.Sub != "1234567890" || got.Email != "alice@example.com" || got.Custom["plan"] != "gold" || got.Custom["seats"] != 3.0 {
		t.Errorf("%s: the SDK reads the claims %+v", handoff, got)
	}
	byID, issuer, audience, scopes := good, good, good, good
	byID.Audience = c.resource // what FastMCP's provider compares
	if verdict := a.validate(t, byID); !verdict.Valid {
		t.Errorf("%s: the SDK refuses the audience %s: %s", handoff, c.resource, verdict.Reason)
	}
	issuer.Issuer, audience.Audience, scopes.Scopes = a.server.base+"/resources/res_other", "https://mcp.example/other", []string{"todo:write"}
	for _, wrong := range []question{issuer, audience, scopes} {
		if a.validate(t, wrong).Valid {
			t.Errorf("%s: the SDK takes a token for issuer %s, audience %s, scopes %s", handoff, wrong.Issuer, wrong.Audience, wrong.Scopes)
		}
	}
}

type question struct {
	Token    string   `json:"token"`
	Issuer   string   `json:"issuer"`
	Audience string   `json:"audience"`
	Scopes   []string `json:"scopes"`
}

type verdict struct {
	Valid  bool   `json:"valid"`
	Reason string `json:"reason"`
	Claims struct {
		Sub    string         `json:"sub"`
		Email  string         `json:"email"`
		Custom map[string]any `json:"custom_claims"`
	} `json:"claims"`
}

// validate asks the SDK's own token helper.
func (a *scalekitApp) validate(t *testing.T, q question) verdict {
	t.Helper()
	body, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	var v verdict
	(&server{base: a.url}).post(t, "/validate", "application/json", bytes.NewReader(body), &v)
	return v
}

// waitFor waits until a program has printed a line that begins so, and returns the rest of it.
func (o *output) waitFor(t *testing.T, prefix string) string {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		for line := range strings.Lines(o.String()) {
			if rest, ok := strings.CutPrefix(line, prefix); ok && strings.HasSuffix(rest, "\n") {
				return strings.TrimSpace(rest)
			}
		}
	}
	t.Fatalf("never said %q", prefix)
	return ""
}

// installed is the path of something that e2e/setup installs.
func installed(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v: run e2e/setup", err)
	}
	return path
}

func nodeVersion(t *testing.T, pkg string) string {
	t.Helper()
	file, err := os.ReadFile(installed(t, "node/node_modules/"+pkg+"/package.json"))
	if err != nil {
		t.Fatal(err)
	}
	var about struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(file, &about); err != nil {
		t.Fatal(err)
	}
	return about.Version
}
