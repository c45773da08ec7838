package stream

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/fetch"
	"github.com/clvstream/clvstream/stream/mapping"
)

// task brings one partition's records into the state, in partition order:
//
//	claim ──► read from the lowest mark ──► decode ──► commit shard by shard ──► …
//
// The state says where it begins, and each commit moves the marks there.
type task struct {
	consumer  *Consumer
	partition cluster.Partition
	bounds    cluster.Bounds
	known     bool // the partition's bounds were found
	committed bool // the group has committed offsets of it
	decoder   *mapping.Decoder
	align     *aligner
	late      lateness
	work      []state.Work
	events    []history.Event

	checked    time.Time  // when all shards' marks were last compared
	standstill standstill // of the partition's last stable offset; the metrics' own

	claim    atomic.Pointer[state.Claim]
	reader   atomic.Pointer[fetch.Reader]
	position atomic.Int64 // the offset up to which records are applied
	newest   atomic.Int64 // timestamp of the last record applied, milliseconds
	turned   atomic.Int64 // when the loop last turned, Unix nanoseconds
	failing  atomic.Int64 // since when claiming has been failing, Unix nanoseconds; 0: it is not
}

func newTask(c *Consumer, partition cluster.Partition, bounds map[cluster.Partition]cluster.Bounds, committed bool) *task {
	t := &task{consumer: c, partition: partition, committed: committed, decoder: mapping.NewDecoder(c.config.Rules, c.config.Mappings)}
	t.bounds, t.known = bounds[partition]
	flight := newInFlight(c.config.Store, kadm.NewClient(c.client), c.config.Repartition)
	t.align = newAligner(c.config.Store, t.source(), c.aligned(bounds), int32(c.config.Valuation.Rules.LatenessDays), flight)
	t.late = lateness{store: c.config.Store, source: t.source()}
	t.turned.Store(time.Now().UnixNano())
	return t
}

// run serves the partition until ctx is done or it is fenced. An error is for an
// operator to decide about; the consumer stops with it.
func (t *task) run(ctx context.Context) error {
	if !t.known {
		return nil // the partition is newer than its bounds: the next generation has it
	}
	for ctx.Err() == nil {
		err := t.serve(ctx)
		if err == nil || ctx.Err() != nil {
			return nil //nolint:nilerr // the task ends: what is wrong is found again by whoever has the partition next
		}
		switch verdictOf(err) {
		case state.RolledBack:
			countRollback(ctx)
			slog.WarnContext(ctx, "Redis was restored from an older copy: replaying from its watermarks", "partition", t.partition.String())
		case state.Fenced:
			countFenced(ctx)
			slog.WarnContext(ctx, "fenced: another consumer has the partition", "partition", t.partition.String())
			return nil
		default: // what waits was waited for: what comes here is for an operator, or of the log
			return fmt.Errorf("partition %s: %w", t.partition, state.Explain(err))
		}
	}
	return nil
}

// serve claims the partition and applies what comes, until an error.
func (t *task) serve(ctx context.Context) error {
	claim, err := t.take(ctx)
	if err != nil || claim == nil {
		return err
	}
	t.claim.Store(claim)
	reader, err := t.consumer.fetcher.Assign(t.partition, claim.Resume())
	if err != nil {
		return err
	}
	defer reader.Drop()
	t.reader.Store(reader)
	t.position.Store(claim.Resume())
	return t.loop(ctx, claim, reader)
}

func (t *task) loop(ctx context.Context, claim *state.Claim, reader *fetch.Reader) error {
	commitCtx, cancel := cluster.Outlive(ctx, t.consumer.config.CommitGrace)
	defer cancel()
	// The tick also finds a fence or a rollback while nothing comes in.
	tick := time.NewTicker(t.consumer.config.AdvanceEvery)
	defer tick.Stop()
	idle := time.NewTimer(idleBeforeAdvance)
	defer idle.Stop()
	for {
		t.turn()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := t.follow(commitCtx, claim); err != nil {
				return err
			}
		case <-idle.C:
			idle.Reset(idleBeforeAdvance)
			if err := t.pause(commitCtx, claim, t.caughtUp(reader)); err != nil {
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
			if err := t.apply(ctx, commitCtx, claim, &batch); err != nil {
				return err
			}
			if batch.AtEnd() {
				cluster.Wait(ctx, min(time.Since(began), longestGathering))
			}
			idle.Reset(idleBeforeAdvance)
		}
	}
}

// caughtUp says whether nothing waits in the partition, as far as it is known.
// Records of a transaction that is still open wait, too.
func (t *task) caughtUp(reader *fetch.Reader) bool {
	bounds, ok := reader.Bounds()
	return ok && t.position.Load() >= bounds.HighWatermark
}

// longestGathering bounds for how long a task lets events gather after a commit. It
// does for as long as that took, unless more are waiting in Kafka than were fetched: so
// commits grow with the load instead of multiplying, as each costs Redis as much with one
// event of a shard in it as with ten.
const longestGathering = 50 * time.Millisecond

// pause shares the head of a partition in which nothing comes, after the marks of idle
// shards have followed: due times fire by it. That a partition is caught up is said
// after all marks were compared, and with the offset that each shard must have then.
func (t *task) pause(ctx context.Context, claim *state.Claim, caughtUp bool) error {
	if err := claim.Advance(ctx, t.position.Load()); err != nil {
		return err
	}
	if !caughtUp { // the broker is slow, or a transaction is open
		t.align.follow(ctx)
		return nil
	}
	if t.align.shared.Kind != state.HeadIdle {
		if err := t.check(ctx, claim); err != nil {
			return err
		}
	}
	t.align.rest(ctx, claim.Resume())
	return nil
}

// checkEvery bounds for how long a busy task shares its head although a shard that it
// commits nothing to has lost what it had.
const checkEvery = time.Second

// follow moves idle shards' marks and checks whether the claim still holds.
func (t *task) follow(ctx context.Context, claim *state.Claim) error {
	if err := claim.Advance(ctx, t.position.Load()); err != nil {
		return err
	}
	return t.check(ctx, claim)
}

func (t *task) check(ctx context.Context, claim *state.Claim) error {
	t.checked = time.Now()
	return claim.Check(ctx)
}

// idleBeforeAdvance is how long a partition is idle before the watermarks of its idle
// shards advance (so that the lag is 0 at once), and how often it is checked while it
// stays idle.
const idleBeforeAdvance = 100 * time.Millisecond

func (t *task) turn() { t.turned.Store(time.Now().UnixNano()) }

// retryingFor is for how long the claim or the commit under way has been failing.
func (t *task) retryingFor(now time.Time) time.Duration {
	if since := t.failing.Load(); since != 0 {
		return now.Sub(time.Unix(0, since))
	}
	if claim := t.claim.Load(); claim != nil {
		return claim.RetryingFor(now)
	}
	return 0
}

// lag is how many records the partition has that are not applied, and how old
// the last applied one is while there are any.
func (t *task) lag(now time.Time) (records int64, age time.Duration) {
	reader := t.reader.Load()
	if reader == nil {
		return 0, 0
	}
	bounds, ok := reader.Bounds()
	if !ok {
		return 0, 0
	}
	records = max(0, bounds.LastStableOffset-t.position.Load())
	if newest := t.newest.Load(); records > 0 && newest > 0 {
		age = max(0, now.Sub(time.UnixMilli(newest)))
	}
	return records, age
}
