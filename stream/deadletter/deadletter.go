// Package deadletter turns records that could not be used into dead letters: what the
// outbox stores of them, and the published record.
//
//	event.Record + history.Refusal ─► New ─► layout.DeadLetter ─► outbox ─► Record ─► <namespace>.deadletter
//
// The published record has the original's key and value, byte for byte, so that it can be
// published again. Headers have the reason and the original coordinates. A letter that is
// too large for its topic is cut, and a header says so. Of a customer who was erased a letter
// has neither key nor value, nor the original's headers.
package deadletter

import (
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/event"
)

// Headers of a dead letter. The original's own headers follow with the prefix.
const (
	HeaderReason    = "clv-reason"
	HeaderDetail    = "clv-detail"
	HeaderTopic     = "clv-topic"
	HeaderPartition = "clv-partition"
	HeaderOffset    = "clv-offset"
	HeaderPart      = "clv-part"      // of the record, of a mapped one that is several events; absent: the first
	HeaderTimestamp = "clv-timestamp" // of the original record, milliseconds
	HeaderTruncated = "clv-truncated" // the value's original size in bytes, when it was cut
	OriginalPrefix  = "clv-header-"   // prefix of an original header's name
	headerTrace     = "traceparent"   // the original's W3C trace context, if it is well-formed
)

// Record renders a dead letter: the original key and value, byte for byte, and why
// and where in the headers. A value larger than the topic takes is cut; the
// whole of it is still at its coordinates.
func Record(topic string, source layout.Source, item *layout.Item, mostBytes int) *kgo.Record {
	d := item.DeadLetter
	place := history.Place{Input: source.Topic, Partition: source.Partition, Offset: item.Offset, Part: item.Part}
	if d.Origin != (history.Place{}) {
		place = d.Origin
	}
	record := &kgo.Record{Topic: topic, Headers: []kgo.RecordHeader{
		{Key: HeaderReason, Value: []byte(d.Reason.String())},
		{Key: HeaderDetail, Value: []byte(d.Detail)},
	}}
	record.Headers = append(AppendPlace(record.Headers, &place), kgo.RecordHeader{Key: HeaderTimestamp, Value: strconv.AppendInt(nil, d.TimestampMillis, 10)})
	record.Headers = AppendPart(record.Headers, &place)
	if item.TraceParent != "" { // by the name under which tracing looks for it
		record.Headers = append(record.Headers, kgo.RecordHeader{Key: headerTrace, Value: []byte(item.TraceParent)})
	}
	whole := Weight(d) <= mostBytes
	if !d.KeyNull && (whole || len(d.Key) <= mostBytes/4) {
		record.Key = emptyNotNil(d.Key)
	}
	if !d.ValueNull {
		record.Value = emptyNotNil(d.Value)
	}
	if !whole {
		record.Headers = append(record.Headers, kgo.RecordHeader{Key: HeaderTruncated, Value: strconv.AppendInt(nil, int64(len(d.Value)), 10)})
		record.Value = record.Value[:min(len(record.Value), mostBytes/2)]
		return record
	}
	for _, h := range d.Headers {
		record.Headers = append(record.Headers, kgo.RecordHeader{Key: OriginalPrefix + h.Key, Value: h.Value})
	}
	return record
}

// AppendPlace appends where a record stands.
func AppendPlace(headers []kgo.RecordHeader, place *history.Place) []kgo.RecordHeader {
	return append(headers,
		kgo.RecordHeader{Key: HeaderTopic, Value: []byte(place.Input)},
		kgo.RecordHeader{Key: HeaderPartition, Value: strconv.AppendInt(nil, int64(place.Partition), 10)},
		kgo.RecordHeader{Key: HeaderOffset, Value: strconv.AppendInt(nil, place.Offset, 10)})
}

// AppendPart appends which of a record's events it is, if that is not the first.
func AppendPart(headers []kgo.RecordHeader, place *history.Place) []kgo.RecordHeader {
	if place.Part == 0 {
		return headers
	}
	return append(headers, kgo.RecordHeader{Key: HeaderPart, Value: strconv.AppendInt(nil, int64(place.Part), 10)})
}

// headerOverhead is what a record's header has beside its name and value: their
// lengths.
const headerOverhead = 10

// emptyNotNil keeps an empty key or value apart from a null one.
func emptyNotNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Weight is what the original of a dead letter takes in a record.
func Weight(d *layout.DeadLetter) int {
	size := len(d.Key) + len(d.Value)
	for _, h := range d.Headers {
		size += len(h.Key) + len(h.Value) + len(OriginalPrefix) + headerOverhead
	}
	return size
}

// New keeps a record that was refused, whole.
func New(record *event.Record, refused *history.Refusal) *layout.DeadLetter {
	letter := &layout.DeadLetter{
		Reason:          refused.Reason,
		Detail:          refused.Detail,
		TimestampMillis: record.TimestampMillis,
		Key:             record.Key,
		Value:           record.Value,
		KeyNull:         record.Key == nil,
		ValueNull:       record.Value == nil,
	}
	for _, h := range record.Headers {
		letter.Headers = append(letter.Headers, layout.Header{Key: string(h.Key), Value: h.Value})
	}
	return letter
}

// OfErased is the dead letter of a record of a customer who was erased: where it stands, and
// nothing of what it said.
func OfErased(record *event.Record, refused *history.Refusal) *layout.DeadLetter {
	return &layout.DeadLetter{
		Reason: refused.Reason, Detail: refused.Detail, TimestampMillis: record.TimestampMillis, KeyNull: true, ValueNull: true,
	}
}

// Rewritten is the dead letter of a mapped record's event that its customer's history refuses:
// the event written anew, and marked as one of ours, so that it alone is sent back. The record
// may be several, of which the others were applied.
func Rewritten(e *history.Event, refused *history.Refusal, business money.Currency) *layout.DeadLetter {
	return &layout.DeadLetter{
		Reason: refused.Reason, Detail: refused.Detail, TimestampMillis: e.AtMicros / 1000,
		Key: []byte(e.CustomerID), Value: event.Append(nil, e, business),
		Headers: canonical(),
	}
}

// canonical marks what is sent back as an event of ours, whatever its topic holds.
func canonical() []layout.Header {
	return []layout.Header{{Key: event.CanonicalHeader, Value: []byte("true")}}
}

// Unmatched is the dead letter of an event that never met its order: the event written anew,
// keyed by its customer, if it has one. Its record stands at its origin; the timestamp is the event's. marked
// is of topics that a mapping names: it is sent back as one of ours.
func Unmatched(w *history.Waiting, business money.Currency, marked bool) *layout.DeadLetter {
	letter := &layout.DeadLetter{
		Reason:          history.Unmatched,
		Detail:          unmet(&w.Event),
		TimestampMillis: w.Event.AtMicros / 1000,
		Key:             []byte(w.Event.CustomerID),
		KeyNull:         w.Event.CustomerID == "",
		Value:           event.Append(nil, &w.Event, business),
		Origin:          w.Event.Place,
	}
	if marked {
		letter.Headers = canonical()
	}
	return letter
}

func unmet(e *history.Event) string {
	if e.CustomerID == "" {
		return "no order of this order_id came before events of more than twice the lateness after it"
	}
	if e.Kind == history.RefundReverted {
		return "no refund of this refund_id, order_id and customer_id came within the lateness of it"
	}
	return "no order of this order_id and customer_id came within the lateness of it"
}
