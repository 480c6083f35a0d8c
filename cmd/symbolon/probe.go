package main

// symbolon probe: what a container without a shell asks of its server.

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon"
)

// probeTimeout is less than what supervisors give a health check.
const probeTimeout = 4 * time.Second

func newProbeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "probe",
		Short: "Ask the server on this machine whether it is ready",
		Long: `Probe asks /readyz of the server that the configuration describes, at the
address it listens on, and exits with 0 if that answers 200. It is a health check
for containers, which have no shell. With --live it asks /healthz, which says only
that the process lives; --exclude leaves out a check, as in --exclude=database.`,
		Args: cobra.NoArgs,
	}
	file := configFlag(cmd)
	live := cmd.Flags().Bool("live", false, "ask /healthz instead")
	exclude := cmd.Flags().StringArray("exclude", nil, "a `check` to leave out: draining, database or keys")
	cmd.MarkFlagsMutuallyExclusive("live", "exclude")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := symbolon.LoadConfig(*file)
		if err != nil {
			return err
		}
		target, err := probeURL(cfg.WithDefaults(), *live, *exclude)
		if err != nil {
			return err
		}
		return probe(cmd.Context(), cmd.OutOrStdout(), target)
	}
	return cmd
}

// probeURL is where the server listens, seen from its own machine.
func probeURL(cfg *symbolon.Config, live bool, exclude []string) (string, error) {
	host, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	u := url.URL{Scheme: "http", Host: net.JoinHostPort(host, port), Path: "/readyz", RawQuery: url.Values{"exclude": exclude}.Encode()}
	if cfg.TLS.CertFile != "" {
		u.Scheme = "https"
	}
	if live {
		u.Path = "/healthz"
	}
	return u.String(), nil
}

func probe(ctx context.Context, out io.Writer, target string) error {
	c := http.Client{Timeout: probeTimeout, Transport: &http.Transport{
		// Its certificate is for the name that others use, and nothing secret is said.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status + ": " + string(said))
	}
	fmt.Fprintf(out, "%s\n", said)
	return nil
}
