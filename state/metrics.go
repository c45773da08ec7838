package state

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/clvstream/clvstream/state/layout"
)

var meter = otel.Meter("github.com/clvstream/clvstream/state")

// The instruments. Names follow OpenTelemetry; Prometheus sees underscores.
var (
	commitSeconds, _ = meter.Float64Histogram("clvstream.commit.duration", metric.WithUnit("s"),
		metric.WithDescription("From opening a shard to the answer of its EXEC."),
		metric.WithExplicitBucketBoundaries(.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5))
	commitRecords, _ = meter.Int64Histogram("clvstream.commit.records", metric.WithUnit("{record}"),
		metric.WithDescription("Records in one shard's commit."),
		metric.WithExplicitBucketBoundaries(0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000))
	commitConflicts, _ = meter.Int64Counter("clvstream.commit.conflicts", metric.WithUnit("{conflict}"),
		metric.WithDescription("Commits retried because another writer of the shard came first."))
	commitRetries, _ = meter.Int64Counter("clvstream.commit.retries", metric.WithUnit("{retry}"),
		metric.WithDescription("Commits retried because Redis did not accept them, or the outbox was full, by cause."))
	refundsExceeding, _ = meter.Int64Counter("clvstream.refunds.exceeding", metric.WithUnit("{event}"),
		metric.WithDescription("Refunds that went beyond what was left of their order, and took only that."))
	customersErased, _ = meter.Int64Counter("clvstream.customers.erased", metric.WithUnit("{customer}"),
		metric.WithDescription("Customers who were erased."))
)

func committed(ctx context.Context, took time.Duration, records int) {
	commitSeconds.Record(ctx, took.Seconds())
	commitRecords.Record(ctx, int64(records))
}

func exceeded(ctx context.Context, events int) {
	if events > 0 {
		refundsExceeding.Add(ctx, int64(events))
	}
}

func erased(ctx context.Context, customers int) {
	if customers > 0 {
		customersErased.Add(ctx, int64(customers))
	}
}

func conflicts(ctx context.Context) { commitConflicts.Add(ctx, 1) }

// retried counts and logs a failed attempt, which the loop retries by itself.
func retried(ctx context.Context, source layout.Source, cause string, err error) {
	commitRetries.Add(ctx, 1, metric.WithAttributes(attribute.String("cause", cause)))
	slog.WarnContext(ctx, "commit is retried", "partition", source.String(), "cause", cause, "error", err)
}
