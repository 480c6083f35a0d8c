package knownclients_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/knownclients"
)

var update = flag.Bool("update", false, "write docs/clients.md")

const page = "../../docs/clients.md"

// played is what TestClients found out: the ways by which each client connects, by
// Client.ID.
type played map[string][]knownclients.Way

// writePage compares docs/clients.md with the table and the results, or writes it.
func writePage(t *testing.T, results played) {
	t.Helper()
	want := render(results)
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("docs/clients.md is not what the table and its results say; write it with: go test ./internal/knownclients -run TestClients -update")
	}
}

func render(results played) string {
	var b strings.Builder
	b.WriteString(`<!-- Written by: go test ./internal/knownclients -run TestClients -update -->
# Clients

| Client | Vendor | Connects by | Run for real | Facts of |
|---|---|---|---|---|
`)
	for _, c := range knownclients.All() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s | %s |\n", c.Name, c.ID, c.Vendor, connects(c, results[c.ID]), realRun(c.ID), c.Checked)
	}
	b.WriteString(`
**How they were tested.** Each client is played against a real server in every test run: its requests
in their order with their quirks, and its checks of what comes back. It is played by each way that the
table names, at an MCP server's own issuer and at the base URL, with and without a path in the MCP
server's URL. What is played is a file in
[internal/knownclients/clients](../internal/knownclients/clients), with its sources; *facts of* is the
day on which they were last compared. Where a product cannot be read, the file says so and what is
assumed.

**Run for real** are those that a registry serves: the product itself logs in, calls a tool and
refreshes. A version alone is part of every test run (` + "`make e2e`" + `); a date is the day of a run by hand.

**Connects by** a metadata document: its client id is the URL of a document about it, and the server
reads that. By registration: it registers itself first. A client that knows both takes the document
where the server understands it, as every server of this project does if
` + "`client_id_metadata_documents`" + ` is on.

**Your client is not here?** Most are built on one of the SDKs. Whether it connects to an MCP server,
and if not, which line to change, is what ` + "`symbolon doctor URL`" + ` says.

## Run for real, besides

`)
	for _, run := range besides {
		fmt.Fprintf(&b, "- %s\n", run)
	}
	for _, c := range knownclients.All() {
		section(&b, c)
	}
	return b.String()
}

// connects are the ways by which a client was seen to connect.
func connects(c knownclients.Client, seen []knownclients.Way) string {
	var names []string
	for _, way := range c.Registration.Ways {
		if slices.Contains(seen, way) {
			names = append(names, wayName[way])
		} else {
			names = append(names, "**not by** "+wayName[way])
		}
	}
	return strings.Join(names, ", ")
}

// pin is where the end-to-end tests pin the version of a client that they run.
type pin struct{ file, version string }

const nodePackages, fastMCP = "../../e2e/node/package.json", "../../e2e/python/fastmcp-4.2.3/requirements.txt"

var realRuns = map[string]struct {
	pin
	how string
}{
	"go-sdk":           {pin{"../../e2e/go.mod", `modelcontextprotocol/go-sdk v(\S+)`}, "by both"},
	"python-sdk":       {pin{"../../e2e/python/mcp-2.3.0/requirements.txt", `(?m)^mcp==(\S+)$`}, "by both"},
	"typescript-sdk-1": {pin{nodePackages, `"@modelcontextprotocol/sdk": "(\S+)"`}, "by both"},
	"typescript-sdk-2": {pin{nodePackages, `"@modelcontextprotocol/client": "(\S+)"`}, "by both"},
	"mcp-remote":       {pin{nodePackages, `"mcp-remote": "(\S+)"`}, "by registration"},
}

// byHand are runs of products that are too heavy for every test run.
var byHand = map[string]string{
	"inspector-cli": "2.12.0, by registration (2026-11-28)",
}

// besides are peers that are no clients of the table. What stands beside it by hand has
// its day, and what had to be known.
var besides = []string{
	"FastMCP " + fastMCPVersion() + ", its client by registration, and an MCP server with its `ScalekitProvider`, of which only the environment URL and the resource id were changed: in every test run.",
	"The official Scalekit SDKs for Node and Python, each in an old and a new version: in every test run.",
	"[byoa-demo-mcp](https://github.com/scalekit-inc/byoa-demo-mcp) (2fd855a: Express with Node SDK 2.2.2, FastMCP 2.14.7), by hand on 2026-11-28: works, with `login_verifier: declared` and `token_issuer: base`.",
	"[mcp-auth-demos](https://github.com/scalekit-inc/mcp-auth-demos) (8f587ae), by hand on 2026-11-28: greeting-mcp-python (Python SDK 2.21.0) works with `token_issuer: base`; greeting-mcp-node (Node SDK 2.11.0) works with the MCP SDK 1.13.0 of its time, and with 1.32.2 fails behind the login, where it uses a transport twice.",
	"Older verifiers compare `iss` with the environment URL, the provider of FastMCP 2.14.7 among them: for those an MCP server needs `token_issuer: base`.",
}

func fastMCPVersion() string { return pin{fastMCP, `(?m)^fastmcp==(\S+)$`}.read() }

func realRun(id string) string {
	if run, ok := realRuns[id]; ok {
		return run.read() + ", " + run.how
	}
	return byHand[id]
}

func (p pin) read() string {
	text, err := os.ReadFile(p.file)
	if err != nil {
		return err.Error()
	}
	found := regexp.MustCompile(p.version).FindSubmatch(text)
	if found == nil {
		return p.file + " pins no version"
	}
	return string(found[1])
}

var wayName = map[knownclients.Way]string{
	knownclients.WayCIMD:          "metadata document",
	knownclients.WayDCR:           "registration",
	knownclients.WayPreregistered: "typed client id",
}

func section(b *strings.Builder, c knownclients.Client) {
	fmt.Fprintf(b, "\n<a id=%q></a>\n## %s\n\n", c.ID, c.Name)
	for _, d := range c.Registration.CIMD {
		if strings.HasPrefix(d.ClientID, "https://") {
			fmt.Fprintf(b, "- Client id: `%s`%s\n", d.ClientID, conditions(d))
		}
	}
	fmt.Fprintf(b, "- Redirect URI: `%s`\n", c.RedirectURI)
	fmt.Fprintf(b, "- Resource it sends: %s; when it refreshes: %s\n", resourceName[c.Authorize.Resource], refreshResource(c))
	items(b, "Known quirks", c.Quirks)
	items(b, "Not known", c.Unknown)
	var sources []string
	for _, s := range c.Sources {
		sources = append(sources, fmt.Sprintf("%s (%s; %s)", s.Where, s.Kind, s.Version))
	}
	b.WriteString("\n<details><summary>What it insists on, and the sources</summary>\n")
	items(b, "It", means(c))
	items(b, "Sources", sources)
	b.WriteString("\n</details>\n")
}

var resourceName = map[knownclients.Resource]string{
	knownclients.ResourceMetadata: "the metadata's",
	knownclients.ResourceTyped:    "the URL that was typed",
	knownclients.ResourceSlash:    "the metadata's, with a slash if there is no path",
	knownclients.ResourceNone:     "none",
}

func refreshResource(c knownclients.Client) string {
	if c.Refresh.Never {
		return "it does not"
	}
	return resourceName[c.Refresh.Resource]
}

func conditions(d knownclients.Document) string {
	words := map[knownclients.Condition]string{
		knownclients.NoneListed:          "token_endpoint_auth_methods_supported lists none",
		knownclients.PrivateKeyJWTListed: "token_endpoint_auth_methods_supported lists private_key_jwt",
		knownclients.IssPromised:         "authorization_response_iss_parameter_supported is true",
	}
	var when []string
	for _, c := range d.When {
		when = append(when, words[c])
	}
	if when == nil {
		return ""
	}
	return " where " + strings.Join(when, " and ")
}

func means(c knownclients.Client) []string {
	var lines []string
	for _, check := range slices.Sorted(slices.Values(c.Checks)) {
		lines = append(lines, check.Means()+".")
	}
	return lines
}

func items(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n\n", title)
	for _, line := range lines {
		fmt.Fprintf(b, "- %s\n", line)
	}
}
