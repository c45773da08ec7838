package due

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/clvstream/clvstream/state"
)

var meter = otel.Meter("github.com/clvstream/clvstream/stream") // one scope for all of stream

var (
	dueFired, _ = meter.Int64Counter("clvstream.due.fired", metric.WithUnit("{customer}"),
		metric.WithDescription("Customers revalued because they were due."))
	dueChanges, _ = meter.Int64Counter("clvstream.due.changes", metric.WithUnit("{change}"),
		metric.WithDescription("Changes caused by due times."))
	dueConflicts, _ = meter.Int64Counter("clvstream.due.conflicts", metric.WithUnit("{conflict}"),
		metric.WithDescription("Firings retried because another writer of the shard came first."))

	activationEnlisted, _ = meter.Int64Counter("clvstream.activation.enlisted", metric.WithUnit("{customer}"),
		metric.WithDescription("Customers made due by an activation."))
	activationSeen, _ = meter.Int64Counter("clvstream.activation.seen", metric.WithUnit("{customer}"),
		metric.WithDescription("Customers checked for whether an activation concerns them."))
	activationWaiting, _ = meter.Int64Gauge("clvstream.activation.waiting", metric.WithUnit("{customer}"),
		metric.WithDescription("Customers of a lane whose value is not yet by the model in force."))
	refreshSeen, _ = meter.Int64Counter("clvstream.refresh.seen", metric.WithUnit("{customer}"),
		metric.WithDescription("Customers valued for the statistics alone."))
	refreshCounted, _ = meter.Int64Counter("clvstream.refresh.counted", metric.WithUnit("{customer}"),
		metric.WithDescription("Customers whose value the statistics count anew, since it is another than before."))
	valuesAge, _ = meter.Float64Gauge("clvstream.statistics.age", metric.WithUnit("s"),
		metric.WithDescription("Age of the oldest value that the statistics of a lane count, in stream time; absent before the first whole pass."))
	unmatchedWaiting, _ = meter.Int64Gauge("clvstream.unmatched.waiting", metric.WithUnit("{event}"),
		metric.WithDescription("Refunds, reverts and cancels of a lane's customers that wait for their order."))
)

func countFired(ctx context.Context, fired state.Fired) {
	dueFired.Add(ctx, int64(fired.Customers))
	dueChanges.Add(ctx, int64(fired.Changes))
}

func countRefresh(ctx context.Context, did state.Refreshed) {
	refreshSeen.Add(ctx, did.Seen)
	refreshCounted.Add(ctx, did.Counted)
}

// tellAge says how old the lane's oldest value is. It is told once there was a whole pass,
// and 0 by who gives the lane up after that.
func (l *Lane) tellAge(ctx context.Context, oldestMicros, nowMicros int64) {
	if l.aged = l.aged || oldestMicros > 0; l.aged {
		age := max(0, time.Duration(nowMicros-oldestMicros)*time.Microsecond)
		valuesAge.Record(ctx, age.Seconds(), metric.WithAttributes(attribute.Int("lane", int(l.id))))
	}
}

func countFireConflict(ctx context.Context) { dueConflicts.Add(ctx, 1) }

func countRevaluing(ctx context.Context, did state.RolledOut) {
	activationEnlisted.Add(ctx, did.Due)
	activationSeen.Add(ctx, did.Seen)
}
