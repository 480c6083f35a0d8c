package deploy

// The compose file and the Kubernetes manifests: their configuration is good, their probes
// ask what there is, their times fit together. Neither Docker nor Kubernetes runs here, so
// what they would start is started by hand.

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

// object is any part of a YAML file.
type object = map[string]any

// documents are the objects of a file.
func documents(t *testing.T, name string) (list []object) {
	t.Helper()
	loader, err := yaml.NewLoader(strings.NewReader(read(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	for {
		var o object
		switch err := loader.Load(&o); {
		case errors.Is(err, io.EOF):
			return list
		case err != nil:
			t.Fatalf("%s: %v", name, err)
		}
		list = append(list, o)
	}
}

// at follows a path of names and, for lists, of positions; nil if there is nothing.
func at(o any, path ...any) any {
	for _, step := range path {
		switch here := o.(type) {
		case object:
			name, _ := step.(string)
			o = here[name]
		case []any:
			i, isIndex := step.(int)
			if !isIndex || i >= len(here) {
				return nil
			}
			o = here[i]
		default:
			return nil
		}
	}
	return o
}

func text(o any, path ...any) string {
	s, _ := at(o, path...).(string)
	return s
}

func number(o any, path ...any) int {
	n, _ := at(o, path...).(int)
	return n
}

// kind finds the one object of a kind.
func kind(t *testing.T, list []object, kind string) object {
	t.Helper()
	i := slices.IndexFunc(list, func(o object) bool { return o["kind"] == kind })
	if i < 0 {
		t.Fatalf("there is no %s", kind)
	}
	return list[i]
}

// times are what a configuration says of its end.
func times(t *testing.T, configuration string) (delay, grace time.Duration) {
	t.Helper()
	var c struct {
		Shutdown struct{ Delay, Grace string }
	}
	if err := yaml.Unmarshal([]byte(configuration), &c); err != nil {
		t.Fatal(err)
	}
	delay, wrong := time.ParseDuration(c.Shutdown.Delay)
	grace, err := time.ParseDuration(c.Shutdown.Grace)
	if errors.Join(wrong, err) != nil {
		t.Fatal(wrong, err)
	}
	return delay, grace
}

func TestComposeFile(t *testing.T) {
	t.Parallel()
	file := documents(t, "compose.yaml")[0]
	services, _ := at(file, "services").(object)
	for name := range services {
		for dependency := range asObject(at(services, name, "depends_on")) {
			if services[dependency] == nil {
				t.Errorf("%s depends on %s, which is not there", name, dependency)
			}
		}
		for _, c := range asList(at(services, name, "configs")) {
			if at(file, "configs", text(c, "source"), "content") == nil {
				t.Errorf("%s has the configuration %s, which is not there", name, text(c, "source"))
			}
		}
	}
	configuration := text(file, "configs", "symbolon", "content")
	delay, grace := times(t, configuration)
	server := at(services, "symbolon")
	if stop, err := time.ParseDuration(text(server, "stop_grace_period")); err != nil || stop <= delay+grace {
		t.Errorf("the server is killed after %s, and wants %s", stop, delay+grace)
	}
	if at(server, "read_only") != true || text(server, "cap_drop", 0) != "ALL" || at(server, "ports") != nil {
		t.Error("the server may do more than it must")
	}
	// Inside, base_url is the proxy, too; and the server believes the network's addresses.
	subnet := text(file, "networks", "default", "ipam", "config", 0, "subnet")
	if host := text(services, "proxy", "networks", "default", "aliases", 0); host == "" || !strings.Contains(configuration, "base_url: https://"+host+"\n") ||
		subnet == "" || !strings.Contains(configuration, "trusted_proxies: ["+subnet+"]") {
		t.Errorf("names and addresses inside the network do not fit: %s, %s", host, subnet)
	}
	check := asList(at(server, "healthcheck", "test"))
	runs(t, configuration, asObject(at(server, "environment")), check[2:])

	caddyfile := write(t, filepath.Join(t.TempDir(), "Caddyfile"), text(file, "configs", "caddyfile", "content"))
	if said, err := exec.CommandContext(t.Context(), program("caddy"), "adapt", "--config", caddyfile, "--adapter", "caddyfile").CombinedOutput(); err != nil {
		t.Errorf("the Caddyfile: %v\n%s", err, said)
	}
}

func TestKubernetesManifests(t *testing.T) {
	t.Parallel()
	list := documents(t, "kubernetes/symbolon.yaml")
	job := kind(t, documents(t, "kubernetes/apply.yaml"), "Job")
	configuration := text(kind(t, list, "ConfigMap"), "data", "symbolon.yaml")
	delay, grace := times(t, configuration)
	deployment := kind(t, list, "Deployment")
	pod := at(deployment, "spec", "template", "spec")
	container := at(pod, "containers", 0)

	if n := number(deployment, "spec", "replicas"); n < 2 || number(deployment, "spec", "strategy", "rollingUpdate", "maxUnavailable") != 0 {
		t.Errorf("%d servers are not replaced one by one", n)
	}
	if killed := time.Duration(number(pod, "terminationGracePeriodSeconds")) * time.Second; killed <= delay+grace {
		t.Errorf("the server is killed after %s, and wants %s", killed, delay+grace)
	}
	noticed := time.Duration(number(container, "readinessProbe", "periodSeconds")*number(container, "readinessProbe", "failureThreshold")) * time.Second
	if noticed == 0 || 2*noticed > delay {
		t.Errorf("that it leaves is noticed after %s, and it leaves after %s", noticed, delay)
	}
	for _, spec := range []any{pod, at(job, "spec", "template", "spec")} {
		restricted(t, spec)
	}
	if at(job, "spec", "template", "spec", "containers", 0, "image") != at(container, "image") {
		t.Error("another release applies than serves")
	}

	// The labels meet, and the Service shows the public port alone.
	labels := at(deployment, "spec", "template", "metadata", "labels", "app.kubernetes.io/name")
	service := kind(t, list, "Service")
	for _, got := range []any{
		at(deployment, "spec", "selector", "matchLabels", "app.kubernetes.io/name"), at(service, "spec", "selector", "app.kubernetes.io/name"),
		at(kind(t, list, "PodDisruptionBudget"), "spec", "selector", "matchLabels", "app.kubernetes.io/name"),
		at(kind(t, list, "NetworkPolicy"), "spec", "podSelector", "matchLabels", "app.kubernetes.io/name"),
	} {
		if got != labels {
			t.Errorf("a selector finds %v, the pods are %v", got, labels)
		}
	}
	ports := asList(at(service, "spec", "ports"))
	if len(ports) != 1 || text(ports[0], "targetPort") != "http" || text(ports[0], "appProtocol") != "kubernetes.io/h2c" {
		t.Errorf("the Service shows %v", ports)
	}
	for _, p := range asList(at(container, "ports")) {
		if setting := map[string]string{"http": "listen: 0.0.0.0:", "admin": `listen: "0.0.0.0:`}[text(p, "name")]; !regexp.MustCompile(setting + strconv.Itoa(number(p, "containerPort")) + `\b`).MatchString(configuration) {
			t.Errorf("nobody listens on %v", p)
		}
	}
	var probes []string
	for _, name := range []string{"startupProbe", "livenessProbe", "readinessProbe"} {
		probes = append(probes, text(container, name, "httpGet", "port")+" "+text(container, name, "httpGet", "path"))
	}
	if want := []string{"admin /healthz", "admin /healthz", "http /readyz?exclude=database"}; !slices.Equal(probes, want) {
		t.Errorf("the probes ask %q, docs/operations.md says %q", probes, want)
	}
	runs(t, configuration, asObject(at(kind(t, list, "Secret"), "stringData")), []any{"probe"}, probes...)
}

// restricted checks a pod against the Pod Security Standard of that name.
func restricted(t *testing.T, pod any) {
	t.Helper()
	container := at(pod, "containers", 0)
	if at(pod, "securityContext", "runAsNonRoot") != true || text(pod, "securityContext", "seccompProfile", "type") != "RuntimeDefault" ||
		at(container, "securityContext", "allowPrivilegeEscalation") != false || text(container, "securityContext", "capabilities", "drop", 0) != "ALL" ||
		at(container, "securityContext", "readOnlyRootFilesystem") != true || at(pod, "automountServiceAccountToken") != false {
		t.Errorf("the pod is not restricted: %v", pod)
	}
	// The image's user is nobody's either.
	if user := regexp.MustCompile(`(?m)^USER (\d+):`).FindStringSubmatch(read(t, "Dockerfile")); strconv.Itoa(number(pod, "securityContext", "runAsUser")) != user[1] {
		t.Errorf("the image's user is %s", user[1])
	}
}

// runs does what the orchestrator would: checks the configuration, applies it to an empty
// database, starts a server, runs its health check and asks its probes, each the name of a
// port and a path.
func runs(t *testing.T, configuration string, environment object, health []any, probes ...string) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "symbolon.yaml"), configuration)
	ports := map[string]string{"http": campaign.FreeAddress(t), "admin": campaign.FreeAddress(t)}
	env := append(os.Environ(), "SYMBOLON_LISTEN="+ports["http"], "SYMBOLON_ADMIN_LISTEN="+ports["admin"], "SYMBOLON_SHUTDOWN_DELAY=1s")
	for name := range environment {
		value := strings.Repeat("secret-of-a-test", 3)
		if name == "SYMBOLON_DATABASE" {
			value = pgtest.New(t).Database(t)
		}
		env = append(env, name+"="+value)
	}
	symbolon := func(arguments ...string) *exec.Cmd {
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), campaign.Binary(t), arguments...)
		cmd.Dir, cmd.Env = dir, env
		return cmd
	}
	for _, arguments := range [][]string{{"config", "check"}, {"apply", "--yes"}} {
		if said, err := symbolon(arguments...).CombinedOutput(); err != nil {
			t.Fatalf("symbolon %s: %v\n%s", arguments, err, said)
		}
	}
	server, log := symbolon("serve"), &output{}
	server.Stdout, server.Stderr = log, log
	run(t, server)
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		said, err := symbolon(strs(health)...).CombinedOutput()
		if err == nil {
			break
		}
		if time.Since(begun) > campaign.Patience {
			t.Fatalf("the health check: %v\n%s\n%s", err, said, log)
		}
	}
	for _, probe := range probes {
		port, path, _ := strings.Cut(probe, " ")
		resp, err := http.Get("http://" + ports[port] + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", probe, resp.StatusCode)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("the server writes files, but the file system is for reading only: %v %v", files, err)
	}
}

func asObject(o any) object {
	m, _ := o.(object)
	return m
}

func asList(o any) []any {
	l, _ := o.([]any)
	return l
}

func strs(list []any) (texts []string) {
	for _, s := range list {
		text, _ := s.(string)
		texts = append(texts, text)
	}
	return texts
}
