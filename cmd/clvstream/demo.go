package main

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/internal/demo"
	"github.com/clvstream/clvstream/internal/feed"
	"github.com/clvstream/clvstream/internal/verify"
)

func newDemo() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run the whole system in this process, with a simulated shop or a file of real orders",
		Long: `Starts a Kafka broker and a Redis server inside the process (kfake, miniredis) and
the same consumer and publisher that run in production, over the real protocols.

Without --input a shop is simulated: a year of history, to which a model is fitted (if
none is configured), then live traffic at one simulated day per second. Changes are
shown as they are announced. After --for, everything is verified, and a summary is
printed; Ctrl-C ends at once, without. Customers have tiers (bronze from 50, silver
from 200, gold from 600) and stages of silence. Due times fire by event time
(awake.mode event), so stages and tiers change as the simulated time passes.

With --input a file of real orders is processed the same way at full speed, and a
summary or one JSON object (--json) is printed. The file is read as "clvstream import"
reads it. The exit status is 0 only if everything is verified.`,
		Example: `  clvstream demo --for 20s
  clvstream demo --input CDNOW_sample.txt --format cdnow --json
  clvstream demo --input orders.csv --model mbgnbd.yaml`,
		Args: cli.NoArguments,
	}
	d := demoFlags{input: addInputFlags(cmd), shop: addShopFlags(cmd, 2000)}
	addNoAmounts(cmd, d.input)
	cli.Duration(cmd.Flags(), &d.liveFor, "for", 0, 0, 3*time.Hour, "end after this long, and verify; 0: on Ctrl-C")
	cmd.Flags().StringVar(&d.modelFile, "model", "", "value customers with this model `file`")
	answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (answer, error) { return d.run(cmd, s) })
	cmd.Flag("json").Usage = "print one JSON object at the end, and no changes before"
	return cmd
}

// demoFlags are the flags of a demo.
type demoFlags struct {
	input     *inputFlags
	shop      *shopFlags
	liveFor   time.Duration
	modelFile string
	file      *dataset.Summary // of --input
}

// run is the demo. Ctrl-C ends it at once, whatever it is in the middle of.
func (d *demoFlags) run(cmd *cobra.Command, s *system) (answer, error) {
	summary, err := d.runToEnd(cmd, s)
	if cmd.Context().Err() != nil {
		return demo.Interrupted{}, nil //nolint:nilerr // whatever it was in the middle of was given up
	}
	return summary, err
}

func (d *demoFlags) runToEnd(cmd *cobra.Command, s *system) (answer, error) {
	demo.Liven(&s.cfg, s.from)
	if d.modelFile != "" {
		s.cfg.Model = config.Model{File: d.modelFile}
	}
	traffic, end, err := d.prepare(cmd, s)
	if err != nil {
		return nil, err
	}
	defer end()
	p, err := demo.Start(cmd.Context(), s.cfg)
	if err != nil {
		return nil, nameError(err)
	}
	began := time.Now()
	published, err := traffic(p)
	if err == nil {
		err = p.Await(cmd.Context())
	}
	took := time.Since(began)
	var report verify.Report
	if err == nil {
		report, err = verifyAll(cmd.Context(), p.Config, p.Kafka, p.Store, 10, nil)
	}
	if err := errors.Join(err, p.Stop()); err != nil {
		return nil, err
	}
	summary := demo.Summarise(report, published, took)
	summary.File = d.file
	if !summary.Verified {
		err = errFound
	}
	return summary, err
}

// traffic publishes the demo's events and says how many they were.
type traffic func(*demo.Pipeline) (int64, error)

// prepare makes the traffic ready before anything is started, and what is to be done when the
// demo has ended.
func (d *demoFlags) prepare(cmd *cobra.Command, s *system) (traffic, func(), error) {
	if d.input.path == "" {
		return d.simulate(cmd, s)
	}
	in, c, err := d.input.checked(cmd, s.cfg)
	if err != nil {
		return nil, nil, err
	}
	tell(cmd, d.input.path, c)
	file := c.Summary()
	d.file = &file
	return func(p *demo.Pipeline) (int64, error) {
		var failed error
		sent, err := publish(cmd.Context(), p, in.Events(&failed), feed.Pace{})
		return sent, errors.Join(err, failed)
	}, func() {}, nil
}

func publish(ctx context.Context, p *demo.Pipeline, events iter.Seq[feed.Event], pace feed.Pace) (int64, error) {
	return feed.Publish(ctx, p.Kafka, p.Config.Input.Topics, events, pace, func(int64) {})
}
