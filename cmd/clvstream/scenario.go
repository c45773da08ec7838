package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/scenario"
)

func newScenario() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "scenario FILE...",
		Short: "Run scenario files: events in, values and changes out, as worked out by hand",
		Long: `Runs each file through the code that values customers, and through the naive code by
which "clvstream verify" recomputes them, and says in which line they give something
else than the file wants. It needs neither Kafka nor Redis. Settings come from the
file alone.

A file that shows a fault is the best report of it: see docs/scenarios.md for the
format. Exit status 1 if a file does not hold that is not marked so.`,
		Example: `  clvstream scenario fault.yaml
  clvstream scenario internal/scenario/testdata/*.yaml --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cli.Usage(errors.New("clvstream scenario wants at least one file\nsee `clvstream scenario -h`"))
			}
			return nil
		},
	}
	return answering(cmd, func(_ *cobra.Command, _ *system, args []string) (answer, error) {
		report, err := scenario.Check(args)
		if err == nil && !report.Holds {
			err = errFound
		}
		return report, err
	})
}
