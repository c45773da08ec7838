package stream

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/audience"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
)

// changeWriter turns the changes of one lane's transactions into records: for the
// changes and the current topic, and for each audience that admits them. It belongs to
// one goroutine.
type changeWriter struct {
	renderer  renderer
	audiences []audience.Compiled
	variables *audience.Variables // what audiences' filters ask
	counts    []admitted          // of the transaction under way, per audience
}

// admitted counts a transaction's changes at one audience.
type admitted struct {
	changes int // that the filter let through
	failed  int // at which it failed
}

func newChangeWriter(p *Publisher) *changeWriter {
	return &changeWriter{
		renderer: renderer{
			topics: p.config.Topics, source: []byte(p.config.Source), change: change.NewRenderer(p.config.Currency),
			currency: p.config.Currency, outputs: p.outputs,
		},
		audiences: p.audiences, variables: audience.NewVariables(p.config.Currency), counts: make([]admitted, len(p.audiences)),
	}
}

// append appends a change and, for each audience that admits it, the same record on
// another topic, in the form of that: in the same transaction, and so exactly once with it.
func (w *changeWriter) append(records []*kgo.Record, source layout.Source, item *layout.Item) (all []*kgo.Record, latest *kgo.Record) {
	announced, latest := w.renderer.records(source, item)
	records = append(records, announced)
	if len(w.audiences) == 0 {
		return records, latest
	}
	of := w.variables.Of(item.Change)
	for i := range w.audiences {
		a := &w.audiences[i]
		admits, failed := true, false // whoever may have heard of a customer hears that they were erased
		if item.Change.Reason != announce.ReasonErased {
			admits, failed = a.Admits(of)
		}
		if failed {
			w.counts[i].failed++
		}
		if admits {
			w.counts[i].changes++
			record := w.renderer.on(a.Topic, announced, item)
			records = append(records, &record)
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
		if count.changes > 0 {
			audiencePublished.Add(ctx, int64(count.changes), label)
		}
		if count.failed > 0 {
			audienceFailed.Add(ctx, int64(count.failed), label)
		}
	}
	clear(w.counts)
}

// audienceTopics are the topics of audiences.
func audienceTopics(audiences []audience.Audience) []string {
	topics := make([]string, len(audiences))
	for i, a := range audiences {
		topics[i] = a.Topic
	}
	return topics
}

// AudienceSpecs are the topics of audiences as they should be.
func AudienceSpecs(audiences []audience.Audience, partitions int32, replication int16) []cluster.TopicSpec {
	var specs []cluster.TopicSpec
	for _, topic := range audienceTopics(audiences) {
		specs = append(specs, cluster.TopicSpec{Name: topic, Partitions: partitions, ReplicationFactor: replication, Configs: map[string]string{
			"cleanup.policy": "delete", // compaction would drop changes
		}})
	}
	return specs
}
