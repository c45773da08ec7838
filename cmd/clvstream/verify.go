package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/terminal"
	"github.com/clvstream/clvstream/internal/verify"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
)

func newVerify() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that the state and the changes are exactly what the log implies",
		Long: `Reads the input topics from their start, recomputes every customer with independent,
naive code, and compares the result with Redis: counts and money exactly, values to
1e-9. Then it reads <namespace>.changes as a subscriber does, for changes that are
lost, duplicated, out of order or skip a version, and <namespace>.deadletter for lost
records. It works while the system is running: each customer is compared as of the
input positions at which they were read.

On any difference the exit status is 1, and the first differences are printed.`,
		Example: "  clvstream verify --brokers 127.0.0.1:9092 --redis 127.0.0.1:6379",
		Args:    cli.NoArguments,
	}
	var most int
	cli.Int(cmd.Flags(), &most, "differences", 10, 0, cli.NoBound, "print at most this many differences")
	return answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (answer, error) {
		stage, done := stageBars(cmd.ErrOrStderr())
		report, err := verifyAll(cmd.Context(), s.cfg, s.kafka, s.store, most, stage)
		done()
		if err == nil && !report.Verified {
			err = errFound
		}
		return verifyAnswer(report), err
	}, needKafka, needValues)
}

type verifyAnswer verify.Report

func (r verifyAnswer) WriteText(w io.Writer) error {
	_, err := fmt.Fprintln(w, verify.Report(r))
	return err
}

// verifyAll checks a whole deployment.
func verifyAll(ctx context.Context, cfg config.Config, kafka cluster.Access, store *state.Store, most int, stage func(string, int64, int64)) (verify.Report, error) {
	rules, err := assembly.Decoding(cfg)
	if err != nil {
		return verify.Report{}, cli.Usage(err)
	}
	mappings, err := assembly.Mappings(cfg)
	if err != nil {
		return verify.Report{}, cli.Usage(err)
	}
	valuation, err := inforce.Resolver{Config: cfg}.ValuationInForce(ctx, store)
	if err != nil {
		return verify.Report{}, nameError(err)
	}
	schemas, err := assembly.Schemas(cfg)
	if err != nil {
		return verify.Report{}, cli.Usage(err)
	}
	return verify.Run(ctx, verify.Config{
		Kafka:          kafka,
		InputTopics:    cfg.ReadTopics(),
		Topics:         assembly.OutputTopics(cfg),
		Store:          store,
		Rules:          rules,
		Mappings:       mappings,
		Valuation:      valuation,
		Current:        change.Form(cfg.Publisher.CurrentFormat),
		Schemas:        schemas,
		Progress:       stage,
		MaxDifferences: most,
	})
}

// stageBars shows a progress bar for each stage, one after another.
func stageBars(out io.Writer) (stage func(name string, done, total int64), done func()) {
	var bar *terminal.Bar
	var under string
	return func(name string, done, total int64) {
		if name != under {
			bar.Done()
			under, bar = name, terminal.NewBar(out, name, total)
		}
		bar.Set(done)
	}, func() { bar.Done() }
}
