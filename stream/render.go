package stream

import (
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/change/avro"
	"github.com/clvstream/clvstream/stream/cluster"
)

// renderer turns outbox items into the records that the world sees. It belongs to
// one goroutine.
type renderer struct {
	topics cluster.OutputTopics
	source []byte // CloudEvents source
	change change.Renderer
	page   page

	currency money.Currency
	outputs  map[string]output // by topic; of others: as JSON
	avro     map[change.Form]*avro.Encoder
	written  []written // of the change at hand, in other forms than JSON
}

// records render a change for the changes and for the current topic: one record but
// for the topic. Of a customer who was erased the current topic gets a tombstone.
func (r *renderer) records(source layout.Source, item *layout.Item) (announced, latest *kgo.Record) {
	r.written = r.written[:0]
	r.page.begin()
	key := r.page.text(item.Change.CustomerID)
	from := r.page.length()
	r.page.bytes.now = r.change.Append(r.page.bytes.now, item.Change)
	record := kgo.Record{Key: key, Value: r.page.since(from), Headers: r.changeHeaders(source, item, key), Topic: r.topics.Changes}
	announced = r.page.record(record)
	current := r.on(r.topics.Current, announced, item)
	if item.Change.Reason == announce.ReasonErased {
		current.Value = nil
	}
	return announced, r.page.record(current)
}

// Headers that are the same of every change.
var (
	cloudEventsVersion = []byte("1.0")
	changeType         = []byte(change.EventType)
	contentType        = []byte("application/json")
)

// changeHeaders are the CloudEvents attributes of a change in Kafka's binary
// mode, and the trace of the order that caused it. The key is the customer.
func (r *renderer) changeHeaders(source layout.Source, item *layout.Item, key []byte) []kgo.RecordHeader {
	at := r.page.length()
	r.page.bytes.now = r.appendChangeID(r.page.bytes.now, source, item)
	id := r.page.since(at)
	at = r.page.length()
	r.page.bytes.now = r.change.AppendTime(r.page.bytes.now, item.Change.Current.AsOfMicros)
	headers := [...]kgo.RecordHeader{
		{Key: "ce_specversion", Value: cloudEventsVersion},
		{Key: "ce_type", Value: changeType},
		{Key: "ce_source", Value: r.source},
		{Key: "ce_id", Value: id},
		{Key: "ce_time", Value: r.page.since(at)},
		{Key: "ce_subject", Value: key},
		{Key: "content-type", Value: contentType},
		{Key: traceparentHeader},
	}
	known := len(headers) - 1
	if item.TraceParent != "" {
		headers[known].Value = r.page.text(item.TraceParent)
		known++
	}
	return r.page.head(headers[:known]...)
}

// appendChangeID appends the coordinates of the event that caused the change or,
// where time did, the customer, the instant and the version.
func (r *renderer) appendChangeID(dst []byte, source layout.Source, item *layout.Item) []byte {
	if item.Change.Cause.Kind == history.TimePassed {
		return r.change.AppendCauseID(dst, item.Change)
	}
	return appendCoordinates(dst, source, item)
}

// appendCoordinates appends what names an event's place in the input: topic/partition/offset
// and, of the further events of a mapped record, .part.
func appendCoordinates(dst []byte, source layout.Source, item *layout.Item) []byte {
	dst = append(dst, source.Topic...)
	dst = strconv.AppendInt(append(dst, '/'), int64(source.Partition), 10)
	dst = strconv.AppendInt(append(dst, '/'), item.Offset, 10)
	if item.Part > 0 {
		dst = strconv.AppendInt(append(dst, '.'), int64(item.Part), 10)
	}
	return dst
}
