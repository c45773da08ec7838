package stream

import (
	"context"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/deadletter"
	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/fetch"
)

// apply decodes a batch and commits it, in as many parts as the other tasks'
// event times ask for. It ends early when ctx is done while it waits for them.
func (t *task) apply(ctx, commitCtx context.Context, claim *state.Claim, batch *fetch.Batch) error {
	commitCtx, end := t.trace(commitCtx, batch)
	defer end()
	t.decode(batch)
	for rest := t.work; ; {
		n, err := t.align.admit(ctx, rest, t.turn)
		if err != nil || n == 0 && len(rest) > 0 {
			return err
		}
		part := state.Batch{Work: rest[:n], UpTo: batch.NextOffset, DeadLetter: func(work *state.Work, refused *history.Refusal) *layout.DeadLetter {
			return deadletter.New(&batch.Records[t.recordOf(work)], refused)
		}, Unmatched: func(w *history.Waiting) *layout.DeadLetter {
			return deadletter.Unmatched(w, t.consumer.config.Rules.Rates.Business())
		}}
		if rest = rest[n:]; len(rest) > 0 {
			part.UpTo = rest[0].Offset
		}
		if err := t.commit(commitCtx, claim, &part); err != nil {
			return err
		}
		if len(rest) == 0 {
			break
		}
	}
	if n := len(batch.Records); n > 0 {
		t.newest.Store(batch.Records[n-1].TimestampMillis)
	}
	return nil
}

// commit applies one part of a batch.
func (t *task) commit(ctx context.Context, claim *state.Claim, part *state.Batch) error {
	result, err := claim.Commit(ctx, part)
	countResult(ctx, t.partition.Topic, result)
	t.late.note(ctx, result.Late, t.align.come())
	if err != nil {
		return err
	}
	t.committed = true
	t.position.Store(part.UpTo)
	if time.Since(t.checked) > checkEvery {
		if err := t.check(ctx, claim); err != nil {
			return err
		}
	}
	t.align.follow(ctx)
	return nil
}

// decode turns a batch's records into work, one for one.
func (t *task) decode(batch *fetch.Batch) {
	shards := t.consumer.config.Store.Shards()
	if cap(t.events) < len(batch.Records) {
		t.events = make([]history.Event, len(batch.Records))
	}
	t.events = t.events[:len(batch.Records)]
	t.work = t.work[:0]
	for i := range batch.Records {
		record := &batch.Records[i]
		event, traceparent, refused := t.decoder.Decode(record)
		work := state.Work{Offset: record.Offset, Refused: refused, TraceParent: string(traceparent)}
		if refused != nil {
			work.Shard = t.shardOfRefused(record, shards)
		} else {
			t.events[i] = event
			work.Event = &t.events[i]
			work.Shard = state.Shard(event.CustomerID, shards)
		}
		t.work = append(t.work, work)
	}
}

// shardOfRefused keeps the dead letters of one key in one shard, so that they
// are published in order.
func (t *task) shardOfRefused(record *event.Record, shards int) int {
	if record.Key != nil {
		return state.Shard(string(record.Key), shards)
	}
	return int(t.partition.ID) % shards
}

// recordOf finds the record of a piece of work: both have the same index.
func (t *task) recordOf(work *state.Work) int {
	low, high := 0, len(t.work)
	for low < high {
		if middle := (low + high) / 2; t.work[middle].Offset < work.Offset {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}
