package state

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state/layout"
)

// Errors that end a claim. Its owner claims again, or leaves the partition to
// whoever holds it now.
var (
	ErrFenced     = errors.New("another consumer has claimed the partition")
	ErrRolledBack = errors.New("the state was restored from an older copy, or lost its last writes")
)

// Work is one event of a batch's record to apply, or a refusal of what could
// not be decoded.
type Work struct {
	Offset      int64
	Part        int32 // of the record, from 0: one may be several events, which are applied together
	Shard       int   // of the customer, of the order if there is none; any, but always the same, for a refused record
	Event       *history.Event
	IndexOnly   bool             // Event is an order for the index of orders alone: its customer's shard has it too
	Refused     *history.Refusal // instead of Event
	TraceParent string
}

// Batch is consecutive records of one partition.
type Batch struct {
	UpTo int64 // the offset after the last of them, records without work included
	Work []Work
	// DeadLetter gives the whole record of a refused piece of work.
	DeadLetter func(*Work, *history.Refusal) *layout.DeadLetter
	// Unmatched gives the dead letter of an event of before that never met its order.
	Unmatched func(*history.Waiting) *layout.DeadLetter
	// Reroute gives an event whose customer was found in the index of orders to the customer.
	Reroute func(*history.Event) *layout.Rerouted
}

// Result counts what a commit did.
type Result struct {
	Applied     int     // events taken into histories, repeated ones included
	Changes     int     // changes put into outboxes
	Rerouted    Counted // events put into outboxes, for the customers of their orders
	DeadLetters map[history.RefusalReason]int
	// Late are events whose shard had fired an instant that is not before theirs: due times
	// did not wait for them.
	Late Counted
}

// Commit applies a batch, shard by shard, each in one optimistic transaction
// that holds states, changes, dead letters and the mark. It returns when every
// shard with work has applied it, retrying whatever may pass (Redis away,
// failing over, full, a conflict, a full outbox) until ctx is done. Work that a
// shard has applied already is passed over.
func (c *Claim) Commit(ctx context.Context, b *Batch) (Result, error) {
	for i := range c.grouped {
		c.grouped[i] = c.grouped[i][:0]
	}
	for i := range b.Work {
		c.grouped[b.Work[i].Shard] = append(c.grouped[b.Work[i].Shard], i)
	}
	var queue []int
	for shard, work := range c.grouped {
		if len(work) > 0 {
			queue = append(queue, shard)
		}
	}
	return c.run(ctx, b, queue)
}

// Advance moves the marks of all shards up to an offset before which the claim
// has committed everything, so that a shard without customers in the partition
// does not hold back where it resumes.
func (c *Claim) Advance(ctx context.Context, upTo int64) error {
	for i := range c.grouped {
		c.grouped[i] = c.grouped[i][:0]
	}
	var queue []int
	for shard, offset := range c.marks {
		if offset < upTo {
			queue = append(queue, shard)
		}
	}
	_, err := c.run(ctx, &Batch{UpTo: upTo}, queue)
	return err
}

// run divides the queued shards among chains: one computes while another waits for
// Redis. It returns when all have ended. What no retry heals ends the others after
// the shard that they are at.
func (c *Claim) run(ctx context.Context, b *Batch, queue []int) (Result, error) {
	c.commits++
	defer c.retryingSince.Store(0)
	chains := c.begin(b, len(queue))
	defer c.store.beside.Release(int64(len(chains) - 1))
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
	for _, chain := range chains {
		result.add(&chain.result)
	}
	if err := cmp.Or(failed...); err != nil {
		return result, fmt.Errorf("commit %s: %w", c.source, err)
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
	// chainsPerCommit is how many shards of a claim are committed at once.
	chainsPerCommit = 4
	// chainsBeside bounds the chains of all claims beside the first of each, so that
	// many partitions do not use up the client's connections.
	chainsBeside = 24
)

// begin readies chains for a commit of so many shards.
func (c *Claim) begin(b *Batch, shards int) []*chain {
	n := 1
	for n < min(shards, chainsPerCommit) && c.store.beside.TryAcquire(1) {
		n++
	}
	for len(c.chains) < n {
		c.chains = append(c.chains, &chain{claim: c})
	}
	for _, chain := range c.chains[:n] {
		chain.batch, chain.commit = b, c.name+"-"+strconv.FormatUint(c.commits, 36)
		chain.result, chain.unsure = Result{DeadLetters: map[history.RefusalReason]int{}}, nil
	}
	return c.chains[:n]
}

func (r *Result) add(other *Result) {
	r.Applied += other.Applied
	r.Changes += other.Changes
	r.Rerouted.join(other.Rerouted)
	r.Late.join(other.Late)
	for reason, letters := range other.DeadLetters {
		r.DeadLetters[reason] += letters
	}
}
