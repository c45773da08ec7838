package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/bench"
	"github.com/clvstream/clvstream/internal/bench/workload"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
)

// benchFlags are the flags of a benchmark.
type benchFlags struct {
	workload  string
	events    int
	repeats   int
	consumers int
	verify    bool
	steady    time.Duration
	rate      int
	due       int
	singles   int
	programs  string
}

func newBench() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure throughput and latency on your own Kafka and Redis",
		Long: `Starts the programs consumer and publisher on this machine with the given settings,
on the given brokers and Redis, and measures how fast they catch up with orders that
wait. With --steady it also measures the latency at a steady rate.

Everything happens in a namespace of its own (bench-…), whose topics and keys are
deleted at the end. It needs the room for them: about 3 kB an event in Kafka, and
0.6 kB a customer in Redis. Do not run it on servers that are busy with production
traffic: it takes all that they have.

Workloads: shop (customers with gamma rates), zipf (a few customers have most orders)
and uniform (each order is another customer's).`,
		Example: `  clvstream bench --brokers kafka-1:9092 --redis redis-1:6379
  clvstream bench --config clv.yaml --events 5000000 --steady 1m --rate 20000`,
		Args: cli.NoArguments,
	}
	f := &benchFlags{}
	cmd.Flags().StringVar(&f.workload, "workload", workload.Shop, "what is measured: "+cli.Choice(benchWorkloads))
	cli.Int(cmd.Flags(), &f.events, "events", 1_000_000, 0, cli.NoBound, "events of each run; 0: latency alone")
	cli.Int(cmd.Flags(), &f.repeats, "repeats", 3, 1, 100, "runs, of which the medians are shown")
	cli.Int(cmd.Flags(), &f.consumers, "consumers", 1, 1, 1000, "consumers that share the work")
	cmd.Flags().BoolVar(&f.verify, "verify", false, "check each result as clvstream verify does")
	cli.Duration(cmd.Flags(), &f.steady, "steady", 0, 0, 24*time.Hour, "measure the latency for so long")
	cli.Int(cmd.Flags(), &f.rate, "rate", 20_000, 1, 10_000_000, "orders a second, with --steady")
	cli.Int(cmd.Flags(), &f.due, "due", 0, 0, 10_000_000, "with --steady, once more with so many due customers a second beside them")
	cli.Int(cmd.Flags(), &f.singles, "singles", 0, 0, 1_000_000, "measure so many single orders on an idle system")
	cmd.Flags().StringVar(&f.programs, "programs", "", "`directory` of consumer and publisher; empty: where clvstream is")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		report, err := f.run(cmd)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), report)
		}
		return report.WriteMarkdown(cmd.OutOrStdout())
	}
	return cmd
}

// benchWorkloads are those that need one topic and an empty state.
var benchWorkloads = []string{workload.Shop, workload.Zipf, workload.Uniform}

func (f *benchFlags) check() error {
	if !slices.Contains(benchWorkloads, f.workload) {
		return fmt.Errorf("--workload: %q is not known; give %s", f.workload, cli.Choice(benchWorkloads))
	}
	return nil
}

func (f *benchFlags) run(cmd *cobra.Command) (*bench.Report, error) {
	if err := f.check(); err != nil {
		return nil, cli.Usage(err)
	}
	_, from, err := load(cmd)
	if err != nil {
		return nil, err
	}
	programs, err := f.locate()
	if err != nil {
		return nil, err
	}
	file, err := settingsFile(from)
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(file) }() // temporary: the system clears it as well
	target := bench.Target{Name: "clvstream", Programs: programs, File: file, Environment: os.Environ(), Consumers: f.consumers}
	return target.Try(cmd.Context(), bench.Trial{
		Workload: f.workload, Events: f.events, Repeats: f.repeats, Verify: f.verify, Steady: f.modes(),
		Progress: func(format string, values ...any) { line(cmd.ErrOrStderr(), format, values...) },
	})
}

// benchWarm is how long orders come before their latency is measured.
const benchWarm = 10 * time.Second

// modes are the latencies that are asked for.
func (f *benchFlags) modes() (modes []bench.SteadyOptions) {
	if f.steady > 0 {
		alone := bench.SteadyOptions{Rate: f.rate, Warm: benchWarm, For: f.steady}
		modes = append(modes, alone)
		if f.due > 0 {
			alone.Due = int(float64(f.due) * (benchWarm + f.steady).Seconds())
			modes = append(modes, alone)
		}
	}
	if f.singles > 0 {
		modes = append(modes, bench.SteadyOptions{Singles: f.singles})
	}
	return modes
}

// locate finds the programs.
func (f *benchFlags) locate() (bench.Programs, error) {
	tool, err := os.Executable()
	if err != nil {
		return bench.Programs{}, fmt.Errorf("find the programs: %w", err)
	}
	dir := f.programs
	if dir == "" {
		dir = filepath.Dir(tool)
	}
	programs := bench.ProgramsIn(dir)
	programs.Tool = tool
	for _, program := range []string{programs.Consumer, programs.Publisher} {
		if _, err := os.Stat(program); err != nil {
			return bench.Programs{}, cli.Usage(fmt.Errorf("find the programs: %w; give their directory with --programs", err))
		}
	}
	return programs, nil
}

// settingsFile writes the effective settings for the programs. Passwords are not in it:
// they come from the same variables or files.
func settingsFile(from config.Provenance) (path string, err error) {
	file, err := os.CreateTemp("", "clvstream-bench-*.yaml")
	if err != nil {
		return "", fmt.Errorf("write the settings: %w", err)
	}
	if err = errors.Join(from.WriteYAML(file), file.Close()); err != nil {
		return "", fmt.Errorf("write the settings: %w", err)
	}
	return file.Name(), nil
}
