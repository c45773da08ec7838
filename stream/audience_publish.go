package stream

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/clvstream/clvstream/state/layout"
)

// changeWriter turns the changes of one lane's transactions into records: for the
// changes and the current topic, and for each audience that is to hear of them. It
// belongs to one goroutine.
type changeWriter struct {
	renderer  renderer
	audiences []audience
	vars      changeVars      // what audiences' filters look at
	counts    []audienceCount // of the transaction under way, per audience
}

// audienceCount is what became of a transaction's changes at one audience.
type audienceCount struct {
	heard  int // changes that the filter let through
	failed int // changes at which it failed
}

func newChangeWriter(p *Publisher) *changeWriter {
	return &changeWriter{
		renderer:  renderer{topics: p.config.Topics, currency: p.config.Currency, source: []byte(p.config.Source)},
		audiences: p.audiences, vars: newChangeVars(p.config.Currency), counts: make([]audienceCount, len(p.audiences)),
	}
}

// append appends a change and, for each audience that is to hear of it, the same
// record on another topic: in the same transaction, and so exactly once with it.
func (w *changeWriter) append(records []*kgo.Record, source layout.Source, item *layout.Item) (all []*kgo.Record, latest *kgo.Record) {
	change, latest := w.renderer.records(source, item)
	records = append(records, change)
	vars := w.vars.of(item.Change)
	for i := range w.audiences {
		a := &w.audiences[i]
		hears, failed := a.hears(vars)
		if failed {
			w.counts[i].failed++
		}
		if hears {
			w.counts[i].heard++
			records = append(records, &kgo.Record{Topic: a.Topic, Key: change.Key, Value: change.Value, Headers: change.Headers})
		}
	}
	return records, latest
}

// ended counts what is published. Records of a transaction that failed may still be
// the Kafka client's, and so the memory that they are in.
func (w *changeWriter) ended(ctx context.Context, published bool) {
	if !published {
		w.renderer.page = page{}
		clear(w.counts)
		return
	}
	w.renderer.page.clear()
	for i, count := range w.counts {
		label := metric.WithAttributes(attribute.String("audience", w.audiences[i].Name))
		if count.heard > 0 {
			audiencePublished.Add(ctx, int64(count.heard), label)
		}
		if count.failed > 0 {
			audienceFailed.Add(ctx, int64(count.failed), label)
		}
	}
	clear(w.counts)
}
