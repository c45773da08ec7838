package stream

import (
	"context"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/change/avro"
)

// output is how changes are written to a topic.
type output struct {
	form     change.Form
	schemaID uint32 // of Avro
}

// forms are the topics that are written otherwise than as JSON, with the ids of their schemas.
func (p *Publisher) forms(ctx context.Context) (map[string]output, error) {
	outputs := map[string]output{p.config.Topics.Current: {form: p.config.Current}}
	for _, a := range p.config.Audiences {
		outputs[a.Topic] = output{form: a.Form}
	}
	for topic, o := range outputs {
		switch {
		case o.form == "" || o.form == change.JSON:
			delete(outputs, topic)
		case o.form.IsAvro():
			schema, err := avro.Schema(o.form.IsFlat())
			if err != nil {
				return nil, fmt.Errorf("describe changes on %s: %w", topic, err)
			}
			if o.schemaID, err = p.register(ctx, topic+"-value", schema); err != nil {
				return nil, err
			}
			outputs[topic] = o
		}
	}
	return outputs, nil
}

func (p *Publisher) register(ctx context.Context, subject string, schema []byte) (id uint32, err error) {
	if p.config.Register == nil {
		return 0, fmt.Errorf("register the schema of %s: there is no schema registry", subject)
	}
	return p.config.Register(ctx, subject, schema)
}

// written is the change at hand as it stands on topics of a form.
type written struct {
	output
	value   []byte
	headers []kgo.RecordHeader
}

// on is the record of a change on another topic than that of the changes.
func (r *renderer) on(topic string, announced *kgo.Record, item *layout.Item) kgo.Record {
	record := kgo.Record{Topic: topic, Key: announced.Key, Value: announced.Value, Headers: announced.Headers}
	o, other := r.outputs[topic]
	if !other {
		return record
	}
	i := slices.IndexFunc(r.written, func(w written) bool { return w.output == o })
	if i < 0 {
		i = len(r.written)
		r.written = append(r.written, written{o, r.value(o, item), r.headersOf(o.form, announced.Headers)})
	}
	record.Value, record.Headers = r.written[i].value, r.written[i].headers
	return record
}

// value writes a change in another form than JSON.
func (r *renderer) value(o output, item *layout.Item) []byte {
	r.page.begin()
	from := r.page.length()
	if o.form.IsAvro() {
		r.page.bytes.now = r.encoder(o.form).Append(r.page.bytes.now, o.schemaID, item.Change)
	} else {
		r.page.bytes.now = r.change.AppendFlat(r.page.bytes.now, item.Change)
	}
	return r.page.since(from)
}

func (r *renderer) encoder(form change.Form) *avro.Encoder {
	if r.avro[form] == nil {
		if r.avro == nil {
			r.avro = map[change.Form]*avro.Encoder{}
		}
		r.avro[form] = avro.NewEncoder(r.currency, form.IsFlat())
	}
	return r.avro[form]
}

// headersOf are the headers of a change in another form than JSON.
func (r *renderer) headersOf(form change.Form, headers []kgo.RecordHeader) []kgo.RecordHeader {
	headers = r.page.head(headers...)
	for i := range headers {
		switch headers[i].Key {
		case "ce_type":
			headers[i].Value = []byte(form.EventType())
		case "content-type":
			headers[i].Value = []byte(form.ContentType())
		}
	}
	return headers
}
