package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/fetch"
)

func (t *task) source() layout.Source {
	return layout.Source{Topic: t.partition.Topic, Partition: t.partition.ID, TopicID: t.bounds.TopicID}
}

// take claims the partition, as often as Redis and Kafka need to answer, and
// checks that the log still holds what the state asks for.
func (t *task) take(ctx context.Context) (*state.Claim, error) {
	defer t.failing.Store(0)
	for attempt := 0; ctx.Err() == nil; attempt++ {
		claim, err := t.claimOnce(ctx)
		if err == nil || !verdictOf(err).Waits() {
			return claim, err
		}
		t.turn()
		t.failing.CompareAndSwap(0, time.Now().UnixNano())
		slog.WarnContext(ctx, "claim is retried", "partition", t.partition.String(), "error", err)
		cluster.Wait(ctx, cluster.Backoff(attempt))
	}
	return nil, nil
}

func (t *task) claimOnce(ctx context.Context) (*state.Claim, error) {
	start := state.Start{LogStart: t.bounds.LogStartOffset, Committed: t.committed, Rebuild: t.consumer.config.Rebuild}
	claim, err := t.consumer.config.Store.Claim(ctx, t.source(), start, &t.consumer.config.Valuation)
	if err != nil {
		return nil, err
	}
	if err := t.guard(ctx, claim.Resume()); err != nil {
		return claim, err
	}
	return claim, t.align.begin(ctx, claim.Resume() < t.bounds.LastStableOffset)
}

// verdictOf judges errors of the state, and the one of the log that no retry heals.
func verdictOf(err error) state.Verdict {
	var gone *fetch.OffsetOutOfRangeError
	if errors.As(err, &gone) {
		return state.Final
	}
	return state.Judge(err)
}

// guard refuses to begin at an offset that the log does not have. The bounds may be older
// than the watermarks, so it reads them again before it refuses.
func (t *task) guard(ctx context.Context, resume int64) error {
	if t.bounds.Holds(resume) {
		return nil
	}
	bounds, err := cluster.PartitionBounds(ctx, kadm.NewClient(t.consumer.client), t.partition.Topic)
	if err != nil {
		return fmt.Errorf("compare the state's mark with the log: %w", err)
	}
	if t.bounds = bounds[t.partition]; t.bounds.Holds(resume) {
		return nil
	}
	return &fetch.OffsetOutOfRangeError{
		Partition: t.partition, Asked: resume,
		LogStartOffset: t.bounds.LogStartOffset, HighWatermark: t.bounds.HighWatermark,
	}
}
