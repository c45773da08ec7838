// Package backlog measures the pending work of a deployment: input that is not applied,
// changes that are not published, and due times that have not fired.
//
//	log end (Kafka) − lowest watermark (Redis) = records ─┐
//	entries in the outboxes (Redis)            = outbox  ─┼─► Read, Wait
//	earliest due time (Redis) ≤ the inputs' time = due   ─┘
//
// The log's end is its last stable offset. What lies behind that, in or after a transaction
// that is still open, is held: nobody can apply it, and OpenTransactions says who must end
// it. The watermarks in the state count, not the committed offsets of the consumer group.
package backlog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
)

// Backlog is what waits. Records and Outbox are 0 when all is done that can be.
type Backlog struct {
	Records    int64       `json:"records"` // input not yet applied
	Held       int64       `json:"held"`    // input behind open transactions, which is not in Records
	Outbox     int64       `json:"outbox"`  // commits whose changes are not yet published
	Partitions []Partition `json:"partitions"`
}

// Partition is one input partition's share.
type Partition struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Applied   int64  `json:"applied"` // offset up to which every shard has applied it
	End       int64  `json:"end"`     // its last stable offset
	Records   int64  `json:"records"`
	Held      int64  `json:"held"` // from End to the high watermark
	// LateBySeconds is how late an event came for due times, at most in the week before
	// the last that did.
	LateBySeconds float64 `json:"late_by_seconds,omitempty"`
}

// LateBy is how late an event came for due times in any partition.
func (b *Backlog) LateBy() (by time.Duration) {
	for i := range b.Partitions {
		by = max(by, time.Duration(b.Partitions[i].LateBySeconds*float64(time.Second)))
	}
	return by
}

// Read asks Kafka and Redis.
func Read(ctx context.Context, admin *kadm.Client, store *state.Store, topics []string) (Backlog, error) {
	before, err := store.Depth(ctx) // what leaves an outbox meanwhile may be a record of the input
	if err != nil {
		return Backlog{}, err
	}
	bounds, err := cluster.PartitionBounds(ctx, admin, topics...)
	if err != nil {
		return Backlog{}, fmt.Errorf("read the ends of the input: %w", err)
	}
	applied, err := store.Applied(ctx)
	if err != nil {
		return Backlog{}, err
	}
	depth, err := store.Depth(ctx)
	if err != nil {
		return Backlog{}, err
	}
	late, err := store.Latenesses(ctx)
	if err != nil {
		return Backlog{}, err
	}
	b := Backlog{Partitions: make([]Partition, 0, len(bounds))}
	for partition, at := range bounds {
		lowest := lowestMark(applied, partition, at.LogStartOffset)
		p := Partition{Topic: partition.Topic, Partition: partition.ID, Applied: lowest, End: at.LastStableOffset, Records: max(0, at.LastStableOffset-lowest), Held: at.Held()}
		p.LateBySeconds = late[partition.String()].By.Seconds()
		b.Partitions = append(b.Partitions, p)
		b.Records += p.Records
		b.Held += p.Held
	}
	slices.SortFunc(b.Partitions, func(x, y Partition) int {
		return cmp.Or(cmp.Compare(x.Topic, y.Topic), cmp.Compare(x.Partition, y.Partition))
	})
	for shard, entries := range depth {
		b.Outbox += max(entries, before[shard])
	}
	return b, nil
}

// lowestMark is how far the slowest shard has come; a shard without a mark has
// everything before it.
func lowestMark(shards []state.Applied, partition cluster.Partition, logStart int64) int64 {
	lowest := int64(-1)
	for _, applied := range shards {
		mark := logStart
		for source, offset := range applied {
			if source.Topic == partition.Topic && source.Partition == partition.ID {
				mark = max(mark, offset)
			}
		}
		if lowest < 0 || mark < lowest {
			lowest = mark
		}
	}
	return max(lowest, logStart)
}
