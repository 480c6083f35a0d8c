package main

// What the doctor learns of a server of ours from its operator's side.

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/doctor"
)

// recentAttempts is how far the doctor looks back.
const recentAttempts = 50

func (o *doctorOptions) examineOwn(cmd *cobra.Command) error {
	return operate(cmd, o.config, access{}, func(ctx context.Context, server *operated) error {
		inside, err := insideOf(ctx, server)
		if err != nil {
			return err
		}
		o.Inside = inside
		return o.examine(ctx, cmd)
	})
}

func insideOf(ctx context.Context, server *operated) (*doctor.Inside, error) {
	cfg := server.config.WithDefaults()
	in := &doctor.Inside{Issuers: []string{cfg.BaseURL}}
	for _, m := range cfg.MCPServers {
		in.Issuers = append(in.Issuers, cfg.BaseURL+"/resources/"+m.ID)
	}
	for _, c := range cfg.Connections {
		in.Connections = append(in.Connections, doctor.Connection{ID: c.ID, LoginURL: c.LoginURL, LoginVerifier: c.LoginVerifier})
	}
	keys, err := server.Keys(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		in.Keys = append(in.Keys, doctor.Key{KID: k.KID, Alg: k.Alg, State: k.State, SigningSince: k.SigningSince})
	}
	attempts, err := server.Attempts(ctx, recentAttempts)
	if err != nil {
		return nil, err
	}
	for _, a := range attempts {
		in.Attempts = append(in.Attempts, attemptOf(a))
	}
	return in, secretOf(cfg, in)
}

// attemptOf keeps why an attempt ended, or else that its steps came in the wrong order.
func attemptOf(a admin.Attempt) doctor.Attempt {
	short := doctor.Attempt{ID: a.ID, Connection: a.Connection, Times: 1}
	if attempt.IsCall(a.ID) {
		short.Times = len(a.Events) // one record, however often it failed
	}
	for i, event := range a.Events {
		if !event.OK && (i == len(a.Events)-1 || event.Reason == "not_posted_yet") {
			short.Reason = event.Reason
		}
	}
	if reason, ok := attempt.Lookup(short.Reason); ok {
		short.What, short.Remedy = reason.What, reason.Remedy
	}
	return short
}

// secretOf looks at the file, never into it.
func secretOf(cfg *symbolon.Config, in *doctor.Inside) error {
	if cfg.Secret != "" {
		return nil
	}
	info, err := os.Stat(cfg.SecretFile)
	if err != nil {
		return err
	}
	in.SecretFile, in.SecretMode, in.SecretChanged = cfg.SecretFile, info.Mode(), info.ModTime()
	return nil
}
