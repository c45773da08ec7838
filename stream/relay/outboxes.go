package relay

import (
	"context"
	"time"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/deadletter"
)

// outboxes reads the entries of a lane's outboxes: in one round trip while they are few,
// and outbox by outbox, up to a budget, while they are many or their number is unknown. An
// entry may be a kilobyte, or a dead letter of many megabytes; its size is known only
// after reading.
type outboxes struct {
	store  *state.Store
	shards []int
	count  int64     // entries to read of each outbox
	first  int       // index of the shard to begin with when the budget may not be enough for all
	readAt time.Time // of the last reading
}

// Limits of one reading. After trustFor without a reading anything may have come.
const (
	mostEntries = 64
	budgetBytes = 8 << 20
	countGrowth = 4
	trustFor    = time.Second
)

// next reads the heads of the outboxes, a slice a shard.
func (o *outboxes) next(ctx context.Context) ([][]layout.Entry, error) {
	if time.Since(o.readAt) > trustFor {
		o.count = 1
	}
	read := o.one
	if o.count == mostEntries {
		read = o.all
	}
	waiting, err := read(ctx)
	if err != nil {
		return nil, err
	}
	o.readAt = time.Now()
	if weight(waiting...) >= budgetBytes {
		o.count = 1
	} else {
		o.count = min(o.count*countGrowth, mostEntries)
	}
	return waiting, nil
}

// all reads them in one round trip.
func (o *outboxes) all(ctx context.Context) ([][]layout.Entry, error) {
	return o.store.Waiting(ctx, o.shards, make([]string, len(o.shards)), o.count)
}

// one reads them one by one until the budget is used up. The next reading begins
// where this one ended.
func (o *outboxes) one(ctx context.Context) ([][]layout.Entry, error) {
	waiting := make([][]layout.Entry, len(o.shards))
	for range o.shards {
		at := o.first
		o.first = (o.first + 1) % len(o.shards)
		entries, err := o.store.Waiting(ctx, o.shards[at:at+1], []string{""}, o.count)
		if err != nil {
			return nil, err
		}
		if waiting[at] = entries[0]; weight(waiting...) >= budgetBytes {
			break
		}
	}
	return waiting, nil
}

// weight is how many bytes the dead letters take. Changes are small, and no more
// than a batch's in an entry.
func weight(waiting ...[]layout.Entry) (bytes int) {
	for _, entries := range waiting {
		for e := range entries {
			for i := range entries[e].Items {
				if letter := entries[e].Items[i].DeadLetter; letter != nil {
					bytes += deadletter.Weight(letter)
				}
			}
		}
	}
	return bytes
}
