package e2e

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// chromium is one browser for all tests. Each test has windows and cookies of its
// own. clientHost leads to site, whose certificate the browser takes for it.
type chromium struct {
	ctx   context.Context
	close func()
	site  *receiver
}

const clientHost = "client.example"

var (
	chromiumOnce  sync.Once
	chromiumAlive *chromium
	errChromium   error
)

func theChromium(t *testing.T) *chromium {
	t.Helper()
	chromiumOnce.Do(func() { chromiumAlive, errChromium = startChromium() })
	if errChromium != nil {
		t.Fatal(errChromium)
	}
	return chromiumAlive
}

func closeChromium() {
	if chromiumAlive != nil {
		chromiumAlive.close()
	}
}

func startChromium() (*chromium, error) {
	path, err := chromiumPath()
	if err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp("", "symbolon-e2e-chromium-")
	if err != nil {
		return nil, err
	}
	site := newReceiver(true)
	pin := sha256.Sum256(site.server.Certificate().RawSubjectPublicKeyInfo)
	_, port, err := net.SplitHostPort(site.server.Listener.Addr().String())
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.Flag("no-sandbox", os.Getuid() == 0), // Chromium refuses to run as root with it
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("font-render-hinting", "none"), // pictures are compared
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("lang", "en-US"),
		chromedp.Flag("host-resolver-rules", fmt.Sprintf("MAP %s:443 127.0.0.1:%s", clientHost, port)),
		chromedp.Flag("ignore-certificate-errors-spki-list", base64.StdEncoding.EncodeToString(pin[:])),
		chromedp.WindowSize(1000, 900),
	)
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	c := &chromium{ctx: ctx, site: site, close: func() {
		stop()
		stopAllocator()
		site.server.Close()
		_ = os.RemoveAll(profile) // in the system's temporary directory
	}}
	if err := chromedp.Do(ctx); err != nil {
		c.close()
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	return c, nil
}

func chromiumPath() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("chromium is missing: run e2e/setup")
}

// websiteCallback is a redirect URI on the website that only this test uses.
func websiteCallback() string { return "https://" + clientHost + "/" + rand.Text() }

func chromiumName(t *testing.T) string {
	t.Helper()
	path, err := chromiumPath()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// window opens a window with cookies of its own.
func (c *chromium) window(t *testing.T) *tab {
	t.Helper()
	return newTab(t, c.ctx, chromedp.WithNewBrowserContext())
}

// patience is how long a test waits for something that must happen.
const patience = 30 * time.Second
