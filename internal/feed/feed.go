// Package feed publishes events to the input topics, as a shop would: for
// replaying files, simulating a shop, and the demo.
//
//	events ──► JSON ──► orders topic (order.*)
//	               └──► churn topic  (churn.*, customer.acquired)
//
// Records are keyed by customer with Kafka's default partitioning. It promises
// no more than a producer without transactions can: after an error an event may
// be there twice, which the consumer recognises by its id.
package feed

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/compress"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/stream"
)

// Feed is a producer to the input topics, for one goroutine.
type Feed struct {
	writer    *kafka.Writer
	transport *kafka.Transport
	orders    string
	churn     string
	pending   []kafka.Message
	sent      int64
	latest    int64 // event time, microseconds: the latest so far
	flushedTo int64 // the latest when it was flushed last
}

// mostSpanMicros is how much event time may pass between two flushes. Partitions
// are written side by side: none may come to hold weeks that another does not
// have yet, or a consumer that reads it first finds the other's events late.
const mostSpanMicros = int64(10 * 24 * time.Hour / time.Microsecond)

// batchRecords is how many records are handed to Kafka at once: enough to fill
// a batch for each partition.
const batchRecords = 5000

// New makes a feed to the input topics: the first is for orders, the second, if
// there is one, for everything else.
func New(client stream.KafkaClient, topics []string) (*Feed, error) {
	if len(topics) == 0 {
		return nil, fmt.Errorf("publish events: no input topic is configured: set input.topics")
	}
	transport, err := client.Transport(topics...)
	if err != nil {
		return nil, fmt.Errorf("publish events: %w", err)
	}
	return &Feed{
		writer: &kafka.Writer{
			Addr:         client.Addr(),
			Balancer:     kafka.Murmur2Balancer{Consistent: true},
			BatchSize:    batchRecords,
			BatchTimeout: 5 * time.Millisecond,
			RequiredAcks: kafka.RequireAll,
			Compression:  compress.Lz4,
			Transport:    transport,
		},
		transport: transport,
		orders:    topics[0],
		churn:     topics[min(1, len(topics)-1)],
	}, nil
}

// Add takes an event whose amounts are in a currency. It is on its way at the
// latest after Flush.
func (f *Feed) Add(ctx context.Context, e *clv.Event, currency clv.Currency) error {
	if f.latest = max(f.latest, e.AtMicros); f.latest-f.flushedTo > mostSpanMicros {
		if err := f.Flush(ctx); err != nil {
			return err
		}
		f.flushedTo = f.latest
	}
	topic := f.churn
	switch e.Kind {
	case clv.OrderPlaced, clv.OrderRefunded, clv.OrderCancelled:
		topic = f.orders
	}
	f.pending = append(f.pending, kafka.Message{
		Topic: topic,
		Key:   []byte(e.CustomerID),
		Value: stream.AppendEvent(nil, e, currency),
	})
	if len(f.pending) < batchRecords {
		return nil
	}
	return f.Flush(ctx)
}

// Flush sends what was added and waits until the brokers have it.
func (f *Feed) Flush(ctx context.Context) error {
	if len(f.pending) == 0 {
		return nil
	}
	if err := f.writer.WriteMessages(ctx, f.pending...); err != nil {
		return fmt.Errorf("publish %d events: %w", len(f.pending), err)
	}
	f.sent += int64(len(f.pending))
	f.pending = f.pending[:0]
	return nil
}

// Sent is how many events the brokers have.
func (f *Feed) Sent() int64 { return f.sent }

// Close ends the feed. What was not flushed is lost.
func (f *Feed) Close() error {
	err := f.writer.Close()
	f.transport.CloseIdleConnections()
	if err != nil {
		return fmt.Errorf("close the feed: %w", err)
	}
	return nil
}
