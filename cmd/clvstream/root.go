package main

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/logging"
)

// newRoot is the command clvstream with all its subcommands.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "clvstream",
		Short: "Live customer lifetime value: orders from Kafka, values in Redis, changes to Kafka exactly once",
		Long: `clvstream keeps every customer's lifetime value up to date. Orders and churn events
arrive on Kafka. Each one recomputes the customer's value in Redis, and the change
is published to Kafka, exactly once.

This is the operator's tool. The system itself is the two programs consumer and
publisher. "clvstream demo" runs both, with a broker and a store inside the
process, and needs nothing else.

Settings come from --config (YAML), CLVSTREAM_… variables and flags; each overrides
the ones before. "clvstream config" shows the effective values and their sources.

Exit status: 0 done, 1 failed or a check found a problem, 2 wrong flag, argument or
configuration.`,
	}
	group(root)
	cli.Settings(root, config.ToolBinary)
	root.AddCommand(
		newDemo(), newImport(), newSimulate(), newReplay(), newTopics(), newGet(), newHistory(), newWhatIf(), newWatch(),
		newLag(), newWaiting(), newPeek(), newTiers(), newVerify(), newRedrive(), newConfig(), newFit(), newModel(), newBacktest(), newExplain(), newReport(), newScenario(),
	)
	root.AddCommand(newStats(), newSegments(), newCohorts(), newTrend(), newTop(), newBench())
	root.AddCommand(newWebhooks(), newMap(), newLint(), newTest(), newPresets(), newAsyncAPI(), newTypes())
	root.AddCommand(newErase(), newExport())
	return root
}

// load reads the configuration of a command.
func load(cmd *cobra.Command) (config.Config, config.Provenance, error) {
	cfg, from, err := cli.Load(cmd)
	if err != nil {
		return config.Config{}, nil, err
	}
	telemetry := cfg.Telemetry
	if from.Of("telemetry.log_level").Origin == config.FromDefault {
		telemetry.LogLevel = slog.LevelWarn // the tool's output goes to standard output
	}
	slog.SetDefault(logging.New(cmd.ErrOrStderr(), telemetry))
	return cfg, from, nil
}

// group makes a command that only has subcommands. Without one it prints its help. An
// unknown one is refused, with the nearest names.
func group(cmd *cobra.Command) {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		nearest := ""
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			nearest = fmt.Sprintf(": did you mean %s?", strings.Join(near, " or "))
		}
		return cli.Usage(fmt.Errorf("%s has no command %q%s\nsee `%[1]s -h`", cmd.CommandPath(), args[0], nearest))
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}

// oneArgument wants exactly one.
func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return cli.Usage(fmt.Errorf("%s wants one argument: %s\nsee `%[1]s -h`", cmd.CommandPath(), what))
		}
		return nil
	}
}
