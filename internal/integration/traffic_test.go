package integration

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/shop"
	"github.com/clvstream/clvstream/stream/event"
)

// maxLateDays is by how much an event of the traffic comes late at most.
const maxLateDays = 15

// traffic is a year of a shop, some of it late and some of it twice, in the
// order of arrival: orders, refunds, cancellations and all that concerns churn.
func traffic(t testing.TB, seed uint64, customers int) []history.Event {
	t.Helper()
	s := shop.Default()
	s.Seed, s.Customers = seed, customers
	s.Start = time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	s.End = s.Start.AddDate(1, 0, 0)
	s.AcquisitionDays = 300
	s.Buying.UnitDays = 1 // they come back within days, not weeks
	s.RefundShare, s.CancelShare, s.PredictShare = .15, .05, .05
	disorder := shop.Disorder{Seed: seed, LateShare: .1, MaxLateDays: maxLateDays, DuplicateShare: .05}
	var events []history.Event
	for delivery := range disorder.Deliver(must(s.Events())(t)) {
		events = append(events, delivery.Event)
	}
	return events
}

// records are events on their topics, the first for orders and the second for
// the rest, keyed by customer.
func (d *deployment) records(events []history.Event) []*kgo.Record {
	records := make([]*kgo.Record, len(events))
	for i := range events {
		e := &events[i]
		topic := d.config.Input.Topics[min(1, len(d.config.Input.Topics)-1)]
		switch e.Kind {
		case history.OrderPlaced, history.OrderRefunded, history.OrderCancelled:
			topic = d.config.Input.Topics[0]
		}
		records[i] = &kgo.Record{Topic: topic, Key: []byte(e.CustomerID), Value: event.Append(nil, e, d.config.Business.Currency)}
	}
	return records
}

// trickle is traffic that comes little by little until it is stopped or over.
type trickle struct {
	stop func()
	over chan struct{}
}

// A trickle of chunkRecords every chunkPause is traffic enough to be in the
// middle of something at any moment, and little enough to keep tests short.
const (
	chunkRecords = 50
	chunkPause   = 50 * time.Millisecond
)

// feed starts a trickle. It stops with the test.
func (d *deployment) feed(t *testing.T, records []*kgo.Record) *trickle {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	f := &trickle{over: make(chan struct{})}
	go func() {
		defer close(f.over)
		for len(records) > 0 && ctx.Err() == nil {
			n := min(chunkRecords, len(records))
			// The context is the test's: what was begun is written also when the trickle stops.
			if err := d.client.ProduceSync(t.Context(), records[:n]...).FirstErr(); err != nil {
				t.Errorf("feed: %v", err)
				return
			}
			records = records[n:]
			select {
			case <-ctx.Done():
			case <-time.After(chunkPause):
			}
		}
	}()
	f.stop = sync.OnceFunc(func() {
		cancel()
		<-f.over
	})
	t.Cleanup(f.stop)
	return f
}

// end stops the trickle, which must not have been over before: then the test
// would have waited for nothing.
func (f *trickle) end(t *testing.T) {
	t.Helper()
	select {
	case <-f.over:
		t.Error("the traffic was over before the test was: feed more")
	default:
	}
	f.stop()
}
