// Package cli is the command line of all programs: exit statuses, help, completion, and
// messages for mistyped commands and flags.
//
//	arguments ──► cobra ──► config.Load ──► the program's work ──► exit status
//	     └─ unknown flag or argument: what is allowed, status 2
//
// It knows nothing about the programs' work and links no exporter, so that every program
// can use it.
package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// What a program's exit status says.
const (
	StatusDone   = 0 // what was asked for is done; a running program was asked to stop
	StatusFailed = 1 // it could not be done, or not any further
	StatusUsage  = 2 // the command line or the configuration is wrong
)

// usageError is an error in how the program was called or configured.
type usageError struct{ error }

// Unwrap is the error itself.
func (e usageError) Unwrap() error { return e.error }

// Usage marks an error as one of usage or configuration.
func Usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// loggedError is an error that has been logged already.
type loggedError struct{ error }

// Unwrap is the error itself.
func (e loggedError) Unwrap() error { return e.error }

// Logged marks an error that must not be logged again.
func Logged(err error) error {
	if err == nil {
		return nil
	}
	return loggedError{err}
}

// runError is an error of a command's own work, and not of how it was called.
type runError struct{ error }

// Unwrap is the error itself.
func (e runError) Unwrap() error { return e.error }

// Execute runs a program's root command and gives its exit status. Help goes to
// stdout, errors to stderr.
func Execute(root *cobra.Command, args []string, stdout, stderr io.Writer) int {
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(usage)
	root.Version = Version()
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	markRuns(root)
	cmd, err := root.ExecuteC()
	var logged loggedError
	if err != nil && !errors.As(err, &logged) {
		fmt.Fprintf(stderr, "%s: %v\n", cmd.CommandPath(), err)
	}
	return status(err)
}

// markRuns tells the errors of the commands' work from cobra's own, which are
// all about how a command was called.
func markRuns(cmd *cobra.Command) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if err := run(cmd, args); err != nil {
				return runError{err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		markRuns(sub)
	}
}

func status(err error) int {
	var wrong usageError
	var run runError
	switch {
	case err == nil:
		return StatusDone
	case errors.As(err, &run) && !errors.As(err, &wrong):
		return StatusFailed
	}
	return StatusUsage
}

// flagError says which flags there are.
func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	slices.Sort(names)
	return fmt.Errorf("%w; flags are %s; `%s -h` explains them", err, strings.Join(names, ", "), cmd.CommandPath())
}

// NoArguments refuses arguments: settings are flags.
func NoArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("unexpected argument %q: settings are flags, such as --brokers host:9092; `%s -h` lists them", args[0], cmd.CommandPath())
}
