// Package feed publishes events to the input topics, as a shop would: for
// replaying files, simulating a shop, and the demo.
//
//	File (rows of dataset) ──────────────┐                    ┌─► orders topic (order.*)
//	shop ──► Timeline.Split ──► history ─┼─► Publish ──► JSON ┤
//	                       └──► Paced ───┘   at a Pace        └─► churn topic  (churn.*, customer.acquired)
//
// Records are keyed by customer with Kafka's default partitioning. The producer is
// idempotent, but after an error an event may be published twice. The consumer recognises
// it by its id.
package feed

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/event"
)

// Feed is a producer to the input topics, for one goroutine.
type Feed struct {
	client    *kgo.Client
	orders    string
	churn     string
	pending   []kgo.Record
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

// deliveryTimeout is how long a record is retried before the feed fails: long enough for
// another broker to become leader.
const deliveryTimeout = time.Minute

// New makes a feed to the input topics: the first is for orders, the second, if
// there is one, for everything else. The caller must have connected with this access
// before: Publish reports a wrong one only after a minute.
func New(client cluster.Access, topics []string) (*Feed, error) {
	if len(topics) == 0 {
		return nil, fmt.Errorf("publish events: no input topic is configured: set input.topics")
	}
	options, err := client.Options()
	if err != nil {
		return nil, fmt.Errorf("publish events: %w", err)
	}
	producer, err := kgo.NewClient(append(options,
		kgo.ProducerBatchCompression(kgo.Lz4Compression()),
		kgo.MaxBufferedRecords(2*batchRecords),
		kgo.RecordDeliveryTimeout(deliveryTimeout),
		kgo.AlwaysRetryEOF(), // a broker that hangs up at once is going away: that TLS fits was seen before
	)...)
	if err != nil {
		return nil, fmt.Errorf("publish events: %w", err)
	}
	return &Feed{client: producer, orders: topics[0], churn: topics[min(1, len(topics)-1)]}, nil
}

// Add takes an event whose amounts are in a currency. It is on its way at the
// latest after Flush.
func (f *Feed) Add(ctx context.Context, e *history.Event, currency money.Currency) error {
	if f.latest = max(f.latest, e.AtMicros); f.latest-f.flushedTo > mostSpanMicros {
		if err := f.Flush(ctx); err != nil {
			return err
		}
		f.flushedTo = f.latest
	}
	topic := f.churn
	if e.Kind.OfOrder() {
		topic = f.orders
	}
	f.pending = append(f.pending, kgo.Record{
		Topic: topic,
		Key:   []byte(e.CustomerID),
		Value: event.Append(nil, e, currency),
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
	var delivered kgo.FirstErrPromise
	for i := range f.pending {
		f.client.Produce(ctx, &f.pending[i], delivered.Promise())
	}
	err := f.client.Flush(ctx)
	if err == nil {
		err = delivered.Err()
	}
	if err != nil {
		return fmt.Errorf("publish %d events: %w", len(f.pending), err)
	}
	f.sent += int64(len(f.pending))
	f.pending = f.pending[:0]
	return nil
}

// Sent is how many events the brokers have.
func (f *Feed) Sent() int64 { return f.sent }

// Close ends the feed. What was not flushed is lost.
func (f *Feed) Close() { f.client.Close() }
