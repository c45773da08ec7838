package stream

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/clvstream/clvstream/state"
)

// traceparentHeader carries the W3C trace context.
const traceparentHeader = "traceparent"

const scope = "github.com/clvstream/clvstream/stream"

var (
	meter  = otel.Meter(scope)
	tracer = otel.Tracer(scope)
)

// The instruments. Every label is from a closed set, except the names of
// partitions, lanes and audiences, of which there are as many as were configured.
var (
	eventsApplied, _ = meter.Int64Counter("clvstream.events.applied", metric.WithUnit("{event}"),
		metric.WithDescription("Events taken into histories, repeated ones included."))
	changesDecided, _ = meter.Int64Counter("clvstream.changes.decided", metric.WithUnit("{change}"),
		metric.WithDescription("Changes put into outboxes."))
	deadLetters, _ = meter.Int64Counter("clvstream.dead_letters", metric.WithUnit("{record}"),
		metric.WithDescription("Records that could not be used, by reason."))
	fenced, _ = meter.Int64Counter("clvstream.fenced", metric.WithUnit("{lane}"),
		metric.WithDescription("Lanes that another owner took over while this process still held them, by role."))
	rollbacks, _ = meter.Int64Counter("clvstream.rollbacks", metric.WithUnit("{rollback}"),
		metric.WithDescription("Times that a lane found Redis back at an earlier state and read the log again."))
	fetchRetries, _ = meter.Int64Counter("clvstream.fetch.retries", metric.WithUnit("{retry}"),
		metric.WithDescription("Fetches tried again, by reason."))
	joinRetries, _ = meter.Int64Counter("clvstream.join.retries", metric.WithUnit("{retry}"),
		metric.WithDescription("Attempts to join the input group that failed."))
	lagRecords, _ = meter.Int64ObservableGauge("clvstream.lag.records", metric.WithUnit("{record}"),
		metric.WithDescription("Records of an input partition that are not applied yet."))
	lagSeconds, _ = meter.Float64ObservableGauge("clvstream.lag.seconds", metric.WithUnit("s"),
		metric.WithDescription("Age of the newest applied record of an input partition while others wait."))

	dueFired, _ = meter.Int64Counter("clvstream.due.fired", metric.WithUnit("{customer}"),
		metric.WithDescription("Customers looked at because they were due."))
	dueChanges, _ = meter.Int64Counter("clvstream.due.changes", metric.WithUnit("{change}"),
		metric.WithDescription("Changes that came of it."))
	dueConflicts, _ = meter.Int64Counter("clvstream.due.conflicts", metric.WithUnit("{conflict}"),
		metric.WithDescription("Firings that another writer of the shard beat, and that were tried again."))
	dueBehind, _ = meter.Float64ObservableGauge("clvstream.due.behind", metric.WithUnit("s"),
		metric.WithDescription("How long the earliest due time of a lane has been waiting, in stream time."))

	published, _ = meter.Int64Counter("clvstream.published", metric.WithUnit("{record}"),
		metric.WithDescription("Records published in committed transactions, by topic role."))
	audiencePublished, _ = meter.Int64Counter("clvstream.audience.published", metric.WithUnit("{record}"),
		metric.WithDescription("Changes published to an audience's topic, by audience."))
	audienceFailed, _ = meter.Int64Counter("clvstream.audience.failures", metric.WithUnit("{change}"),
		metric.WithDescription("Changes at which an audience's filter failed, which hold them back from it, by audience."))
	skipped, _ = meter.Int64Counter("clvstream.skipped", metric.WithUnit("{item}"),
		metric.WithDescription("Outbox items found to be published already, after a crash or a rollback."))
	transactionSeconds, _ = meter.Float64Histogram("clvstream.transaction.duration", metric.WithUnit("s"),
		metric.WithDescription("Time from the beginning of a transaction to its commit."),
		metric.WithExplicitBucketBoundaries(.0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5))
	laneRestarts, _ = meter.Int64Counter("clvstream.lane.restarts", metric.WithUnit("{restart}"),
		metric.WithDescription("Times that a publisher's lane began again after an error."))
	hangingTransactions, _ = meter.Int64Counter("clvstream.hanging_transactions", metric.WithUnit("{transaction}"),
		metric.WithDescription("Transactions that the cluster had left open and a lane's owner ended, by outcome."))
	outboxDepth, _ = meter.Int64ObservableGauge("clvstream.outbox.depth", metric.WithUnit("{entry}"),
		metric.WithDescription("Commits that wait in a lane's outboxes."))
	outboxAge, _ = meter.Float64ObservableGauge("clvstream.outbox.age", metric.WithUnit("s"),
		metric.WithDescription("Age of the oldest commit that a lane has not published."))
)

func countFetchRetry(_ Partition, reason RetryReason, _ error) {
	fetchRetries.Add(context.Background(), 1, metric.WithAttributes(attribute.String("reason", string(reason))))
}

func countJoinRetry(ctx context.Context) { joinRetries.Add(ctx, 1) }

func countRollback(ctx context.Context) { rollbacks.Add(ctx, 1) }

func countFenced(ctx context.Context, role string) {
	fenced.Add(ctx, 1, metric.WithAttributes(attribute.String("role", role)))
}

func countHanging(ctx context.Context, v verdict) {
	hangingTransactions.Add(ctx, 1, metric.WithAttributes(attribute.String("outcome", v.outcome())))
}

func countFired(ctx context.Context, fired state.Fired) {
	dueFired.Add(ctx, int64(fired.Customers))
	dueChanges.Add(ctx, int64(fired.Changes))
}

func countFireConflict(ctx context.Context) { dueConflicts.Add(ctx, 1) }

func countResult(ctx context.Context, result state.Result) {
	eventsApplied.Add(ctx, int64(result.Applied))
	changesDecided.Add(ctx, int64(result.Changes))
	for reason, n := range result.DeadLetters {
		deadLetters.Add(ctx, int64(n), metric.WithAttributes(attribute.String("reason", reason.String())))
	}
}

// observeConsumer reports the lag of the consumer's lanes until it is undone.
func observeConsumer(c *Consumer) (undo func()) {
	registration, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		for partition, l := range c.lanes {
			records, age := l.lag(time.Now())
			label := metric.WithAttributes(attribute.String("partition", partition.String()))
			o.ObserveInt64(lagRecords, records, label)
			o.ObserveFloat64(lagSeconds, age.Seconds(), label)
		}
		return nil
	}, lagRecords, lagSeconds)
	if err != nil {
		return func() {}
	}
	return func() { _ = registration.Unregister() }
}
