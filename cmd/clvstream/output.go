package main

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/terminal"
)

// What a person reads.
var (
	table = terminal.Table
	line  = terminal.Line
)

// errFound ends a command whose answer has already said what is wrong.
var errFound = cli.Logged(errors.New("something is not as it should be"))

// answer is what a command has to say: to programs as JSON, to people as text.
type answer interface{ WriteText(w io.Writer) error }

// answering completes a command: it connects to what is needed, asks, and prints the
// answer. One that comes with errFound is printed all the same.
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

// printJSON writes one JSON object, indented for people where a person reads.
func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
