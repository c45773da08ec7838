package stream

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state"
)

// transaction is what one transaction will publish and, once it has, what may
// leave the outboxes.
type transaction struct {
	records  []*kgo.Record
	progress map[int]map[string]int64 // per shard, as it will be
	done     map[int][]string         // per shard, entries that may be trimmed
	changes  int
	letters  int
	skipped  int
	told     []told // per audience
}

// gather turns waiting entries into records, passing over what progress says is
// out already. Of each customer only the latest change becomes the current
// value.
func (r *relay) gather(waiting [][]state.Entry) *transaction {
	t := &transaction{progress: map[int]map[string]int64{}, done: map[int][]string{}, told: make([]told, len(r.publisher.audiences))}
	current := map[string]*kgo.Record{}
	r.look(waiting)
	for i, entries := range waiting {
		shard := r.shards[i]
		reached := r.progress.reach(shard)
		for e := range entries {
			if t.changes+t.letters >= r.publisher.config.MaxItems {
				break
			}
			r.gatherEntry(t, shard, &entries[e], reached, current)
		}
		if len(t.done[shard]) > 0 {
			t.progress[shard] = reached.stored()
		}
	}
	for _, record := range current {
		t.records = append(t.records, record)
	}
	return t
}

// gatherEntry takes an entry's items. One event may have several, all of its
// offset: they left, or did not, together.
func (r *relay) gatherEntry(t *transaction, shard int, entry *state.Entry, reached *reach, current map[string]*kgo.Record) {
	source := progressSource(entry.Source)
	out := r.published(shard, entry, reached)
	for i := range entry.Items {
		item := &entry.Items[i]
		if out(item) {
			t.skipped++
			continue
		}
		if entry.OfDueTimes() {
			r.noteDue(reached, shard, item.Change)
		} else {
			reached.raise(source, item.Offset)
			r.noteOutrun(reached, shard, item.Change)
		}
		if item.DeadLetter != nil {
			t.letters++
			t.records = append(t.records, r.renderer.letter(entry.Source, item, r.publisher.letterBytes()))
			continue
		}
		t.changes++
		change, latest := r.renderer.records(entry.Source, item)
		t.records = append(t.records, change)
		r.address(t, change, item.Change)
		current[item.Change.CustomerID] = latest
	}
	t.done[shard] = append(t.done[shard], entry.ID)
}

// published tells which of an entry's items were out before it. Due times leave in
// their order, so those up to the last one that left are out. Two kinds follow their
// record instead: what a late event tells of instants that its shard has passed, and
// whatever is due of a customer after an event that had not left. Of that, the
// shard passes instants a second time where Redis was brought back.
func (r *relay) published(shard int, entry *state.Entry, reached *reach) func(*state.Item) bool {
	before, any := reached.offsets[progressSource(entry.Source)]
	return func(item *state.Item) bool {
		if any && item.Offset <= before && !entry.OfDueTimes() {
			return true
		}
		if !entry.OfDueTimes() && !item.Ahead {
			return false
		}
		_, outrun := r.outrun[shard][item.Change.CustomerID]
		return !outrun && reached.hasDue(item.Change.Cause.AtMicros, item.Change.CustomerID)
	}
}

// noteOutrun remembers the customer of a change, or none of a dead letter, whose
// event comes before the last published due time.
func (r *relay) noteOutrun(reached *reach, shard int, change *clv.Change) {
	if change != nil && change.Current.AsOfMicros < reached.dueMicros {
		r.outruns(shard, change.CustomerID)
	}
}

// noteDue raises the progress to a due time.
func (r *relay) noteDue(reached *reach, shard int, change *clv.Change) {
	if !reached.hasDue(change.Cause.AtMicros, change.CustomerID) {
		delete(r.outrun, shard) // the shard is where it was, and passes nothing twice
		reached.raiseDue(change.Cause.AtMicros, change.CustomerID)
	}
}

func (r *relay) outruns(shard int, customer string) {
	if r.outrun[shard] == nil {
		r.outrun[shard] = map[string]struct{}{}
	}
	r.outrun[shard][customer] = struct{}{}
}

// look notes how much waits and since when.
func (r *relay) look(waiting [][]state.Entry) {
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

func countPublished(ctx context.Context, t *transaction) {
	published.Add(ctx, int64(t.changes), metric.WithAttributes(attribute.String("topic", "changes")))
	published.Add(ctx, int64(t.letters), metric.WithAttributes(attribute.String("topic", "deadletter")))
	skipped.Add(ctx, int64(t.skipped))
}

// observePublisher reports what waits in the publisher's lanes until it is
// undone.
func observePublisher(p *Publisher) (undo func()) {
	registration, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		for lane, r := range p.relays {
			label := metric.WithAttributes(attribute.Int("lane", int(lane)))
			o.ObserveInt64(outboxDepth, r.waiting.Load(), label)
			age := 0.0
			if oldest := r.oldest.Load(); oldest > 0 {
				age = max(0, time.Since(time.UnixMilli(oldest)).Seconds())
			}
			o.ObserveFloat64(outboxAge, age, label)
			if r.waker != nil {
				o.ObserveFloat64(dueBehind, float64(r.waker.behind.Load())/1e6, label)
			}
		}
		return nil
	}, outboxDepth, outboxAge, dueBehind)
	if err != nil {
		return func() {}
	}
	return func() { _ = registration.Unregister() }
}

// longestPause is how long a lane with nothing to do waits before it looks
// again: it bounds the latency of the first change after a quiet time.
const longestPause = 25 * time.Millisecond

// longestLinger bounds what a slow broker adds to the latency by itself.
const longestLinger = 100 * time.Millisecond

// pacer pauses while there is work half as long as the last transaction took, so that
// transactions grow with the load instead of multiplying: each costs the brokers as
// much with one change in it as with a hundred. While there is no work it pauses
// longer and longer.
type pacer struct {
	shortest time.Duration
	next     time.Duration
}

func (p *pacer) sleep(ctx context.Context, moved bool, took time.Duration) {
	if moved {
		p.next = max(p.shortest, min(took/2, longestLinger))
	} else {
		p.next = min(max(p.next*2, p.shortest), max(longestPause, p.shortest))
	}
	wait(ctx, p.next)
}
