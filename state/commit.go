package state

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state/layout"
)

// Errors that end a claim. The lane's owner claims again, or leaves it to
// whoever holds the partition now.
var (
	ErrFenced     = errors.New("another consumer has claimed the partition")
	ErrRolledBack = errors.New("the state went back in time")
)

// Work is one record of a batch: an event to apply, or a refusal of what could
// not be decoded.
type Work struct {
	Offset      int64
	Shard       int // of the customer; any, but always the same, for a refused record
	Event       *history.Event
	Refused     *history.Refusal // instead of Event
	TraceParent string
}

// Batch is consecutive records of one partition.
type Batch struct {
	UpTo int64 // the offset after the last of them, records without work included
	Work []Work
	// DeadLetter gives the whole record of a refused piece of work.
	DeadLetter func(*Work, *history.Refusal) *layout.DeadLetter
}

// Result counts what a commit did.
type Result struct {
	Applied     int // events taken into histories, repeated ones included
	Changes     int // changes put into outboxes
	DeadLetters map[history.RefusalReason]int
}

// Commit applies a batch, shard by shard, each in one optimistic transaction
// that holds states, changes, dead letters and the mark. It returns when every
// shard with work has applied it, retrying whatever may pass (Redis away,
// failing over, full, a conflict, a full outbox) until ctx is done. Work that a
// shard has applied already is passed over.
func (l *Lane) Commit(ctx context.Context, b *Batch) (Result, error) {
	for i := range l.grouped {
		l.grouped[i] = l.grouped[i][:0]
	}
	for i := range b.Work {
		l.grouped[b.Work[i].Shard] = append(l.grouped[b.Work[i].Shard], i)
	}
	var queue []int
	for shard, work := range l.grouped {
		if len(work) > 0 {
			queue = append(queue, shard)
		}
	}
	return l.run(ctx, b, queue)
}

// Advance moves the marks of all shards up to an offset before which the lane
// has committed everything, so that a shard without customers in the partition
// does not hold back where it resumes.
func (l *Lane) Advance(ctx context.Context, upTo int64) error {
	for i := range l.grouped {
		l.grouped[i] = l.grouped[i][:0]
	}
	var queue []int
	for shard, offset := range l.marks {
		if offset < upTo {
			queue = append(queue, shard)
		}
	}
	_, err := l.run(ctx, &Batch{UpTo: upTo}, queue)
	return err
}

// run divides the queued shards among chains: one computes while another waits for
// Redis. It returns when all have ended. What no retry heals ends the others after
// the shard that they are at.
func (l *Lane) run(ctx context.Context, b *Batch, queue []int) (Result, error) {
	l.commits++
	defer l.retryingSince.Store(0)
	chains := l.begin(b, len(queue))
	defer l.store.beside.Release(int64(len(chains) - 1))
	going, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	failed := make([]error, len(chains))
	commit := func(i int) {
		if failed[i] = chains[i].commitAll(ctx, going, every(len(chains), queue[i:])); failed[i] != nil {
			stop(failed[i])
		}
	}
	var running sync.WaitGroup
	for i := range chains[1:] {
		running.Go(func() { commit(i + 1) })
	}
	commit(0)
	running.Wait()
	result := Result{DeadLetters: map[history.RefusalReason]int{}}
	for _, c := range chains {
		result.add(&c.result)
	}
	if err := cmp.Or(failed...); err != nil {
		return result, fmt.Errorf("commit %s: %w", l.source, err)
	}
	return result, nil
}

// every takes the first of each n.
func every(n int, queue []int) (share []int) {
	for at := 0; at < len(queue); at += n {
		share = append(share, queue[at])
	}
	return share
}

const (
	// chainsPerCommit is how many shards of a lane are committed at once.
	chainsPerCommit = 4
	// chainsBeside bounds the chains of all lanes beside the first of each, so that
	// many partitions do not use up the client's connections.
	chainsBeside = 24
)

// begin readies chains for a commit of so many shards.
func (l *Lane) begin(b *Batch, shards int) []*chain {
	n := 1
	for n < min(shards, chainsPerCommit) && l.store.beside.TryAcquire(1) {
		n++
	}
	for len(l.chains) < n {
		l.chains = append(l.chains, &chain{lane: l})
	}
	for _, c := range l.chains[:n] {
		c.batch, c.commit = b, l.name+"-"+strconv.FormatUint(l.commits, 36)
		c.result, c.unsure = Result{DeadLetters: map[history.RefusalReason]int{}}, nil
	}
	return l.chains[:n]
}

func (r *Result) add(other *Result) {
	r.Applied += other.Applied
	r.Changes += other.Changes
	for reason, letters := range other.DeadLetters {
		r.DeadLetters[reason] += letters
	}
}

// judge compares what src says with what the lane expects.
func (l *Lane) judge(shard int, v *view) error {
	switch {
	case v.epoch != l.epochs[shard]:
		return ErrFenced
	case v.mark == nil:
		return ErrRolledBack
	case v.mark.offset < l.marks[shard]:
		return ErrRolledBack
	default:
		// Beyond what is expected: this lane's own commit whose answer was lost.
		l.marks[shard] = v.mark.offset
		return nil
	}
}

// fold applies the shard's share of the batch to the cached customers and
// collects what is to be written.
func (c *chain) fold(sh *shard, valuation *clv.Valuation, firedMicros int64) writes {
	w := newWrites(len(c.lane.grouped[sh.index]))
	applied := c.lane.marks[sh.index]
	for _, i := range c.lane.grouped[sh.index] {
		work := &c.batch.Work[i]
		if work.Offset < applied {
			continue
		}
		refused := work.Refused
		if refused == nil {
			refused = c.apply(&w, work, sh.cache[work.Event.CustomerID], valuation, firedMicros)
		}
		if refused != nil {
			w.items = append(w.items, layout.Item{Offset: work.Offset, TraceParent: work.TraceParent, DeadLetter: c.batch.DeadLetter(work, refused)})
		}
	}
	return w
}

// apply takes one event into its customer. What was due before it is fired first,
// and what the shard's due times have passed meanwhile right after it, in the
// same commit: so no due time of the shard is ever before those that were fired.
func (c *chain) apply(w *writes, work *Work, customer *clv.Customer, valuation *clv.Valuation, firedMicros int64) *history.Refusal {
	event, model := work.Event, customer.Value.ModelVersion
	announce := func(change clv.Change) {
		ahead := change.Cause.Kind == history.TimePassed && change.Cause.AtMicros > firedMicros
		w.items = append(w.items, layout.Item{Offset: work.Offset, Ahead: ahead, TraceParent: work.TraceParent, Change: &change})
		w.changes++
	}
	met := w.meet(event.CustomerID, customer, &valuation.Rules)
	did := customer.Advance(event.CustomerID, clv.Occasion{Event: event, UntilMicros: firedMicros}, valuation, announce)
	if did.Refused == nil {
		w.applied++
	}
	if did.Changed {
		w.touch(&met)
		w.revalued(model, customer.Value.ModelVersion)
	}
	return did.Refused
}

// count adds what was written to the commit's result, once it is.
func (c *chain) count(w *writes) {
	c.result.Applied += w.applied
	c.result.Changes += w.changes
	for i := range w.items {
		if letter := w.items[i].DeadLetter; letter != nil {
			c.result.DeadLetters[letter.Reason]++
		}
	}
}
