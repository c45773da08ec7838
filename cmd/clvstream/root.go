package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/logging"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream"
)

// errFound ends a command whose output has already said what is wrong.
var errFound = cli.Logged(errors.New("something is not as it should be"))

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
		newLag(), newTiers(), newVerify(), newRedrive(), newConfig(), newFit(), newModel(), newBacktest(), newExplain(), newReport(),
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

// system is a running deployment, seen from outside.
type system struct {
	cfg     config.Config
	kafka   stream.KafkaClient
	cluster *kgo.Client
	admin   *kadm.Client
	redis   redis.UniversalClient
	store   *state.Store
}

// reach connects to what a command needs: Kafka, Redis, or both.
func reach(ctx context.Context, cfg config.Config, needs ...need) (*system, error) {
	s := &system{cfg: cfg}
	for _, n := range needs {
		if err := n(ctx, s); err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

type need func(context.Context, *system) error

func needKafka(ctx context.Context, s *system) error {
	var err error
	if s.kafka, err = assembly.Kafka(s.cfg); err != nil {
		return cli.Usage(err)
	}
	if s.cluster, err = stream.Connect(ctx, s.kafka); err != nil {
		return err
	}
	s.admin = kadm.NewClient(s.cluster)
	return nil
}

func needState(ctx context.Context, s *system) error {
	var err error
	if s.redis, err = assembly.Redis(s.cfg); err != nil {
		return cli.Usage(err)
	}
	if s.store, err = state.Find(ctx, s.redis, s.cfg.Namespace); err != nil {
		return fmt.Errorf("open the state in Redis at %v: %w", s.cfg.Redis.Addresses, err)
	}
	return nil
}

func (s *system) close() {
	if s.cluster != nil {
		s.cluster.Close()
	}
	if s.redis != nil {
		_ = s.redis.Close() // nothing is under way
	}
}

func (s *system) outputs() stream.OutputTopics { return stream.OutputTopicsOf(s.cfg.Namespace) }

// printJSON writes one JSON object, indented for people where a person reads.
func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// table writes aligned columns.
func table(w io.Writer, header []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(t, "\t")
			}
			fmt.Fprint(t, printable(cell))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// printable quotes what would steer a terminal: names come from events.
func printable(text string) string {
	if strings.ContainsFunc(text, unicode.IsControl) {
		return strconv.Quote(text)
	}
	return text
}

// jsonFlag adds --json to a command.
func jsonFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("json", false, "print JSON")
}
