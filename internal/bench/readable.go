package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/cluster"
)

// AwaitReadable returns when no transaction is open in a topic: everything in it can be
// read by read_committed.
func AwaitReadable(ctx context.Context, admin *kadm.Client, topic string) error {
	for {
		bounds, err := cluster.PartitionBounds(ctx, admin, topic)
		if err != nil {
			return err
		}
		open := 0
		for _, b := range bounds {
			if b.LastStableOffset < b.HighWatermark {
				open++
			}
		}
		if open == 0 {
			return nil
		}
		if err := sleep(ctx, time.Millisecond); err != nil {
			return fmt.Errorf("wait for open transactions of %d partitions of %s: %w", open, topic, err)
		}
	}
}

// Count reads a topic by read_committed and calls take, if not nil, with each record.
func Count(ctx context.Context, access cluster.Access, topic string, take func(*kgo.Record)) (records int64, err error) {
	log, err := cluster.OpenLog(ctx, access)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	ends, err := log.Ends(ctx, topic)
	if err != nil {
		return 0, err
	}
	err = log.ReadTo(ctx, ends, func(_ cluster.Partition, some []*kgo.Record) error {
		for _, r := range some {
			if r.Attrs.IsControl() {
				continue
			}
			if records++; take != nil {
				take(r)
			}
		}
		return nil
	}, nil)
	return records, err
}
