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

// newRoot is the whole command.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "clvstream",
		Short: "Live customer lifetime value: orders in on Kafka, values in Redis, changes out exactly once",
		Long: `clvstream keeps every customer's lifetime value live. Orders and churn events
arrive on Kafka; for each, the customer's value is computed anew in Redis and
announced on Kafka, exactly once.

This is the operator's tool. The system itself is the two programs consumer and
publisher; "clvstream demo" runs both, with a broker and a store inside the
process, and needs nothing else.

Settings come from --config (YAML), CLVSTREAM_… variables and flags, the later
ones winning; "clvstream config" shows what is in force and why.

Exit status: 0 done, 1 something found or met is not as it should be, 2 wrong
flag, argument or configuration.`,
	}
	group(root)
	cli.Settings(root, config.ToolBinary)
	root.AddCommand(
		newDemo(), newSimulate(), newReplay(), newTopics(), newGet(), newHistory(), newWhatIf(), newWatch(),
		newLag(), newPeek(), newTiers(), newVerify(), newRedrive(), newConfig(), newFit(), newModel(), newBacktest(), newExplain(), newReport(),
	)
	root.AddCommand(newStats(), newSegments(), newCohorts(), newTrend(), newTop())
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
		telemetry.LogLevel = slog.LevelWarn // the tool's output is what it prints
	}
	slog.SetDefault(logging.New(cmd.ErrOrStderr(), telemetry))
	return cfg, from, nil
}

// group makes a command that only holds others: without one it prints its help,
// and an unknown one is refused with what may have been meant.
func group(cmd *cobra.Command) {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		meant := ""
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			meant = fmt.Sprintf(": did you mean %s?", strings.Join(near, " or "))
		}
		return cli.Usage(fmt.Errorf("%s has no command %q%s\nsee `%[1]s -h`", cmd.CommandPath(), args[0], meant))
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
