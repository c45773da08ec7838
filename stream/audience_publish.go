package stream

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/clvstream/clvstream/clv"
)

// told is what became of a transaction's changes at one audience.
type told struct {
	heard  int // changes that the filter let through
	failed int // changes at which it failed
}

// address sends a change on to each audience that is to hear of it: the same
// record on another topic, in the same transaction, and so exactly once with it.
func (r *relay) address(t *transaction, change *kgo.Record, c *clv.Change) {
	vars := r.vars.of(c)
	for i := range r.publisher.audiences {
		a := &r.publisher.audiences[i]
		hears, failed := a.hears(vars)
		if failed {
			t.told[i].failed++
		}
		if hears {
			t.told[i].heard++
			t.records = append(t.records, &kgo.Record{Topic: a.Topic, Key: change.Key, Value: change.Value, Headers: change.Headers})
		}
	}
}

func countTold(ctx context.Context, audiences []audience, t *transaction) {
	for i, told := range t.told {
		label := metric.WithAttributes(attribute.String("audience", audiences[i].Name))
		if told.heard > 0 {
			audiencePublished.Add(ctx, int64(told.heard), label)
		}
		if told.failed > 0 {
			audienceFailed.Add(ctx, int64(told.failed), label)
		}
	}
}
