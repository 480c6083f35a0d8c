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

// played is what TestClients found out, by Client.ID.
type played map[string]knownclients.Result

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

These MCP clients are played against a real server in every test run: their requests in
their order with their quirks, and their checks of what comes back. A client is a file
in [internal/knownclients/clients](../internal/knownclients/clients), with its sources.
Where a product cannot be read, the file says so and what is assumed. What a registry
serves also runs for real, against the real server (make e2e): the last column.

| Client | Vendor | Becomes known by | Tested by | Facts of | Result | For real |
|---|---|---|---|---|---|---|
`)
	for _, c := range knownclients.All() {
		result, connects := results[c.ID]
		outcome := "connects"
		if !connects {
			outcome = "**does not connect**"
		}
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s | %s | %s | %s |\n",
			c.Name, c.ID, c.Vendor, ways(c), wayName[result.Way], c.Checked, outcome, realRun(c.ID))
	}
	b.WriteString("\nWhere a client knows several ways, it takes the first that the server offers.\n")
	for _, c := range knownclients.All() {
		section(&b, c)
	}
	return b.String()
}

// realRuns are the clients that the end-to-end tests run, and where those pin the version.
var realRuns = map[string]struct{ file, version string }{
	"go-sdk":           {"../../e2e/go.mod", `modelcontextprotocol/go-sdk v(\S+)`},
	"python-sdk":       {"../../e2e/python/mcp-2.3.0/requirements.txt", `(?m)^mcp==(\S+)$`},
	"typescript-sdk-1": {"../../e2e/node/package.json", `"@modelcontextprotocol/sdk": "(\S+)"`},
	"typescript-sdk-2": {"../../e2e/node/package.json", `"@modelcontextprotocol/client": "(\S+)"`},
}

func realRun(id string) string {
	run, ok := realRuns[id]
	if !ok {
		return ""
	}
	text, err := os.ReadFile(run.file)
	if err != nil {
		return err.Error()
	}
	found := regexp.MustCompile(run.version).FindSubmatch(text)
	if found == nil {
		return run.file + " pins no version"
	}
	return string(found[1]) + ", by document and by registration"
}

var wayName = map[knownclients.Way]string{
	knownclients.WayCIMD:          "metadata document",
	knownclients.WayDCR:           "registration",
	knownclients.WayPreregistered: "typed client id",
}

func ways(c knownclients.Client) string {
	var names []string
	for _, way := range c.Registration.Ways {
		names = append(names, wayName[way])
	}
	return strings.Join(names, ", else ")
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
	items(b, "It", means(c))
	items(b, "Known quirks", c.Quirks)
	items(b, "Not known", c.Unknown)
	var sources []string
	for _, s := range c.Sources {
		sources = append(sources, fmt.Sprintf("%s (%s; %s)", s.Where, s.Kind, s.Version))
	}
	items(b, "Sources", sources)
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
