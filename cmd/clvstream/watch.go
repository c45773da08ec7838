package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/customerview"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
)

func newWatch() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Show changes as they are announced",
		Example: `  clvstream watch --brokers 127.0.0.1:9092
  clvstream watch --customer c42 --from-start --json`,
		Args: cli.NoArguments,
	}
	asJSON := cmd.Flags().Bool("json", false, "print the JSON of each change, one per line")
	customer := cmd.Flags().String("customer", "", "show this customer's changes only")
	fromStart := cmd.Flags().Bool("from-start", false, "start with the oldest change instead of the next one")
	var limit int
	cli.Int(cmd.Flags(), &limit, "limit", 0, 0, cli.NoBound, "end after this many changes; 0: end on Ctrl-C")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, from, err := load(cmd)
		if err != nil {
			return err
		}
		s, err := connect(cmd.Context(), cfg, from, needKafka)
		if err != nil {
			return err
		}
		defer s.close()
		w := watcher{customer: *customer, limit: limit, print: printChange(clockOf(cfg))}
		if *asJSON {
			w.print = printRecord
		}
		at := kgo.NewOffset().AtEnd()
		if *fromStart {
			at = kgo.NewOffset().AtStart()
		}
		return w.run(cmd.Context(), s.kafka, s.outputs().Changes, at, cmd.OutOrStdout())
	}
	return cmd
}

// watcher reads a changes topic as a subscriber should: read_committed.
type watcher struct {
	customer string // "": all
	limit    int    // 0: no end
	shown    int
	print    func(io.Writer, *kgo.Record)
}

func (w *watcher) run(ctx context.Context, client cluster.Access, topic string, at kgo.Offset, out io.Writer) error {
	reader, err := cluster.Connect(ctx, client,
		kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(at), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		return err
	}
	defer reader.Close()
	for ctx.Err() == nil {
		fetches := reader.PollFetches(ctx)
		for _, failed := range fetches.Errors() {
			if ctx.Err() == nil {
				return fmt.Errorf("watch %s: %w", failed.Topic, failed.Err)
			}
		}
		for records := fetches.RecordIter(); !records.Done(); {
			record := records.Next()
			if w.customer != "" && string(record.Key) != w.customer {
				continue
			}
			w.print(out, record)
			if w.shown++; w.limit > 0 && w.shown >= w.limit {
				return nil
			}
		}
	}
	return nil
}

func printRecord(out io.Writer, record *kgo.Record) { fmt.Fprintf(out, "%s\n", record.Value) }

// printChange prints a change as a line, with its time by the business's clock.
func printChange(by clock) func(io.Writer, *kgo.Record) {
	return func(out io.Writer, record *kgo.Record) {
		c, err := change.Parse(record.Value)
		if err != nil {
			fmt.Fprintf(out, "%s/%d/%d is not a change: %v\n", record.Topic, record.Partition, record.Offset, err)
			return
		}
		fmt.Fprintln(out, customerview.Line(c, by.Calendar))
	}
}
