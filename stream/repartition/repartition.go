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
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/deadletter"
	"github.com/clvstream/clvstream/stream/event"
)

const headerTrace = "traceparent"

// New is what the outbox holds of an event that has its customer now.
func New(e *history.Event, business money.Currency) *layout.Rerouted {
	return &layout.Rerouted{
		CustomerID:      e.CustomerID,
		Value:           event.Append(nil, e, business),
		TimestampMillis: max(e.AtMicros, e.UpdatedMicros) / 1000,
		Origin:          e.Place,
	}
}

// Record is the record to be published. Its headers name the place as those of dead letters do.
func Record(topic string, item *layout.Item) *kgo.Record {
	r := item.Rerouted
	record := &kgo.Record{Topic: topic, Key: []byte(r.CustomerID), Value: r.Value, Timestamp: time.UnixMilli(r.TimestampMillis)}
	record.Headers = deadletter.AppendPart(deadletter.AppendPlace(nil, &r.Origin), &r.Origin)
	if item.TraceParent != "" {
		record.Headers = append(record.Headers, kgo.RecordHeader{Key: headerTrace, Value: []byte(item.TraceParent)})
	}
	return record
}
