package durability

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

// inside tells a test that it runs in a network namespace of its own.
const inside = "SYMBOLON_TEST_INSIDE"

// twoHosts are hosts for two servers. As root each is a network namespace: the test runs
// itself once more in one, which joins them and is gone with everything when it ends; it
// returns nil outside. For others both are this machine, and none can be cut off.
func twoHosts(t *testing.T) ([]pgtest.Host, map[string]*cable) {
	t.Helper()
	switch {
	case os.Getenv(inside) != "":
		return joined(t)
	case os.Getuid() == 0:
		goInside(t)
		return nil, nil
	}
	figures.add(time.Now(), "failover of PostgreSQL, primary cut off: NOT TRIED here, network namespaces need root")
	return []pgtest.Host{pgtest.Loopback, pgtest.Loopback}, nil
}

// goInside runs this test in a network namespace of its own.
func goInside(t *testing.T) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.timeout", "6h")
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatalf("no network namespace can be made here (%v): a primary cannot be cut off, and failover is not tested", err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	for lines := bufio.NewScanner(&said); lines.Scan(); {
		if line, ok := strings.CutPrefix(lines.Text(), "proven: "); ok {
			figures.note(line)
		}
	}
}

// cable is what joins a host to this one.
type cable struct {
	near    string   // its end here
	address string   // of the host
	within  []string // a command that runs another one there
}

// joined makes two hosts, a namespace each. What they say to each other passes here.
func joined(t *testing.T) ([]pgtest.Host, map[string]*cable) {
	t.Helper()
	do(t, nil, "ip", "link", "set", "lo", "up")
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
		t.Fatal(err)
	}
	var hosts []pgtest.Host
	cables := map[string]*cable{}
	for i := 1; i <= 2; i++ {
		c := lay(t, i, namespace(t))
		hosts = append(hosts, pgtest.Host{Address: c.address, Within: c.within})
		cables[c.address] = c
	}
	return hosts, cables
}

// namespace is the number of a process that keeps a network namespace.
func namespace(t *testing.T) (pid string) {
	t.Helper()
	cmd := exec.Command("cat")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	input, err := cmd.StdinPipe() // whose end comes with this process's, however that ends
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatalf("no network namespace can be made here: %v", err)
	}
	t.Cleanup(func() {
		_ = input.Close()
		_ = cmd.Wait()
	})
	return fmt.Sprint(cmd.Process.Pid)
}

// lay joins a namespace. Each end knows where the other is and need not ask: somebody who
// asks and gets no answer is told that there is no way, and a cable that is cut tells
// nothing.
func lay(t *testing.T, i int, pid string) *cable {
	t.Helper()
	c := &cable{
		near: fmt.Sprint("host", i), address: fmt.Sprintf("10.99.%d.2", i),
		within: []string{"nsenter", "--net=/proc/" + pid + "/ns/net"},
	}
	gateway := fmt.Sprintf("10.99.%d.1", i)
	here, there := fmt.Sprintf("02:00:00:00:%02x:01", i), fmt.Sprintf("02:00:00:00:%02x:02", i)
	do(t, nil, "ip", "link", "add", c.near, "address", here, "type", "veth", "peer", "name", far, "address", there, "netns", pid)
	for _, end := range []struct {
		within                             []string
		device, address, neighbour, itsMAC string
	}{
		{nil, c.near, gateway, c.address, there},
		{c.within, far, c.address, gateway, here},
	} {
		do(t, end.within, "ip", "address", "add", end.address+"/24", "dev", end.device)
		do(t, end.within, "ip", "link", "set", end.device, "up")
		do(t, end.within, "ip", "neighbour", "replace", end.neighbour, "lladdr", end.itsMAC, "nud", "permanent", "dev", end.device)
	}
	do(t, c.within, "ip", "link", "set", "lo", "up")
	do(t, c.within, "ip", "route", "add", "default", "via", gateway)
	return c
}

// far is the end of a cable in its host.
const far = "cable"

func do(t *testing.T, within []string, words ...string) {
	t.Helper()
	words = append(within[:len(within):len(within)], words...)
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(words, " "), err, out)
	}
}

// cut loses whatever is sent, either way, and says nothing of it.
func (c *cable) cut(t *testing.T) {
	t.Helper()
	do(t, nil, "tc", "qdisc", "add", "dev", c.near, "root", "pfifo", "limit", "0")
	do(t, c.within, "tc", "qdisc", "add", "dev", far, "root", "pfifo", "limit", "0")
}

func (c *cable) mend(t *testing.T) {
	t.Helper()
	do(t, nil, "tc", "qdisc", "del", "dev", c.near, "root")
	do(t, c.within, "tc", "qdisc", "del", "dev", far, "root")
}

// cutOff is the fault of a primary whose cable is cut, and mended.
func cutOff(cables map[string]*cable) fault {
	return fault{
		name:      "cut off",
		fail:      func(t *testing.T, p *pgtest.Pair) { cables[p.Primary.Host().Address].cut(t) },
		comesBack: func(t *testing.T, c *pgtest.Cluster) { cables[c.Host().Address].mend(t) },
	}
}
