package relay

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/deadletter"
	"github.com/clvstream/clvstream/stream/progress"
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
	skipped  int
}

// gather turns waiting entries into records, and skips what progress says is
// published already. Of each customer only the latest change becomes the current
// value.
func (r *Relay) gather(waiting [][]layout.Entry) *transaction {
	t := &transaction{progress: map[int]map[string]int64{}, done: map[int][]string{}, fired: map[int]bool{}}
	current := map[string]*kgo.Record{}
	r.note(waiting)
	for i, entries := range waiting {
		shard := r.config.Shards[i]
		reached := r.progress.Shard(shard)
		for e := range entries {
			if t.changes+t.letters >= r.config.MaxItems {
				break
			}
			r.gatherEntry(t, shard, &entries[e], reached, current)
		}
		if len(t.done[shard]) > 0 {
			t.progress[shard] = reached.Stored()
		}
	}
	for _, record := range current {
		t.records = append(t.records, record)
	}
	return t
}

// gatherEntry takes an entry's items. One event may have several, all of its
// offset: they are published together, or none is.
func (r *Relay) gatherEntry(t *transaction, shard int, entry *layout.Entry, reached *progress.Shard, current map[string]*kgo.Record) {
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
		t.changes++
		t.records, current[item.Change.CustomerID] = r.config.Change(t.records, entry.Source, item)
	}
	t.done[shard] = append(t.done[shard], entry.ID)
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
	r.late[shard][change.CustomerID] = struct{}{}
}

// noteDue raises the progress to a due time.
func (r *Relay) noteDue(reached *progress.Shard, shard int, change *clv.Change) {
	if !reached.HasDue(change.Cause.AtMicros, change.CustomerID) {
		delete(r.late, shard) // the shard is where it was, and passes no instant twice
		reached.RaiseDue(change.Cause.AtMicros, change.CustomerID)
	}
}

// note keeps how much waits and since when.
func (r *Relay) note(waiting [][]layout.Entry) {
	entries, oldest := 0, int64(0)
	for _, shard := range waiting {
		entries += len(shard)
		if len(shard) > 0 && (oldest == 0 || shard[0].AtMilli < oldest) {
			oldest = shard[0].AtMilli
		}
	}
	r.waiting.Store(int64(entries))
	r.oldest.Store(oldest)
}
