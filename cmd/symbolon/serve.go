package main

// symbolon serve: run the server.

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/store"
)

func newServeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Serve brings the database to the configuration's state and answers until it
gets SIGINT or SIGTERM; then it serves on for shutdown.delay, while /readyz says
that it is going, and finishes the requests under way, for at most shutdown.grace.
A second signal ends it at once. A new certificate in the files of tls, and changed
master secrets in secret_file, are in use within two seconds; SIGHUP makes it read
all of them now. Only a server without tls on a terminal ends with that terminal.

The log goes to standard error, as text on a terminal and as JSON otherwise. It
holds no secret, code or token.`,
		Args: cobra.NoArgs,
	}
	file := configFlag(cmd)
	level := slog.LevelInfo
	cmd.Flags().TextVar(&level, "log-level", level, "least `level` that is logged: debug, info, warn or error")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := symbolon.LoadConfig(*file)
		if err != nil {
			return err
		}
		cfg.Logger = newLogger(cmd.ErrOrStderr(), level)
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		context.AfterFunc(ctx, stop) // the next signal has its usual effect: the end
		return serve(ctx, cfg.WithDefaults(), terminalOf(cmd.OutOrStdout()))
	}
	return cmd
}

// serve takes the port first: a second server on it ends before it touches anything.
func serve(ctx context.Context, cfg *symbolon.Config, out terminal) error {
	if err := errors.Join(checkCertificate(cfg.TLS), checkDirectory(cfg)); err != nil {
		return err
	}
	l, err := listen(ctx, cfg)
	if err != nil {
		return err
	}
	defer l.Close()
	server, err := symbolon.New(*cfg)
	if err != nil {
		return startError(cfg, err)
	}
	if cfg.TLS.CertFile != "" || !out.real && !isTerminal(os.Stdin) {
		defer onHangup(server)()
	}
	if err := server.SelfCheck(ctx); err != nil {
		return errors.Join(err, server.Close())
	}
	if err := server.ListenForAdmin(); err != nil {
		return errors.Join(err, server.Close())
	}
	if err := server.ListenForOperator(); err != nil {
		cfg.Logger.Warn("commands cannot reach this server; it serves all the same", "cause", err)
	}
	announce(out, cfg, l.Addr())
	return errors.Join(server.Serve(ctx, l), server.Close())
}

// onHangup reads certificate and secrets anew with each SIGHUP, until stop is called: it is
// what a supervisor sends for "reload". Where somebody tries the server on a terminal it keeps
// its usual effect, and the server ends with the terminal.
func onHangup(server *symbolon.Server) (stop func()) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		for range hangups {
			_ = server.ReloadCertificate() // they have logged what is wrong
			_ = server.ReloadSecrets()
		}
	}()
	return func() {
		signal.Stop(hangups)
		close(hangups)
	}
}

// checkCertificate finds out before anything is announced.
func checkCertificate(files symbolon.TLS) error {
	if files.CertFile == "" {
		return nil
	}
	if _, err := tls.LoadX509KeyPair(files.CertFile, files.KeyFile); err != nil {
		return fmt.Errorf("tls: %s and %s are not a certificate and its key: %w", files.CertFile, files.KeyFile, err)
	}
	return nil
}

func listen(ctx context.Context, cfg *symbolon.Config) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Listen)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("listen: %s is in use by another program, perhaps another \"symbolon serve\"; "+
			"stop that one, or set listen to a free port", cfg.Listen)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("listen: %s is not allowed for this user; set listen to a port above 1023", cfg.Listen)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("listen: %s is no address of this machine; use 127.0.0.1 behind a proxy, or 0.0.0.0", cfg.Listen)
	case err != nil:
		return nil, fmt.Errorf("listen: %w", err)
	}
	return l, nil
}

// startError adds what to do where the error alone does not say it.
func startError(cfg *symbolon.Config, err error) error {
	switch {
	case errors.Is(err, symbolon.ErrDatabaseInUse):
		return fmt.Errorf("database: %s is in use by another \"symbolon serve\" or by a command; stop it first, or set database to another file. "+
			"To change what that server runs with, use \"symbolon apply\"", cfg.DatabaseFile())
	case errors.Is(err, store.ErrUnavailable) && cfg.DatabaseServer() != "":
		return fmt.Errorf("%w; check that PostgreSQL runs there and takes connections, and that user, password and name are right", err)
	case errors.Is(err, store.ErrUnavailable):
		return fmt.Errorf("%w; check that the file was made by Symbolon, that this user may write it and its directory, and that the disk has space", err)
	}
	return err
}
