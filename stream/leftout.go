package stream

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/clvstream/clvstream/stream/mapping"
)

// leftOutCounts are how many records, or elements of batches, became no event, by the reason
// of the mapping's rule.
type leftOutCounts map[mapping.LeftOut]int

func (c leftOutCounts) add(all []mapping.LeftOut) {
	for _, l := range all {
		l.Rule = "" // reasons are few, and rules of the same reason are counted together
		c[l]++
	}
}

func (c leftOutCounts) count(ctx context.Context, topic string) {
	for l, n := range c {
		recordsLeftOut.Add(ctx, int64(n), metric.WithAttributes(
			attribute.String("input", topic), attribute.String("mapping", l.Mapping), attribute.String("reason", l.Reason)))
	}
}
