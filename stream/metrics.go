package stream

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/fetch"
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
		metric.WithDescription("Events folded into histories, including repeated ones."))
	changesDecided, _ = meter.Int64Counter("clvstream.changes.decided", metric.WithUnit("{change}"),
		metric.WithDescription("Changes written to outboxes."))
	deadLetters, _ = meter.Int64Counter("clvstream.dead_letters", metric.WithUnit("{record}"),
		metric.WithDescription("Records of an input topic that could not be used, by reason."))
	eventsRerouted, _ = meter.Int64Counter("clvstream.events.rerouted", metric.WithUnit("{event}"),
		metric.WithDescription("Events without a customer whose order, and with it their customer, is known."))
	recordsLeftOut, _ = meter.Int64Counter("clvstream.records.left_out", metric.WithUnit("{record}"),
		metric.WithDescription("Records of an input topic, or elements of their batches, that became no event by a rule of a mapping, by its reason."))
	eventsLate, _ = meter.Int64Counter("clvstream.events.late", metric.WithUnit("{event}"),
		metric.WithDescription("Events that came after due times which should have waited for them."))
	eventsLateness, _ = meter.Float64Histogram("clvstream.events.lateness", metric.WithUnit("s"),
		metric.WithDescription("How late the latest of a commit's late events came: awake.grace would have to be as long."),
		metric.WithExplicitBucketBoundaries(1, 10, 60, 600, 3600, 6*3600, 86400, 2*86400, 7*86400, 30*86400, 90*86400))
	fenced, _ = meter.Int64Counter("clvstream.fenced", metric.WithUnit("{lane}"),
		metric.WithDescription("Lanes that another owner fenced while this process still held them, by role."))
	rollbacks, _ = meter.Int64Counter("clvstream.rollbacks", metric.WithUnit("{rollback}"),
		metric.WithDescription("Times that Redis was found restored from an older copy, and the log was replayed."))
	fetchRetries, _ = meter.Int64Counter("clvstream.fetch.retries", metric.WithUnit("{retry}"),
		metric.WithDescription("Fetches retried, by reason."))
	joinRetries, _ = meter.Int64Counter("clvstream.join.retries", metric.WithUnit("{retry}"),
		metric.WithDescription("Failed attempts to join the input group."))
	lagRecords, _ = meter.Int64ObservableGauge("clvstream.lag.records", metric.WithUnit("{record}"),
		metric.WithDescription("Records of an input partition that are not applied yet."))
	lagSeconds, _ = meter.Float64ObservableGauge("clvstream.lag.seconds", metric.WithUnit("s"),
		metric.WithDescription("Age of the newest applied record of an input partition while others wait, else 0."))

	heldRecords, _ = meter.Int64ObservableGauge("clvstream.held.records", metric.WithUnit("{record}"),
		metric.WithDescription("Records of an input partition behind an open transaction, which are not in clvstream.lag.records."))
	heldSeconds, _ = meter.Float64ObservableGauge("clvstream.held", metric.WithUnit("s"),
		metric.WithDescription("For how long the same open transaction has held records of an input partition back, else 0."))

	unlocatedWaiting, _ = meter.Int64ObservableGauge("clvstream.unlocated.waiting", metric.WithUnit("{event}"),
		metric.WithDescription("Events without a customer that wait for their order."))

	dueBehind, _ = meter.Float64ObservableGauge("clvstream.due.behind", metric.WithUnit("s"),
		metric.WithDescription("How long the earliest due time of a lane has been waiting, in stream time."))

	audiencePublished, _ = meter.Int64Counter("clvstream.audience.published", metric.WithUnit("{record}"),
		metric.WithDescription("Changes published to an audience's topic, by audience. They are not in clvstream.published."))
	audienceFailed, _ = meter.Int64Counter("clvstream.audience.failures", metric.WithUnit("{change}"),
		metric.WithDescription("Changes that an audience did not get because its filter failed, by audience."))
	outboxDepth, _ = meter.Int64ObservableGauge("clvstream.outbox.depth", metric.WithUnit("{entry}"),
		metric.WithDescription("Commits in a lane's outboxes."))
	outboxOldest, _ = meter.Float64ObservableGauge("clvstream.outbox.oldest", metric.WithUnit("s"),
		metric.WithDescription("Age of the oldest commit that is not published, of all lanes, also while no publisher is at work."))
	outboxAge, _ = meter.Float64ObservableGauge("clvstream.outbox.age", metric.WithUnit("s"),
		metric.WithDescription("Age of the oldest commit that a lane has not published."))
)

func countFetchRetry(_ cluster.Partition, reason fetch.RetryReason, _ error) {
	fetchRetries.Add(context.Background(), 1, metric.WithAttributes(attribute.String("reason", string(reason))))
}

func countJoinRetry(ctx context.Context) { joinRetries.Add(ctx, 1) }

func countRollback(ctx context.Context) { rollbacks.Add(ctx, 1) }

func countFenced(ctx context.Context) {
	fenced.Add(ctx, 1, metric.WithAttributes(attribute.String("role", "consumer")))
}

func countResult(ctx context.Context, topic string, result state.Result) {
	eventsApplied.Add(ctx, int64(result.Applied))
	changesDecided.Add(ctx, int64(result.Changes))
	eventsRerouted.Add(ctx, int64(result.Rerouted.Events))
	for reason, n := range result.DeadLetters {
		deadLetters.Add(ctx, int64(n), metric.WithAttributes(attribute.String("input", topic), attribute.String("reason", reason.String())))
	}
}

func countLate(ctx context.Context, events int, by time.Duration) {
	eventsLate.Add(ctx, int64(events))
	eventsLateness.Record(ctx, by.Seconds())
}

// askWithin bounds how long a scrape waits for Redis.
const askWithin = time.Second

// observeConsumer reports the lag of the consumer's tasks until it is undone, and how old is
// what waits for the publishers: they cannot report it when none is at work.
func observeConsumer(c *Consumer) (undo func()) {
	registration, err := meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		ctx, cancel := context.WithTimeout(ctx, askWithin)
		defer cancel()
		if oldest, err := c.config.Store.OldestWaiting(ctx); err == nil { // else readiness says it
			age := time.Duration(0)
			if !oldest.IsZero() {
				age = max(0, time.Since(oldest))
			}
			o.ObserveFloat64(outboxOldest, age.Seconds())
		}
		c.observeUnlocated(ctx, o)
		c.mu.Lock()
		defer c.mu.Unlock()
		now := time.Now()
		for partition, t := range c.tasks {
			records, age := t.lag(now)
			label := metric.WithAttributes(attribute.String("partition", partition.String()))
			o.ObserveInt64(lagRecords, records, label)
			o.ObserveFloat64(lagSeconds, age.Seconds(), label)
			held, since := t.held(now)
			o.ObserveInt64(heldRecords, held, label)
			o.ObserveFloat64(heldSeconds, since.Seconds(), label)
		}
		return nil
	}, lagRecords, lagSeconds, heldRecords, heldSeconds, outboxOldest, unlocatedWaiting)
	if err != nil {
		return func() {}
	}
	return func() { _ = registration.Unregister() }
}

// observeUnlocated reports what waits in the index of orders; 0 where there is none.
func (c *Consumer) observeUnlocated(ctx context.Context, o metric.Observer) {
	if c.config.Repartition == "" {
		o.ObserveInt64(unlocatedWaiting, 0)
	} else if n, err := c.config.Store.CountUnlocated(ctx); err == nil {
		o.ObserveInt64(unlocatedWaiting, int64(n))
	}
}

// observePublisher reports what waits in the publisher's lanes until it is
// undone.
func observePublisher(p *Publisher) (undo func()) {
	registration, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		for id, l := range p.running {
			label := metric.WithAttributes(attribute.Int("lane", int(id)))
			entries, age := l.relay.Waiting(time.Now())
			o.ObserveInt64(outboxDepth, entries, label)
			o.ObserveFloat64(outboxAge, age.Seconds(), label)
			if l.due.Fires() {
				o.ObserveFloat64(dueBehind, l.due.Behind().Seconds(), label)
			}
		}
		return nil
	}, outboxDepth, outboxAge, dueBehind)
	if err != nil {
		return func() {}
	}
	return func() { _ = registration.Unregister() }
}
