// The user's own browser.
package client

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"runtime"
)

// OpenBrowser shows an authorization URL in the system's browser and returns at once. Only https and loopback
// http are opened, and no shell sees the URL: it comes from a server (MCP security best practices).
func OpenBrowser(_ context.Context, authorizationURL string) error {
	u, err := url.Parse(authorizationURL)
	if err != nil {
		return fmt.Errorf("the authorization URL: %w", err)
	}
	if err := secureURL(u); err != nil {
		return err
	}
	name, args := browserCommand(runtime.GOOS)
	// Not CommandContext: the browser stays open when the login is over.
	cmd := exec.Command(name, append(args, u.String())...)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	go func() { _ = cmd.Wait() }() // collects the process; how it ended says nothing about the login
	return nil
}

func browserCommand(goos string) (name string, args []string) {
	switch goos {
	case "darwin":
		return "open", nil
	case "windows":
		return "rundll32", []string{"url.dll,FileProtocolHandler"}
	default:
		return "xdg-open", nil
	}
}
