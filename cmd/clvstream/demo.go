package main

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
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

Without --input a shop is simulated: a year of history, then live traffic at one
simulated day per second. Changes are shown as they are announced, until Ctrl-C or
--for. Then everything is verified, and a summary is printed. Customers have tiers
(bronze from 50, silver from 200, gold from 600) and stages of silence. Due times
fire by event time (awake.mode event), so stages and tiers change as the simulated
time passes.

With --input a file of real orders is processed the same way at full speed, and a
summary or one JSON object (--json) is printed. The exit status is 0 only if
everything is verified.`,
		Example: `  clvstream demo --for 20s
  clvstream demo --input CDNOW_sample.txt --format cdnow --json
  clvstream demo --input orders.csv --model mbgnbd.yaml`,
		Args: cli.NoArguments,
	}
	d := demoFlags{input: addInputFlags(cmd), shop: addShopFlags(cmd, 2000)}
	cmd.Flags().DurationVar(&d.liveFor, "for", 0, "end after this long; 0: on Ctrl-C")
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
}

func (d *demoFlags) run(cmd *cobra.Command, s *system) (answer, error) {
	demo.Liven(&s.cfg, s.from)
	if d.modelFile != "" {
		s.cfg.Model = config.Model{File: d.modelFile}
	}
	// Ctrl-C ends the traffic only: what was sent is still processed and verified.
	ctx := context.WithoutCancel(cmd.Context())
	p, err := demo.Start(ctx, s.cfg)
	if err != nil {
		return nil, nameError(err)
	}
	began := time.Now()
	published, err := d.traffic(cmd, p)
	if err == nil {
		err = p.Await(ctx)
	}
	took := time.Since(began)
	var report verify.Report
	if err == nil {
		report, err = verifyAll(ctx, p.Config, p.Kafka, p.Store, 10, nil)
	}
	if err := errors.Join(err, p.Stop()); err != nil {
		return nil, err
	}
	summary := demo.Summarise(report, published, took)
	if !summary.Verified {
		err = errFound
	}
	return summary, err
}

// traffic publishes the demo's events and says how many they were.
func (d *demoFlags) traffic(cmd *cobra.Command, p *demo.Pipeline) (int64, error) {
	if d.input.path == "" {
		return d.simulate(cmd, p)
	}
	reader, file, err := d.input.open(p.Config)
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	var failed error
	sent, err := publish(cmd.Context(), p, feed.ByTime(feed.File(reader, p.Config.Business.Currency, cmd.ErrOrStderr(), &failed)), feed.Pace{})
	return sent, errors.Join(err, failed)
}

func publish(ctx context.Context, p *demo.Pipeline, events iter.Seq[feed.Event], pace feed.Pace) (int64, error) {
	return feed.Publish(ctx, p.Kafka, p.Config.Input.Topics, events, pace, func(int64) {})
}

// openEnd is how much live time is simulated when the demo has no end: one day a
// second for six hours.
const openEnd = 6 * time.Hour

func (d *demoFlags) simulate(cmd *cobra.Command, p *demo.Pipeline) (int64, error) {
	out := cmd.OutOrStdout()
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		out = io.Discard
	}
	t := feed.Timeline{Days: d.shop.days, DaySeconds: 1, LiveFor: d.liveFor, Now: time.Now()}
	if t.LiveFor == 0 {
		t.LiveFor = openEnd
	}
	customers := *d.shop
	customers.customers = int(float64(d.shop.customers) * t.Now.Sub(t.Start()).Hours() / 24 / float64(d.shop.days))
	events, err := customers.events(t)
	if err != nil {
		return 0, err
	}
	history, live := t.Split(events, p.Config.Business.Currency)
	line(out, "a simulated shop: publishing %d days of history first", d.shop.days)
	sent, err := publish(cmd.Context(), p, history, feed.Pace{})
	if err != nil {
		return sent, err
	}
	if err := p.Await(context.WithoutCancel(cmd.Context())); err != nil {
		return sent, err
	}
	line(out, "%d events applied; now live traffic, one simulated day per second (Ctrl-C ends)\n", sent)
	ctx, cancel := context.WithTimeout(cmd.Context(), t.LiveFor)
	defer cancel()
	shown := show(ctx, p, out)
	more, err := publish(ctx, p, t.Paced(ctx, live), feed.Pace{Each: true})
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil // the time is up in the middle of a write
	}
	shown()
	return sent + more, err
}
