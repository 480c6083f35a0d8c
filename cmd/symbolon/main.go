// Symbolon is the OAuth 2.1 authorization server for MCP servers whose company
// keeps its own login. Each subcommand has a file of its own.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon"
)

// Exit codes.
const (
	exitFailure = 1 // it was tried and did not work
	exitUsage   = 2 // it was not understood, nothing was tried
	exitToDo    = 3 // it was looked at, and there is something to do
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	started := false
	root := newRootCommand()
	noteStart(root, &started)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteC()
	if err == nil {
		return 0
	}
	if errors.Is(err, errToDo) {
		return exitToDo // the command has said what
	}
	fmt.Fprintf(stderr, "symbolon: %s\n", describe(err))
	var usage usageError
	if started && !errors.As(err, &usage) {
		return exitFailure
	}
	fmt.Fprintf(stderr, "See: %s --help\n", cmd.CommandPath())
	return exitUsage
}

func newRootCommand() *cobra.Command {
	root := newGroup(&cobra.Command{
		Use:   "symbolon",
		Short: "The OAuth 2.1 authorization server for MCP servers whose company keeps its own login",
		Long: `Symbolon lets MCP clients sign in to your MCP server through the login that
your app already has. Users stay where they are: Symbolon asks your app who
signed in, shows a consent page and issues the tokens.

Start with:
  symbolon demo                                  see a login, on this machine
  symbolon init --login-url URL --mcp-url URL    write the configuration
  symbolon serve                                 run the server`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	})
	root.AddCommand(
		newInitCommand(),
		newDemoCommand(),
		newConnectCommand(),
		newDoctorCommand(),
		newServeCommand(),
		newProbeCommand(),
		newApplyCommand(),
		newAttemptsCommand(),
		newGrantsCommand(),
		newAuditCommand(),
		newKeysCommand(),
		newSecretCommand(),
		newBackupCommand(),
		newRestoreCommand(),
		newMigrateCommand(),
		newRebaseCommand(),
		newConfigCommand(),
		newVersionCommand(),
	)
	return root
}

// newGroup makes a command that only holds others: alone it prints its help,
// and a word that is none of its commands is an error (cobra would print help
// and succeed, which hides a typing error from a script).
func newGroup(cmd *cobra.Command) *cobra.Command {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return usageError{fmt.Sprintf("%q is not a command of %s", args[0], cmd.CommandPath())}
	}
	return cmd
}

// oneArgument is for a command whose Use names its argument right after the command.
func oneArgument(cmd *cobra.Command, args []string) error {
	_, use, _ := strings.Cut(cmd.Use, " ")
	switch len(args) {
	case 0:
		return usageError{fmt.Sprintf("an argument is missing; write: %s %s", cmd.CommandPath(), use)}
	case 1:
		return nil
	}
	return usageError{fmt.Sprintf("%s takes one argument, and these are %d: %s", cmd.CommandPath(), len(args), strings.Join(args, " "))}
}

// noteStart makes every command below cmd tell that its arguments were
// understood: cobra reports a wrong flag and a failed run in the same way.
func noteStart(cmd *cobra.Command, started *bool) {
	if inner := cmd.RunE; inner != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			*started = true
			return inner(cmd, args)
		}
	}
	for _, child := range cmd.Commands() {
		noteStart(child, started)
	}
}

// A usageError is a mistake in the arguments that a command found itself.
type usageError struct{ message string }

func (e usageError) Error() string { return e.message }

// errToDo is the answer of a command that was asked whether there is something to do.
var errToDo = errors.New("there is something to do")

// describe keeps several problems of a configuration at the start of their
// lines, where editors and terminals make links of them.
func describe(err error) string {
	problems, ok := errors.AsType[*symbolon.ConfigError](err)
	if !ok || len(problems.Problems) == 1 {
		return strings.TrimSuffix(err.Error(), "\n")
	}
	return fmt.Sprintf("%d problems in the configuration:\n%v", len(problems.Problems), problems)
}
