package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/internal/feed"
	"github.com/clvstream/clvstream/internal/terminal"
)

// inputFlags describe a file of orders.
type inputFlags struct {
	path, format, columns, credits string
	decimalComma                   bool
}

func addInputFlags(cmd *cobra.Command) *inputFlags {
	f := &inputFlags{}
	cmd.Flags().StringVar(&f.path, "input", "", "the `file` of orders (may be gzip)")
	cmd.Flags().StringVar(&f.format, "format", "csv", "cdnow, csv or jsonl (the events of docs/events.md, one per line)")
	cmd.Flags().StringVar(&f.columns, "columns", "", "csv: the columns by name or number, such as `customer=Who,time=When,amount=3`; default: by the header's names")
	cmd.Flags().StringVar(&f.credits, "credits", "refuse", "csv: refunds without an order: refuse, latest (refund the customer's latest order) or named (the row's order id is that of the refunded order)")
	cmd.Flags().BoolVar(&f.decimalComma, "decimal-comma", false, "csv: amounts are written 12,50")
	return f
}

// options describe the format of the file.
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

func newReplay() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Publish a file of orders to the input topics",
		Long: `Reads a file of orders and publishes each row as an event. Rows that cannot be used
are reported with file, line and column, and skipped. The exit status is then 1.

Rows are published in the order of their times, whatever the order of the file: in one
sorted by customer, as CDNOW's is, they would come after due times that they precede.
For that the file is read whole, some 300 bytes of memory a row. A file that is larger
and in order of time already is published as it is read with --as-is.`,
		Example: `  clvstream replay --input CDNOW_master.txt --format cdnow --brokers 127.0.0.1:9092
  clvstream replay --input orders.csv --columns customer=who,time=when,amount=total --rate 500`,
		Args: cli.NoArguments,
	}
	input := addInputFlags(cmd)
	asIs := cmd.Flags().Bool("as-is", false, "publish the rows in the order of the file, while it is read")
	var rate float64
	cli.Float(cmd.Flags(), &rate, "rate", 0, 0, 1e9, "events per second; 0: as fast as possible")
	return answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (answer, error) {
		reader, file, err := input.open(s.cfg)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		if err := s.connect(cmd.Context(), needKafka); err != nil {
			return nil, err
		}
		var failed error
		began := time.Now()
		events := feed.File(reader, s.cfg.Business.Currency, cmd.ErrOrStderr(), &failed)
		if !*asIs {
			events = feed.ByTime(events)
		}
		sent, err := s.publish(cmd, events, rate)
		if err := errors.Join(err, failed); err != nil {
			return nil, err
		}
		stats, seconds := reader.Stats(), time.Since(began).Seconds()
		if stats.RepeatedOrders > 0 {
			line(cmd.ErrOrStderr(), "%d rows repeat an order id, and each replaces the row before: sum the line items of an order first", stats.RepeatedOrders)
		}
		if stats.RefusedRows() > 0 {
			err = errFound
		}
		return replayAnswer{sent, stats.RefusedRows(), stats.RepeatedOrders, seconds, float64(sent) / seconds}, err
	})
}

// publish sends events at a rate (0: as fast as possible) under a progress bar.
func (s *system) publish(cmd *cobra.Command, events iter.Seq[feed.Event], rate float64) (int64, error) {
	bar := terminal.NewBar(cmd.ErrOrStderr(), "events published", 0)
	sent, err := feed.Publish(cmd.Context(), s.kafka, s.cfg.Input.Topics, events, feed.Pace{PerSecond: rate}, bar.Set)
	if err == nil {
		bar.Done()
	}
	return sent, err
}

type replayAnswer struct {
	Events          int64   `json:"events"`
	RefusedRows     int     `json:"refused_rows"`
	RepeatedOrders  int     `json:"repeated_orders"`
	Seconds         float64 `json:"seconds"`
	EventsPerSecond float64 `json:"events_per_second"`
}

func (a replayAnswer) WriteText(w io.Writer) error {
	line(w, "published %d events in %.1f s (%.0f/s), %d rows refused", a.Events, a.Seconds, a.EventsPerSecond, a.RefusedRows)
	return nil
}
