// Package repartition turns events whose customer was found through their order into records of
// the repartition topic, by which they come to that customer's shard.
//
//	event without a customer ─► index of orders ─► New ─► outbox ─► Record ─► <namespace>.repartition
//	                                                                                │
//	customer's shard ◄── consumer, as one more input ◄──────────────────────────────┘
//
// The record is an event as docs/events.md has it, keyed by its customer. Headers say where the
// record stands that told it. It is stamped with the event's own time, so that it is accepted
// again by the rule for times ahead of their record.
package repartition

import (
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/event"
)

// Headers of a rerouted event: where the record stands that told it.
const (
	HeaderTopic     = "clv-topic"
	HeaderPartition = "clv-partition"
	HeaderOffset    = "clv-offset"
	HeaderPart      = "clv-part" // of a mapped record that is several events; absent: the first
	headerTrace     = "traceparent"
)

// New is what the outbox holds of an event that has its customer now.
func New(e *history.Event, business money.Currency) *layout.Rerouted {
	return &layout.Rerouted{
		CustomerID:      e.CustomerID,
		Value:           event.Append(nil, e, business),
		TimestampMillis: max(e.AtMicros, e.UpdatedMicros) / 1000,
		Origin:          e.Place,
	}
}

// Record is the record to be published.
func Record(topic string, item *layout.Item) *kgo.Record {
	r := item.Rerouted
	record := &kgo.Record{Topic: topic, Key: []byte(r.CustomerID), Value: r.Value, Headers: []kgo.RecordHeader{
		{Key: HeaderTopic, Value: []byte(r.Origin.Input)},
		{Key: HeaderPartition, Value: strconv.AppendInt(nil, int64(r.Origin.Partition), 10)},
		{Key: HeaderOffset, Value: strconv.AppendInt(nil, r.Origin.Offset, 10)},
	}}
	record.Timestamp = time.UnixMilli(r.TimestampMillis)
	if r.Origin.Part > 0 {
		record.Headers = append(record.Headers, kgo.RecordHeader{Key: HeaderPart, Value: strconv.AppendInt(nil, int64(r.Origin.Part), 10)})
	}
	if item.TraceParent != "" {
		record.Headers = append(record.Headers, kgo.RecordHeader{Key: headerTrace, Value: []byte(item.TraceParent)})
	}
	return record
}
