package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/internal/feed"
	"github.com/clvstream/clvstream/internal/progress"
)

// inputFlags describe a file of orders.
type inputFlags struct {
	path, format, columns, credits string
	decimalComma                   bool
}

func addInputFlags(cmd *cobra.Command) *inputFlags {
	f := &inputFlags{}
	cmd.Flags().StringVar(&f.path, "input", "", "the `file` of orders (may be gzip)")
	cmd.Flags().StringVar(&f.format, "format", "csv", "cdnow, csv or jsonl (the events of docs/events.md, a line each)")
	cmd.Flags().StringVar(&f.columns, "columns", "", "csv: which column is what, such as `customer=Who,time=When,amount=3`; default: by the header's names")
	cmd.Flags().StringVar(&f.credits, "credits", "refuse", "csv: money back that names no order: refuse, latest (refund the latest order) or named (the row's order id is the original's)")
	cmd.Flags().BoolVar(&f.decimalComma, "decimal-comma", false, "csv: amounts are written 12,50")
	return f
}

// options are how the file is written.
func (f *inputFlags) options(cfg config.Config) (dataset.Options, error) {
	format, err := dataset.ParseFormat(f.format)
	if err != nil {
		return dataset.Options{}, cli.Usage(fmt.Errorf("--format: %w", err))
	}
	columns, err := dataset.ParseColumns(f.columns)
	if err != nil {
		return dataset.Options{}, cli.Usage(fmt.Errorf("--columns: %w", err))
	}
	credits, err := dataset.ParseCredits(f.credits)
	if err != nil {
		return dataset.Options{}, cli.Usage(fmt.Errorf("--credits: %w", err))
	}
	return dataset.Options{
		Format: format, Name: f.path, Currency: cfg.Business.Currency, Location: cfg.Business.TimeZone,
		Columns: columns, Credits: credits, DecimalComma: f.decimalComma,
	}, nil
}

// open begins to read the file.
func (f *inputFlags) open(cfg config.Config) (*dataset.Reader, io.Closer, error) {
	if f.path == "" {
		return nil, nil, cli.Usage(errors.New("--input is missing: name the file of orders"))
	}
	options, err := f.options(cfg)
	if err != nil {
		return nil, nil, err
	}
	file, err := os.Open(f.path)
	if err != nil {
		return nil, nil, cli.Usage(fmt.Errorf("open --input: %w", err))
	}
	reader, err := dataset.NewReader(file, options)
	if err != nil {
		_ = file.Close()
		return nil, nil, cli.Usage(err)
	}
	return reader, file, nil
}

// moneyEvent is an event and the currency of its amounts.
type moneyEvent struct {
	event    history.Event
	currency money.Currency
}

// eventsOf are the file's events. Refused rows are reported and passed over;
// what ends the file early is left in failed.
func eventsOf(reader *dataset.Reader, cfg config.Config, report io.Writer, failed *error) iter.Seq[moneyEvent] {
	return func(yield func(moneyEvent) bool) {
		for row, err := range reader.Rows() {
			switch {
			case dataset.IsRefusal(err):
				fmt.Fprintln(report, err)
				continue
			case err != nil:
				*failed = err
				return
			}
			currency := row.Currency
			if currency == (money.Currency{}) {
				currency = cfg.Business.Currency
			}
			if !yield(moneyEvent{row.Event, currency}) {
				return
			}
		}
	}
}

func newReplay() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Publish a file of orders to the input topics",
		Long: `Reads a file of orders and publishes each row as an event. Rows that can not be
used are reported with file, line and column, and passed over; the exit status
is then 1.`,
		Example: `  clvstream replay --input CDNOW_master.txt --format cdnow --brokers 127.0.0.1:9092
  clvstream replay --input orders.csv --columns customer=who,time=when,amount=total --rate 500`,
		Args: cli.NoArguments,
	}
	input := addInputFlags(cmd)
	rate := cmd.Flags().Float64("rate", 0, "events per second; 0: as fast as it goes")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, _, err := load(cmd)
		if err != nil {
			return err
		}
		if *rate < 0 {
			return cli.Usage(fmt.Errorf("--rate %g: want 0 or more", *rate))
		}
		reader, file, err := input.open(cfg)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		s, err := reach(cmd.Context(), cfg, needKafka)
		if err != nil {
			return err
		}
		defer s.close()
		var failed error
		began := time.Now()
		sent, err := publish(cmd.Context(), s, eventsOf(reader, cfg, cmd.ErrOrStderr(), &failed), *rate, cmd.ErrOrStderr())
		if err := errors.Join(err, failed); err != nil {
			return err
		}
		return reportReplay(cmd, reader, sent, time.Since(began), *asJSON)
	}
	return cmd
}

// publish sends events at a rate (0: as fast as it goes) and says how many the
// brokers have.
func publish(ctx context.Context, s *system, events iter.Seq[moneyEvent], rate float64, report io.Writer) (int64, error) {
	out, err := feed.New(s.kafka, s.cfg.Input.Topics)
	if err != nil {
		return 0, err
	}
	defer out.Close() // what was flushed is with the brokers
	bar := progress.New(report, "events published", 0)
	pace := pacer{perSecond: rate, began: time.Now()}
	for e := range events {
		if err := out.Add(ctx, &e.event, e.currency); err != nil {
			return out.Sent(), err
		}
		bar.Set(out.Sent())
		if pace.early() {
			if err := out.Flush(ctx); err != nil {
				return out.Sent(), err
			}
			if pace.wait(ctx); ctx.Err() != nil {
				break
			}
		}
	}
	if err := out.Flush(context.WithoutCancel(ctx)); err != nil {
		return out.Sent(), err
	}
	bar.Set(out.Sent())
	bar.Done()
	return out.Sent(), nil
}

// pacer holds a rate over the whole time, so that a pause is made up for.
type pacer struct {
	perSecond float64
	began     time.Time
	given     int64
}

// early counts one more and says whether it is too soon for the next.
func (p *pacer) early() bool {
	p.given++
	return p.perSecond > 0 && time.Until(p.due()) > time.Millisecond
}

func (p *pacer) due() time.Time {
	return p.began.Add(time.Duration(float64(p.given) / p.perSecond * float64(time.Second)))
}

func (p *pacer) wait(ctx context.Context) { sleepUntil(ctx, p.due()) }

func sleepUntil(ctx context.Context, at time.Time) {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

type replayReport struct {
	Events          int64   `json:"events"`
	RefusedRows     int64   `json:"refused_rows"`
	RepeatedOrders  int64   `json:"repeated_orders"`
	Seconds         float64 `json:"seconds"`
	EventsPerSecond float64 `json:"events_per_second"`
}

func reportReplay(cmd *cobra.Command, reader *dataset.Reader, sent int64, took time.Duration, asJSON bool) error {
	stats := reader.Stats()
	r := replayReport{
		Events: sent, RefusedRows: int64(stats.RefusedRows()), RepeatedOrders: int64(stats.RepeatedOrders),
		Seconds: took.Seconds(), EventsPerSecond: float64(sent) / took.Seconds(),
	}
	if r.RepeatedOrders > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "%d rows repeat an order id: each replaces the one before; sum line items by order first\n", r.RepeatedOrders)
	}
	if asJSON {
		if err := printJSON(cmd.OutOrStdout(), r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(cmd.OutOrStdout(), "published %d events in %.1f s (%.0f/s), %d rows refused\n", r.Events, r.Seconds, r.EventsPerSecond, r.RefusedRows)
	}
	if r.RefusedRows > 0 {
		return errFound
	}
	return nil
}
