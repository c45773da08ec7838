package stream

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/deadletter"
	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/fetch"
	"github.com/clvstream/clvstream/stream/mapping"
	"github.com/clvstream/clvstream/stream/repartition"
)

// apply decodes a batch and commits it, in as many parts as the other tasks'
// event times ask for. It ends early when ctx is done while it waits for them.
func (t *task) apply(ctx, commitCtx context.Context, claim *state.Claim, batch *fetch.Batch) error {
	commitCtx, end := t.trace(commitCtx, batch)
	defer end()
	if err := t.decodeAll(ctx, batch); err != nil {
		return err
	}
	for rest := t.work; ; {
		n, err := t.align.admit(ctx, rest, t.turn)
		if err != nil || n == 0 && len(rest) > 0 {
			return err
		}
		part := state.Batch{Work: rest[:n], UpTo: batch.NextOffset, DeadLetter: func(work *state.Work, refused *history.Refusal) *layout.DeadLetter {
			record := &batch.Records[recordOf(batch, work)]
			if refused.Reason == history.Erased {
				return deadletter.OfErased(record, refused)
			}
			if work.Event != nil && t.names(t.partition.Topic) && !record.IsCanonical() {
				return deadletter.Rewritten(work.Event, refused, t.consumer.config.Rules.Rates.Business())
			}
			return deadletter.New(record, refused)
		}, Unmatched: func(w *history.Waiting) *layout.DeadLetter {
			return deadletter.Unmatched(w, t.consumer.config.Rules.Rates.Business(), t.names(w.Event.Place.Input))
		}, Reroute: func(e *history.Event) *layout.Rerouted {
			return repartition.New(e, t.consumer.config.Rules.Rates.Business())
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
	if result.Rerouted.Events > 0 {
		t.align.rerouted(ctx, result.Rerouted.EarliestMicros)
	}
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

// registryPoll is how often a schema registry that does not answer is asked again.
const registryPoll = time.Second

// decodeAll decodes a batch, and waits while a schema registry cannot be asked.
func (t *task) decodeAll(ctx context.Context, batch *fetch.Batch) error {
	for said := (time.Time{}); ; {
		err := t.decode(ctx, batch)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Since(said) > stuckAfter {
			said = time.Now()
			slog.WarnContext(ctx, "waiting for the schema registry", "partition", t.partition.String(), "error", err)
		}
		t.turn()
		cluster.Wait(ctx, registryPoll)
	}
}

// decode turns a batch's records into work: one for one, but for those that a mapping reads.
func (t *task) decode(ctx context.Context, batch *fetch.Batch) error {
	shards := t.consumer.config.Store.Shards()
	t.work, t.events = t.work[:0], t.events[:0]
	leftOut := leftOutCounts{}
	for i := range batch.Records {
		record := &batch.Records[i]
		decoded, err := t.decoder.Decode(ctx, t.partition.Topic, t.partition.ID, record)
		if err != nil {
			return err
		}
		leftOut.add(decoded.LeftOut)
		traceparent := string(decoded.TraceParent)
		for o := range decoded.Outcomes {
			outcome := &decoded.Outcomes[o]
			work := state.Work{Offset: record.Offset, Part: outcome.Part, Refused: outcome.Refused, TraceParent: traceparent}
			if outcome.Refused != nil {
				work.Shard = t.shardOfRefused(record, shards)
			} else {
				work.Shard = state.Shard(cmp.Or(outcome.Event.CustomerID, outcome.Event.OrderID), shards)
				t.events = append(t.events, outcome.Event)
			}
			t.work = append(t.work, work)
			if t.indexes(&work, outcome) {
				work.IndexOnly, work.Shard = true, state.Shard(outcome.Event.OrderID, shards)
				t.work = append(t.work, work)
			}
		}
	}
	t.attachEvents()
	leftOut.count(ctx, t.partition.Topic)
	return nil
}

// indexes says whether an event is to be entered into the index of orders, too.
func (t *task) indexes(work *state.Work, outcome *mapping.Outcome) bool {
	return t.consumer.config.Repartition != "" && work.Refused == nil && outcome.Event.Kind == history.OrderPlaced
}

// attachEvents gives each piece of work its event, once no more are added: until then they
// may move. What is for the index of orders has that of the piece before it.
func (t *task) attachEvents() {
	next := 0
	for i := range t.work {
		switch {
		case t.work[i].Refused != nil:
		case t.work[i].IndexOnly:
			t.work[i].Event = &t.events[next-1]
		default:
			t.work[i].Event = &t.events[next]
			next++
		}
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

// recordOf finds the record of a piece of work.
func recordOf(batch *fetch.Batch, work *state.Work) int {
	at, _ := slices.BinarySearchFunc(batch.Records, work.Offset, func(r event.Record, offset int64) int { return cmp.Compare(r.Offset, offset) })
	return at
}

// names says whether a mapping names a topic. Shards that are committed at once ask it at once.
func (t *task) names(topic string) bool { return mapping.Named(t.consumer.config.Mappings, topic) }
