package relay

import (
	"context"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/deadletter"
	"github.com/clvstream/clvstream/stream/progress"
	"github.com/clvstream/clvstream/stream/repartition"
)

// transaction is what one transaction will publish and, once it has, what may
// leave the outboxes.
type transaction struct {
	records  []*kgo.Record
	progress map[int]map[string]int64 // per shard, as it will be
	done     map[int][]string         // per shard, entries that may be trimmed
	fired    map[int]bool             // shards of which due times are published
	changes  int
	letters  int
	rerouted int // events that go to their customers
	skipped  int

	reached map[int]*progress.Shard // per shard of which there are entries, what is published with this
	current map[string]*kgo.Record  // per customer, the record of the latest change
}

// gather turns waiting entries into a transaction.
func (r *Relay) gather(ctx context.Context) (*transaction, error) {
	t := r.gathering()
	err := r.outboxes.turn(ctx, r.config.MaxItems, func(shard int, entry *layout.Entry) { r.gatherEntry(t, shard, entry) })
	if err != nil {
		return nil, err
	}
	r.waiting.Store(r.outboxes.depth)
	r.oldest.Store(r.outboxes.oldestMilli())
	t.gathered()
	return t, nil
}

// gathering begins a transaction, in the memory of the one before.
func (r *Relay) gathering() *transaction {
	t := &transaction{
		progress: map[int]map[string]int64{}, done: map[int][]string{}, fired: map[int]bool{}, reached: map[int]*progress.Shard{},
		records: r.records[:0], current: r.current,
	}
	clear(r.records)
	clear(r.current)
	return t
}

// gathered ends the gathering.
func (t *transaction) gathered() {
	for shard, reached := range t.reached {
		t.progress[shard] = reached.Stored()
	}
	for _, record := range t.current {
		t.records = append(t.records, record)
	}
}

// gatherEntry turns an entry's items into records, and skips what progress says is
// published already. One event may have several items, all of its offset: they are
// published together, or none is. Of each customer only the latest change becomes the
// current value; see change.
func (r *Relay) gatherEntry(t *transaction, shard int, entry *layout.Entry) {
	reached := t.reached[shard]
	if reached == nil {
		reached = r.progress.Shard(shard)
		t.reached[shard] = reached
	}
	source := progress.Source(entry.Source)
	published := reached.Published(entry, func(customer string) bool { _, late := r.late[shard][customer]; return late })
	for i := range entry.Items {
		item := &entry.Items[i]
		if published(item) {
			t.skipped++
			continue
		}
		if entry.OfDueTimes() {
			t.fired[shard] = true
			r.noteDue(reached, shard, item.Change)
		} else {
			reached.Raise(source, item.Offset)
			r.noteLate(reached, shard, item.Change)
		}
		if item.DeadLetter != nil {
			t.letters++
			t.records = append(t.records, deadletter.Record(r.config.Topics.DeadLetter, entry.Source, item, r.letterBytes()))
			continue
		}
		if item.Rerouted != nil {
			t.rerouted++
			t.records = append(t.records, repartition.Record(r.config.Topics.Repartition, item))
			continue
		}
		t.changes++
		records, latest := r.config.Change(t.records, entry.Source, item)
		t.change(item.Change.CustomerID, records, latest)
	}
	t.done[shard] = append(t.done[shard], entry.ID)
}

// change adds a change: its records, and the current value that it leaves. A tombstone is
// published in any case, and before what a customer who began anew is worth.
func (t *transaction) change(customer string, records []*kgo.Record, latest *kgo.Record) {
	t.records = records
	if latest.Value == nil {
		t.records = append(t.records, latest)
		delete(t.current, customer)
		return
	}
	t.current[customer] = latest
}

// noteLate remembers the customer of a change, or none of a dead letter, whose event
// comes before the last published due time.
func (r *Relay) noteLate(reached *progress.Shard, shard int, change *clv.Change) {
	if change == nil || !reached.FiredBeyond(change.Current.AsOfMicros) {
		return
	}
	if r.late[shard] == nil {
		r.late[shard] = map[string]struct{}{}
	}
	r.late[shard][strings.Clone(change.CustomerID)] = struct{}{} // or it would keep its whole entry
}

// noteDue raises the progress to a due time.
func (r *Relay) noteDue(reached *progress.Shard, shard int, change *clv.Change) {
	if !reached.HasDue(change.Cause.AtMicros, change.CustomerID) {
		delete(r.late, shard) // the shard is where it was, and passes no instant twice
		reached.RaiseDue(change.Cause.AtMicros, change.CustomerID)
	}
}
