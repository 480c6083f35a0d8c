package deploy

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
)

// mostExposed is what "systemd-analyze security" may give the unit, of 10.
const mostExposed = 2.0

// systemd understands every line of the unit, and finds little to open.
func TestSystemdUnit(t *testing.T) {
	begun := time.Now()
	unit := write(t, filepath.Join(t.TempDir(), "symbolon.service"), with(t, read(t, "symbolon.service"), "/usr/local/bin/symbolon", campaign.Binary(t)))
	if said, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--man=no", unit).CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, said)
	}
	said, err := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--offline=yes", "--no-pager", unit).CombinedOutput()
	if err != nil {
		t.Fatalf("systemd-analyze security: %v\n%s", err, said)
	}
	found := regexp.MustCompile(`exposure level for symbolon.service: ([0-9.]+)`).FindStringSubmatch(string(said))
	if found == nil {
		t.Fatalf("no verdict: %s", said)
	}
	if level, err := strconv.ParseFloat(found[1], 64); err != nil || level >= mostExposed {
		t.Errorf("exposure %s", found[1])
	}
	figures.add(begun, "systemd unit: exposure level %s of 10", found[1])
}

// Docker is not needed to see that each step of the Dockerfile can be taken: what it
// copies is made before, and nothing in the image needs a shell.
func TestDockerfile(t *testing.T) {
	text := read(t, "Dockerfile")
	_, image, ok := strings.Cut(text, "FROM scratch\n")
	if !ok {
		t.Fatal("the image is not made from scratch")
	}
	for _, want := range []string{
		"COPY --from=build /symbolon /symbolon\n", "ca-certificates.crt", "USER 65532:65532\n", "ENTRYPOINT [\"/symbolon\"]\n", "CMD [\"serve\"]\n", "STOPSIGNAL SIGTERM\n",
	} {
		if !strings.Contains(image, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(image, "RUN ") || regexp.MustCompile(`(?m)(CMD|ENTRYPOINT) [^\[]`).MatchString(image) {
		t.Error("a step of the image needs a shell")
	}
	if !strings.Contains(text, "CGO_ENABLED=0") {
		t.Error("the binary needs libraries")
	}
	for _, private := range []string{"**/*.secret\n", "**/*.db\n", "\n.git\n", "**/.env\n", "**/*.pem\n", "**/*.key\n"} {
		if !strings.Contains(read(t, "Dockerfile.dockerignore"), private) {
			t.Errorf("%q may get into a layer", private)
		}
	}
	// What the health check runs exists.
	check := regexp.MustCompile(`HEALTHCHECK .*CMD \["/symbolon", "(\w+)"\]`).FindStringSubmatch(image)
	if check == nil {
		t.Fatal("no health check")
	}
	if said, err := exec.CommandContext(t.Context(), campaign.Binary(t), check[1], "--help").CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", check[1], err, said)
	}
	// The Makefile builds the binary in the same way, which is the one that is tested.
	if static, err := exec.CommandContext(t.Context(), "ldd", campaign.Binary(t)).CombinedOutput(); !strings.Contains(string(static), "not a dynamic executable") {
		t.Errorf("the binary is not static: %v %s", err, static)
	}
}
