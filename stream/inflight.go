package stream

import (
	"context"
	"math"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
)

// inFlight are events that a task has rerouted and that their customers may not have yet:
//
//	committed ──► outbox ──(drained)──► repartition topic ──(applied)──► landed
//
// Until they have landed, the task may be a slack ahead of the earliest of them and not more:
// in a backfill a year goes by in a second, and they would be too late for their customers.
type inFlight struct {
	store *state.Store
	admin *kadm.Client
	topic string

	earliest int64          // event time of the earliest, µs; math.MaxInt64: none is in flight
	outboxes map[int]string // by shard, the newest entry of when they were rerouted
	ends     map[cluster.Partition]int64
}

func newInFlight(store *state.Store, admin *kadm.Client, topic string) *inFlight {
	return &inFlight{store: store, admin: admin, topic: topic, earliest: math.MaxInt64}
}

func (f *inFlight) any() bool { return f.earliest < math.MaxInt64 }

// note is called after a commit that rerouted events.
func (f *inFlight) note(ctx context.Context, earliestMicros int64) {
	f.earliest = min(f.earliest, earliestMicros)
	newest, err := f.store.NewestWaiting(ctx)
	if err != nil {
		newest = nil // asked again by landed
	}
	f.outboxes, f.ends = newest, nil
}

// landed says whether nothing is in flight. An error of Kafka or Redis leaves it as it is: what
// is asked next fails too, and says so.
func (f *inFlight) landed(ctx context.Context) bool {
	if f.any() && f.drained(ctx) && f.applied(ctx) {
		f.earliest, f.outboxes, f.ends = math.MaxInt64, nil, nil
	}
	return !f.any()
}

// drained says whether the outboxes have published what was in them, and notes what the topic
// has then.
func (f *inFlight) drained(ctx context.Context) bool {
	if f.ends != nil {
		return true
	}
	if f.outboxes == nil {
		f.note(ctx, f.earliest)
		return false
	}
	published, err := f.store.TrimmedUpTo(ctx, f.outboxes)
	if err != nil || !published {
		return false
	}
	bounds, err := cluster.PartitionBounds(ctx, f.admin, f.topic)
	if err != nil {
		return false
	}
	f.ends = map[cluster.Partition]int64{}
	for partition, at := range bounds {
		if at.HighWatermark > at.LogStartOffset {
			f.ends[partition] = at.HighWatermark
		}
	}
	return true
}

// applied says whether every shard has applied what the topic had.
func (f *inFlight) applied(ctx context.Context) bool {
	shards, err := f.store.Applied(ctx)
	if err != nil {
		return false
	}
	for _, applied := range shards {
		come := map[cluster.Partition]int64{}
		for source, offset := range applied {
			come[cluster.Partition{Topic: source.Topic, ID: source.Partition}] = offset
		}
		for partition, end := range f.ends {
			if come[partition] < end {
				return false
			}
		}
	}
	return true
}
