package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state"
)

// lane brings one partition's records into the state, in partition order:
//
//	claim ──► read from the lowest mark ──► decode ──► commit shard by shard ──► …
//
// The state says where it begins, and each commit moves the marks there.
type lane struct {
	consumer  *Consumer
	partition Partition
	bounds    Bounds
	known     bool // the partition's bounds were found
	committed bool // the group has committed offsets of it
	decoder   *Decoder
	align     *aligner
	work      []state.Work
	events    []history.Event

	claim    atomic.Pointer[state.Lane]
	reader   atomic.Pointer[PartitionReader]
	position atomic.Int64 // the offset up to which records are applied
	newest   atomic.Int64 // timestamp of the last record applied, milliseconds
	turned   atomic.Int64 // when the loop last turned, Unix nanoseconds
	failing  atomic.Int64 // since when claiming has been failing, Unix nanoseconds; 0: it is not
}

func newLane(c *Consumer, partition Partition, bounds map[Partition]Bounds, committed bool) *lane {
	l := &lane{consumer: c, partition: partition, committed: committed, decoder: NewDecoder(c.config.Rules)}
	l.bounds, l.known = bounds[partition]
	l.align = newAligner(c.config.Store, l.source(), bounds, int32(c.config.Valuation.Rules.LatenessDays))
	l.turned.Store(time.Now().UnixNano())
	return l
}

// run serves the partition until ctx is done or it is fenced. An error is for an
// operator to decide about; the consumer stops with it.
func (l *lane) run(ctx context.Context) error {
	if !l.known {
		return nil // the partition is newer than its bounds: the next generation has it
	}
	for ctx.Err() == nil {
		err := l.serve(ctx)
		switch {
		case err == nil, ctx.Err() != nil:
			return nil //nolint:nilerr // the lane ends: what is wrong is found again by whoever has the partition next
		case errors.Is(err, state.ErrRolledBack):
			countRollback(ctx)
			slog.WarnContext(ctx, "Redis went back in time: reading again from its marks", "partition", l.partition.String())
		case errors.Is(err, state.ErrFenced):
			countFenced(ctx, "consumer")
			slog.WarnContext(ctx, "fenced: another consumer has the partition", "partition", l.partition.String())
			return nil
		default:
			return fmt.Errorf("partition %s: %w", l.partition, err)
		}
	}
	return nil
}

// serve claims the partition and applies what comes, until an error.
func (l *lane) serve(ctx context.Context) error {
	claim, err := l.take(ctx)
	if err != nil || claim == nil {
		return err
	}
	l.claim.Store(claim)
	if claim.Resume() < l.bounds.LastStableOffset {
		l.align.begin(ctx)
	}
	reader, err := l.consumer.fetcher.Assign(l.partition, claim.Resume())
	if err != nil {
		return err
	}
	defer reader.Drop()
	l.reader.Store(reader)
	l.position.Store(claim.Resume())
	return l.loop(ctx, claim, reader)
}

func (l *lane) source() state.Source {
	return state.Source{Topic: l.partition.Topic, Partition: l.partition.ID, TopicID: l.bounds.TopicID}
}

// take claims the partition, as often as Redis and Kafka need to answer, and
// checks that the log still holds what the state asks for.
func (l *lane) take(ctx context.Context) (*state.Lane, error) {
	defer l.failing.Store(0)
	for attempt := 0; ctx.Err() == nil; attempt++ {
		claim, err := l.claimOnce(ctx)
		if err == nil || needsOperator(err) || errors.Is(err, state.ErrFenced) {
			return claim, err
		}
		l.turn()
		l.failing.CompareAndSwap(0, time.Now().UnixNano())
		slog.WarnContext(ctx, "claiming is tried again", "partition", l.partition.String(), "error", err)
		wait(ctx, backoff(attempt))
	}
	return nil, nil
}

func (l *lane) claimOnce(ctx context.Context) (*state.Lane, error) {
	start := state.Start{LogStart: l.bounds.LogStartOffset, Committed: l.committed, Rebuild: l.consumer.config.Rebuild}
	claim, err := l.consumer.config.Store.Claim(ctx, l.source(), start, &l.consumer.config.Valuation)
	if err != nil {
		return nil, err
	}
	return claim, l.guard(ctx, claim.Resume())
}

// needsOperator tells what no retry heals.
func needsOperator(err error) bool {
	var gone *OffsetOutOfRangeError
	return errors.Is(err, state.ErrStateLost) || errors.Is(err, state.ErrTopicRecreated) || errors.As(err, &gone)
}

// guard refuses to begin at an offset that the log does not have. The bounds may
// be older than the marks, so they are asked for again before it refuses.
func (l *lane) guard(ctx context.Context, resume int64) error {
	if l.bounds.holds(resume) {
		return nil
	}
	bounds, err := PartitionBounds(ctx, kadm.NewClient(l.consumer.cluster), l.partition.Topic)
	if err != nil {
		return fmt.Errorf("compare the state's mark with the log: %w", err)
	}
	if l.bounds = bounds[l.partition]; l.bounds.holds(resume) {
		return nil
	}
	return &OffsetOutOfRangeError{
		Partition: l.partition, Asked: resume,
		LogStartOffset: l.bounds.LogStartOffset, HighWatermark: l.bounds.HighWatermark,
	}
}

// holds says whether an offset can be read from.
func (b Bounds) holds(offset int64) bool {
	return offset >= b.LogStartOffset && offset <= b.HighWatermark
}

func (l *lane) loop(ctx context.Context, claim *state.Lane, reader *PartitionReader) error {
	commitCtx, cancel := outlive(ctx, l.consumer.config.CommitGrace)
	defer cancel()
	// The tick also finds a fence or a rollback while nothing comes in.
	tick := time.NewTicker(l.consumer.config.AdvanceEvery)
	defer tick.Stop()
	idle := time.NewTimer(idleBeforeAdvance)
	defer idle.Stop()
	for {
		l.turn()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := l.follow(commitCtx, claim); err != nil {
				return err
			}
		case <-idle.C:
			idle.Reset(idleBeforeAdvance)
			if l.caughtUp(reader) {
				l.align.rest(commitCtx)
			} else { // the broker is slow, or a transaction is open
				l.align.follow(commitCtx)
			}
			if err := claim.Advance(commitCtx, l.position.Load()); err != nil {
				return err
			}
		case <-reader.Ready():
			batch, ok, err := reader.Take()
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			began := time.Now()
			if err := l.apply(ctx, commitCtx, claim, &batch); err != nil {
				return err
			}
			if batch.AtEnd() {
				wait(ctx, min(time.Since(began), longestGathering))
			}
			idle.Reset(idleBeforeAdvance)
		}
	}
}

// caughtUp says whether nothing waits in the partition, as far as it is known.
// Records of a transaction that is still open wait, too.
func (l *lane) caughtUp(reader *PartitionReader) bool {
	bounds, ok := reader.Bounds()
	return ok && l.position.Load() >= bounds.HighWatermark
}

// longestGathering bounds for how long a lane lets events gather after a commit. It
// does for as long as that took, unless more are waiting in Kafka than were fetched: so
// commits grow with the load instead of multiplying, as each costs Redis as much with one
// event of a shard in it as with ten.
const longestGathering = 50 * time.Millisecond

// follow moves idle shards' marks and looks whether the claim still holds.
func (l *lane) follow(ctx context.Context, claim *state.Lane) error {
	if err := claim.Advance(ctx, l.position.Load()); err != nil {
		return err
	}
	return claim.Check(ctx)
}

// idleBeforeAdvance is how long a partition is quiet before its idle shards'
// marks follow (lag is then seen to be 0 at once), and how often it is looked at
// while it stays so.
const idleBeforeAdvance = 100 * time.Millisecond

// outlive is a context for what is under way when ctx ends: it ends a while after
// it.
func outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return longer, func() { stop(); cancel() }
}

// apply decodes a batch and commits it, in as many parts as the other lanes'
// event times ask for. It ends early when ctx is done while it waits for them.
func (l *lane) apply(ctx, commitCtx context.Context, claim *state.Lane, batch *Batch) error {
	commitCtx, end := l.trace(commitCtx, batch)
	defer end()
	l.decode(batch)
	for rest := l.work; ; {
		n := l.align.admit(ctx, rest, l.turn)
		if n == 0 && len(rest) > 0 {
			return nil
		}
		part := state.Batch{Work: rest[:n], UpTo: batch.NextOffset, DeadLetter: func(work *state.Work, refused *history.Refusal) *state.DeadLetter {
			return deadLetter(&batch.Records[l.recordOf(work)], refused)
		}}
		if rest = rest[n:]; len(rest) > 0 {
			part.UpTo = rest[0].Offset
		}
		if err := l.commit(commitCtx, claim, &part); err != nil {
			return err
		}
		if len(rest) == 0 {
			break
		}
	}
	if n := len(batch.Records); n > 0 {
		l.newest.Store(batch.Records[n-1].TimestampMillis)
	}
	return nil
}

// commit applies one part of a batch.
func (l *lane) commit(ctx context.Context, claim *state.Lane, part *state.Batch) error {
	result, err := claim.Commit(ctx, part)
	countResult(ctx, result)
	if err != nil {
		return err
	}
	l.committed = true
	l.position.Store(part.UpTo)
	l.align.follow(ctx)
	return nil
}

// decode turns a batch's records into work, one for one.
func (l *lane) decode(batch *Batch) {
	shards := l.consumer.config.Store.Shards()
	if cap(l.events) < len(batch.Records) {
		l.events = make([]history.Event, len(batch.Records))
	}
	l.events = l.events[:len(batch.Records)]
	l.work = l.work[:0]
	for i := range batch.Records {
		record := &batch.Records[i]
		event, traceparent, refused := l.decoder.Decode(record)
		work := state.Work{Offset: record.Offset, Refused: refused, TraceParent: string(traceparent)}
		if refused != nil {
			work.Shard = l.shardOfRefused(record, shards)
		} else {
			l.events[i] = event
			work.Event = &l.events[i]
			work.Shard = state.Shard(event.CustomerID, shards)
		}
		l.work = append(l.work, work)
	}
}

// shardOfRefused keeps the dead letters of one key in one shard, so that they
// are published in order.
func (l *lane) shardOfRefused(record *Record, shards int) int {
	if record.Key != nil {
		return state.Shard(string(record.Key), shards)
	}
	return int(l.partition.ID) % shards
}

// recordOf finds the record of a piece of work: both have the same index.
func (l *lane) recordOf(work *state.Work) int {
	low, high := 0, len(l.work)
	for low < high {
		if middle := (low + high) / 2; l.work[middle].Offset < work.Offset {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

func deadLetter(record *Record, refused *history.Refusal) *state.DeadLetter {
	letter := &state.DeadLetter{
		Reason:          refused.Reason,
		Detail:          refused.Detail,
		TimestampMillis: record.TimestampMillis,
		Key:             record.Key,
		Value:           record.Value,
		KeyNull:         record.Key == nil,
		ValueNull:       record.Value == nil,
	}
	for _, h := range record.Headers {
		letter.Headers = append(letter.Headers, state.Header{Key: string(h.Key), Value: h.Value})
	}
	return letter
}

func (l *lane) turn() { l.turned.Store(time.Now().UnixNano()) }

// retryingFor is for how long the claim or the commit under way has been failing.
func (l *lane) retryingFor(now time.Time) time.Duration {
	if since := l.failing.Load(); since != 0 {
		return now.Sub(time.Unix(0, since))
	}
	if claim := l.claim.Load(); claim != nil {
		return claim.RetryingFor(now)
	}
	return 0
}

// lag is how many records the partition has that are not applied, and how old
// the last applied one is while there are any.
func (l *lane) lag(now time.Time) (records int64, age time.Duration) {
	reader := l.reader.Load()
	if reader == nil {
		return 0, 0
	}
	bounds, ok := reader.Bounds()
	if !ok {
		return 0, 0
	}
	records = max(0, bounds.LastStableOffset-l.position.Load())
	if newest := l.newest.Load(); records > 0 && newest > 0 {
		age = max(0, now.Sub(time.UnixMilli(newest)))
	}
	return records, age
}
