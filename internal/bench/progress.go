package bench

import (
	"context"

	"github.com/clvstream/clvstream/stream/cluster"
)

// waiting is the input of a run: it waits in full before the run begins.
type waiting struct {
	ends  map[cluster.Partition]int64
	begun int64 // offsets applied before
}

// waiting reads what waits.
func (s *site) waiting(ctx context.Context) (*waiting, error) {
	bounds, err := cluster.PartitionBounds(ctx, s.admin, s.cfg.Input.Topics...)
	if err != nil {
		return nil, err
	}
	w := &waiting{ends: map[cluster.Partition]int64{}}
	for partition, b := range bounds {
		w.ends[partition] = b.LastStableOffset
	}
	w.begun, _, err = s.applied(ctx, w)
	return w, err
}

// applied is how many records the furthest shards have applied, by partition and summed,
// and whether all shards have applied all. Shards without events in a batch take its end
// as theirs with their next, or when the input is at its end.
func (s *site) applied(ctx context.Context, w *waiting) (records int64, all bool, err error) {
	shards, err := s.store.Applied(ctx)
	if err != nil {
		return 0, false, err
	}
	highest := map[cluster.Partition]int64{}
	all = true
	for _, shard := range shards {
		marks := map[cluster.Partition]int64{}
		for source, offset := range shard {
			partition := cluster.Partition{Topic: source.Topic, ID: source.Partition}
			marks[partition] = max(marks[partition], offset)
		}
		for partition, end := range w.ends {
			highest[partition] = max(highest[partition], min(marks[partition], end))
			all = all && marks[partition] >= end
		}
	}
	for _, offset := range highest {
		records += offset
	}
	return records - w.begun, all, nil
}

// point reads how far a run is.
func (s *site) point(ctx context.Context, w *waiting) (p Point, all bool, err error) {
	if p.Applied, all, err = s.applied(ctx, w); err != nil {
		return p, false, err
	}
	depth, err := s.store.Depth(ctx)
	for _, entries := range depth {
		p.Outbox += entries
	}
	return p, all, err
}
