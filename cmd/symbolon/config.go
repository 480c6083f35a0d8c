package main

// symbolon config: look at a configuration without running it.

import (
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon"
)

//go:embed snippets/example.yaml
var exampleConfig string

// defaultConfig is where commands look for the configuration.
const defaultConfig = "symbolon.yaml"

// configFlag gives a command the flag --config.
func configFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("config", cmp.Or(os.Getenv("SYMBOLON_CONFIG"), defaultConfig), "configuration `file`; also SYMBOLON_CONFIG")
}

func newConfigCommand() *cobra.Command {
	cmd := newGroup(&cobra.Command{Use: "config", Short: "Check, explain and start configuration files"})
	cmd.AddCommand(newConfigCheckCommand(), newConfigExampleCommand(), newConfigSchemaCommand(), newConfigHandlerCommand(), newConfigGuardCommand())
	return cmd
}

func newConfigCheckCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Report everything that is wrong with a configuration",
		Long: `Check reads the configuration like "symbolon serve" does, environment
variables included, and reports everything that is wrong. It starts nothing and
writes nothing. With --no-secrets it leaves out the secrets, for a machine that
has none, such as one that only tests changes.`,
		Args: cobra.NoArgs,
	}
	path := configFlag(cmd)
	noSecrets := cmd.Flags().Bool("no-secrets", false, "do not look secrets up")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := symbolon.LoadConfig(*path)
		if err != nil {
			return err
		}
		if !*noSecrets {
			if err := cfg.CheckSecrets(); err != nil {
				return err
			}
		}
		describeConfig(cmd.OutOrStdout(), *path, cfg.WithDefaults())
		return nil
	}
	return cmd
}

func describeConfig(w io.Writer, path string, cfg *symbolon.Config) {
	fmt.Fprintf(w, "%s is good: %s, %s, %s, %s\n", path,
		count(len(cfg.Connections), "connection"), count(len(cfg.MCPServers), "MCP server"),
		count(len(cfg.APIClients), "API client"), count(len(cfg.Clients), "client"))
	for _, c := range cfg.Connections {
		if c.LoginVerifier == "declared" {
			fmt.Fprintf(w, "warning: %s has login_verifier: declared, so an attacker can plant his own MCP client in a user's login\n"+
				"  unless your app asks \"Continue as … to connect an MCP client?\"; write required once your app follows redirect_url\n", c.ID)
		}
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func newConfigExampleCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "example",
		Short: "Print a configuration with every field explained",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), exampleConfig)
			return err
		},
	}
}

func newConfigSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the configuration, for editors",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(symbolon.ConfigSchema())
			return err
		},
	}
}
