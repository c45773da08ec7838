package relay

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

var meter = otel.Meter("github.com/clvstream/clvstream/stream") // one scope for all of stream

var (
	published, _ = meter.Int64Counter("clvstream.published", metric.WithUnit("{record}"),
		metric.WithDescription("Records published in committed transactions, by topic role."))
	skipped, _ = meter.Int64Counter("clvstream.skipped", metric.WithUnit("{item}"),
		metric.WithDescription("Outbox items skipped because they were published before a crash or a restore of Redis."))
	transactionSeconds, _ = meter.Float64Histogram("clvstream.transaction.duration", metric.WithUnit("s"),
		metric.WithDescription("From the beginning of a transaction to its commit."),
		metric.WithExplicitBucketBoundaries(.0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5))
	laneRestarts, _ = meter.Int64Counter("clvstream.lane.restarts", metric.WithUnit("{restart}"),
		metric.WithDescription("Restarts of a lane after an error."))
	fenced, _ = meter.Int64Counter("clvstream.fenced", metric.WithUnit("{lane}"),
		metric.WithDescription("Lanes that another owner fenced while this process still held them, by role."))
)

func countPublished(ctx context.Context, t *transaction) {
	published.Add(ctx, int64(t.changes), metric.WithAttributes(attribute.String("topic", "changes")))
	published.Add(ctx, int64(t.letters), metric.WithAttributes(attribute.String("topic", "deadletter")))
	skipped.Add(ctx, int64(t.skipped))
}
