package main

import (
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/terminal"
	"github.com/clvstream/clvstream/stream/change"
)

// Output for people.
var (
	table  = terminal.Table
	line   = terminal.Line
	ids    = terminal.IDs
	texts  = terminal.Texts
	middle = terminal.Middle
	spare  = terminal.Spare
)

// errFound ends a command whose answer has already named the problem.
var errFound = cli.Logged(errors.New("a check found a problem"))

// answer is the output of a command: JSON for programs, text for people.
type answer interface{ WriteText(w io.Writer) error }

// answering completes a command: it connects to the servers that are needed, asks, and
// prints the answer. An answer that comes with errFound is printed, too.
func answering(cmd *cobra.Command, ask func(cmd *cobra.Command, s *system, args []string) (answer, error), needs ...need) *cobra.Command {
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, from, err := load(cmd)
		if err != nil {
			return err
		}
		s := &system{cfg: cfg, from: from}
		defer s.close()
		if err := s.connect(cmd.Context(), needs...); err != nil {
			return err
		}
		a, found := ask(cmd, s, args)
		if found != nil && !errors.Is(found, errFound) {
			return found
		}
		if *asJSON {
			err = printJSON(cmd.OutOrStdout(), a)
		} else {
			err = a.WriteText(cmd.OutOrStdout())
		}
		return errors.Join(err, found)
	}
	return cmd
}

// jsonFlag adds --json to a command.
func jsonFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("json", false, "print JSON")
}

// printJSON writes one JSON object, indented.
func printJSON(w io.Writer, v any) error {
	text, err := change.Marshal(v, jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}
