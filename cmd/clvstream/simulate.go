package main

import (
	"fmt"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/feed"
	"github.com/clvstream/clvstream/internal/shop"
)

// shopFlags describe a simulated shop.
type shopFlags struct {
	seed      uint64
	customers int
	days      int
	model     string
}

func addShopFlags(cmd *cobra.Command, customers int) *shopFlags {
	f := &shopFlags{}
	cli.Seed(cmd.Flags(), &f.seed, "seed", 1, "random seed; equal seeds give equal shops")
	cli.Int(cmd.Flags(), &f.customers, "customers", customers, 1, cli.NoBound, "how many customers the shop acquires in all")
	cli.Int(cmd.Flags(), &f.days, "days", 365, 1, 36_525, "days of history up to now")
	cmd.Flags().StringVar(&f.model, "shop", shop.MBGNBD, "the model by which customers buy and leave, with the parameters published for CDNOW: "+cli.Choice(shop.Models()))
	return f
}

// events are those of a shop that acquires customers over the whole time.
func (f *shopFlags) events(t feed.Timeline) (iter.Seq[history.Event], error) {
	c := shop.Default()
	buying, err := shop.CDNOW(f.model)
	if err != nil {
		return nil, cli.Usage(fmt.Errorf("--shop: %w", err))
	}
	c.Buying, c.Seed, c.Customers, c.Start, c.End = buying, f.seed, f.customers, t.Start(), t.Now
	c.AcquisitionDays = c.End.Sub(c.Start).Hours() / 24
	events, err := c.Events()
	return events, cli.Usage(err)
}

// afterOldest refuses a history whose events would all become dead letters.
func afterOldest(t feed.Timeline, cfg config.Config) error {
	if start := t.Start(); start.Before(cfg.Events.Oldest) {
		return cli.Usage(fmt.Errorf("the history would begin on %s, and events before %s (events.oldest) are refused: give fewer --days, or a shorter --for",
			start.Format(time.DateOnly), cfg.Events.Oldest.Format(time.DateOnly)))
	}
	return nil
}

func newSimulate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Publish the orders of a simulated shop to the input topics",
		Long: `Simulates a shop. Its customers' purchase rates and dropout probabilities are drawn
from known distributions, so that fitted parameters can be compared with the true
ones: with --shop mbgnbd the purchase rate per week is Gamma(r, α) and the dropout
probability Beta(a, b), with the parameters published for CDNOW.

The history is published as fast as possible, or at --rate. With --live the shop then
continues, at --day-seconds of real time per simulated day, until Ctrl-C or --for. Its
history then ends early enough that no order is in the future.`,
		Example: `  clvstream simulate --brokers 127.0.0.1:9092 --customers 10000
  clvstream simulate --live --for 10m --day-seconds 2`,
		Args: cli.NoArguments,
	}
	f := addShopFlags(cmd, 2000)
	var rate, daySeconds float64
	cli.Float(cmd.Flags(), &rate, "rate", 0, 0, 1e9, "events per second of the history; 0: as fast as possible")
	live := cmd.Flags().Bool("live", false, "continue after the history")
	cli.Float(cmd.Flags(), &daySeconds, "day-seconds", 1, 1e-6, 86_400, "with --live: real seconds per simulated day")
	var span time.Duration
	cli.Duration(cmd.Flags(), &span, "for", 10*time.Minute, 0, 366*24*time.Hour, "with --live: how long to continue")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, from, err := load(cmd)
		if err != nil {
			return err
		}
		t := feed.Timeline{Days: f.days, Now: time.Now()}
		if *live {
			t.DaySeconds, t.LiveFor = daySeconds, span
		}
		if err := afterOldest(t, cfg); err != nil {
			return err
		}
		events, err := f.events(t)
		if err != nil {
			return err
		}
		s, err := connect(cmd.Context(), cfg, from, needKafka)
		if err != nil {
			return err
		}
		defer s.close()
		history, rest := t.Split(events, cfg.Business.Currency)
		sent, err := s.publish(cmd, history, rate)
		if err == nil && *live {
			var more int64
			more, err = feed.Publish(cmd.Context(), s.kafka, cfg.Input.Topics, t.Paced(cmd.Context(), rest), feed.Pace{Each: true}, func(int64) {})
			sent += more
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "published %d events of %d customers\n", sent, f.customers)
		return nil
	}
	return cmd
}
