package main

import (
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
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
	cmd.Flags().Uint64Var(&f.seed, "seed", 1, "equal seeds give equal shops")
	cmd.Flags().IntVar(&f.customers, "customers", customers, "how many customers the shop wins over the whole time")
	cmd.Flags().IntVar(&f.days, "days", 365, "days of history, ending now")
	cmd.Flags().StringVar(&f.model, "shop", "mbgnbd", "how customers buy and leave, with the rates published for CDNOW: bgnbd, mbgnbd, paretonbd or nbd")
	return f
}

// config is a shop whose first orders are spread over the whole time.
func (f *shopFlags) config(start, end time.Time) (shop.Config, error) {
	c := shop.Default()
	buying, err := shop.CDNOW(f.model)
	if err != nil {
		return c, cli.Usage(fmt.Errorf("--shop: %w", err))
	}
	c.Buying, c.Seed, c.Customers, c.Start, c.End = buying, f.seed, f.customers, start, end
	c.AcquisitionDays = end.Sub(start).Hours() / 24
	if err := c.Check(); err != nil {
		return c, cli.Usage(err)
	}
	return c, nil
}

func newSimulate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Publish the orders of a simulated shop to the input topics",
		Long: `Simulates a shop whose customers buy at rates and leave with probabilities drawn
from stated distributions, so that fitted parameters can be compared with the
truth: with --shop mbgnbd the purchase rate is Gamma(r, α) a week and the dropout
probability Beta(a, b), as published for CDNOW.

The history is published as fast as it goes (or at --rate). With --live the shop
then goes on, --day-seconds of real time a day, until Ctrl-C or --for; the
history then ends early enough that no order lies in the future.`,
		Example: `  clvstream simulate --brokers 127.0.0.1:9092 --customers 10000
  clvstream simulate --live --for 10m --day-seconds 2`,
		Args: cli.NoArguments,
	}
	f := addShopFlags(cmd, 2000)
	rate := cmd.Flags().Float64("rate", 0, "events per second of the history; 0: as fast as it goes")
	live := cmd.Flags().Bool("live", false, "go on after the history")
	daySeconds := cmd.Flags().Float64("day-seconds", 1, "with --live: how long a simulated day takes")
	span := cmd.Flags().Duration("for", 10*time.Minute, "with --live: how long to go on")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, _, err := load(cmd)
		if err != nil {
			return err
		}
		if *daySeconds <= 0 || *rate < 0 || f.days < 1 {
			return cli.Usage(errors.New("--day-seconds and --days must be positive, --rate 0 or more"))
		}
		t := timeline{days: f.days, now: time.Now()}
		if *live {
			t.daySeconds, t.liveFor = *daySeconds, *span
		}
		simulated, err := f.config(t.start(), t.now)
		if err != nil {
			return err
		}
		s, err := reach(cmd.Context(), cfg, needKafka)
		if err != nil {
			return err
		}
		defer s.close()
		events, err := simulated.Events()
		if err != nil {
			return cli.Usage(err)
		}
		history, rest := t.split(events, cfg)
		sent, err := publish(cmd.Context(), s, history, *rate, cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		if *live {
			more, err := publishLive(cmd.Context(), s, t.paced(cmd.Context(), rest))
			if err != nil {
				return err
			}
			sent += more
		}
		fmt.Fprintf(cmd.OutOrStdout(), "published %d events of %d customers\n", sent, f.customers)
		return nil
	}
	return cmd
}

// timeline lays simulated time beside real time: a history of some days, and
// then, when it is live, days that take daySeconds each and end now, so that no
// event lies in the future.
type timeline struct {
	days       int
	daySeconds float64 // 0: nothing is live
	liveFor    time.Duration
	now        time.Time
}

const day = 24 * time.Hour

// liveSpan is how much simulated time passes live.
func (t timeline) liveSpan() time.Duration {
	if t.daySeconds == 0 {
		return 0
	}
	return time.Duration(t.liveFor.Seconds() / t.daySeconds * float64(day))
}

func (t timeline) liveFrom() time.Time { return t.now.Add(-t.liveSpan()) }

func (t timeline) start() time.Time { return t.liveFrom().Add(-time.Duration(t.days) * day) }

// split parts the events of the history from the live ones.
func (t timeline) split(events iter.Seq[history.Event], cfg config.Config) (h, live iter.Seq[moneyEvent]) {
	border := t.liveFrom().UnixMicro()
	part := func(wanted func(history.Event) bool) iter.Seq[moneyEvent] {
		return func(yield func(moneyEvent) bool) {
			for e := range events {
				if wanted(e) && !yield(moneyEvent{e, cfg.Business.Currency}) {
					return
				}
			}
		}
	}
	return part(func(e history.Event) bool { return e.AtMicros < border }),
		part(func(e history.Event) bool { return e.AtMicros >= border })
}
