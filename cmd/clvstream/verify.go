package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/progress"
	"github.com/clvstream/clvstream/internal/verify"
)

func newVerify() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Prove that the state and the changes are exactly what the log says",
		Long: `Reads the input topics from their start, computes every customer again with
independent, naive code, and compares with Redis: counts and money exactly, values
to 1e-9. Reads <namespace>.changes as a subscriber does and looks for changes that
are lost, duplicated, out of order or skip a version, and <namespace>.deadletter
for records that went missing. It works while the system is running: each customer
is compared at the positions at which it was read.

Exit status 1 and the first differences when anything is off.`,
		Example: "  clvstream verify --brokers 127.0.0.1:9092 --redis 127.0.0.1:6379",
		Args:    cli.NoArguments,
	}
	asJSON := jsonFlag(cmd)
	most := cmd.Flags().Int("differences", 10, "print at most this many differences")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, _, err := load(cmd)
		if err != nil {
			return err
		}
		s, err := reach(cmd.Context(), cfg, needKafka, needState)
		if err != nil {
			return err
		}
		defer s.close()
		bars := stageBars{out: cmd}
		report, err := s.verify(cmd.Context(), *most, bars.stage)
		bars.done()
		if err != nil {
			return err
		}
		if *asJSON {
			err = printJSON(cmd.OutOrStdout(), report)
		} else {
			_, err = fmt.Fprintln(cmd.OutOrStdout(), report)
		}
		if err == nil && !report.Verified {
			return errFound
		}
		return err
	}
	return cmd
}

// verify checks the whole deployment.
func (s *system) verify(ctx context.Context, most int, stage func(string, int64, int64)) (verify.Report, error) {
	rules, err := assembly.Decoding(s.cfg)
	if err != nil {
		return verify.Report{}, cli.Usage(err)
	}
	if _, err := assembly.Valuation(s.cfg); err != nil {
		return verify.Report{}, cli.Usage(err)
	}
	valuation, _, err := assembly.ValuationInForce(ctx, s.cfg, s.store)
	if err != nil {
		return verify.Report{}, err
	}
	return verify.Run(ctx, verify.Config{
		Kafka:          s.kafka,
		InputTopics:    s.cfg.Input.Topics,
		Topics:         s.outputs(),
		Store:          s.store,
		Rules:          rules,
		Valuation:      valuation,
		Progress:       stage,
		MaxDifferences: most,
	})
}

// stageBars shows one bar after another.
type stageBars struct {
	out  *cobra.Command
	name string
	bar  *progress.Bar
}

func (b *stageBars) stage(name string, done, total int64) {
	if b.name != name {
		b.done()
		b.name, b.bar = name, progress.New(b.out.ErrOrStderr(), name, total)
	}
	b.bar.Set(done)
}

func (b *stageBars) done() {
	b.bar.Done()
	b.bar = nil
}
