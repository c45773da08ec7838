package hanging

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

var meter = otel.Meter("github.com/clvstream/clvstream/stream") // one scope for all of stream

var hangingTransactions, _ = meter.Int64Counter("clvstream.hanging_transactions", metric.WithUnit("{transaction}"),
	metric.WithDescription("Transactions that the cluster had left open and the lane's owner ended, by outcome."))

func countHanging(ctx context.Context, v verdict) {
	hangingTransactions.Add(ctx, 1, metric.WithAttributes(attribute.String("outcome", v.outcome())))
}
