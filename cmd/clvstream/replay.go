package main

import (
	"errors"
	"io"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/internal/feed"
	"github.com/clvstream/clvstream/internal/terminal"
)

func newReplay() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Send a file's orders at a chosen rate, to try a system out (to bring your orders in: import)",
		Long: `Publishes the orders of a file as "clvstream import" does, with the same checks, but as a
test of a system: at --rate events per second, or with --as-is in the order of the file,
as they would come from a source that does not keep the order of time.`,
		Example: `  clvstream replay --input CDNOW_master.txt --brokers 127.0.0.1:9092
  clvstream replay --input orders.csv --columns customer=who,time=when,amount=total --rate 500`,
		Args: cli.NoArguments,
	}
	input := addInputFlags(cmd)
	addNoAmounts(cmd, input)
	cmd.Flags().BoolVar(&input.asIs, "as-is", false, "publish the rows in the order of the file, whatever their times")
	var rate float64
	cli.Float(cmd.Flags(), &rate, "rate", 0, 0, 1e9, "events per second; 0: as fast as possible")
	return answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (answer, error) {
		return s.importFile(cmd, input, rate)
	})
}

// importFile checks a file and publishes its events.
func (s *system) importFile(cmd *cobra.Command, input *inputFlags, rate float64) (answer, error) {
	in, c, err := input.checked(cmd, s.cfg)
	if err != nil {
		return nil, err
	}
	if err := s.connect(cmd.Context(), needKafka); err != nil {
		return nil, err
	}
	tell(cmd, input.path, c)
	var failed error
	began := time.Now()
	sent, err := s.publish(cmd, in.Events(&failed), rate)
	if err := errors.Join(err, failed); err != nil {
		return nil, err
	}
	seconds := time.Since(began).Seconds()
	return publishedFile{Events: sent, Seconds: seconds, EventsPerSecond: float64(sent) / seconds, Summary: c.Summary()}, nil
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

// publishedFile is what was sent of a file.
type publishedFile struct {
	Events          int64   `json:"events"`
	Seconds         float64 `json:"seconds"`
	EventsPerSecond float64 `json:"events_per_second"`
	dataset.Summary
}

// WriteText writes the answer for people. What the rows are that were not sent was told before.
func (a publishedFile) WriteText(w io.Writer) error {
	line(w, "published %d events in %.1f s (%.0f/s); of %d rows %d were refused and %d set aside", a.Events, a.Seconds, a.EventsPerSecond, a.Rows, a.RefusedRows, a.AsideRows)
	return nil
}
