package upgrade

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/feed"
	"github.com/clvstream/clvstream/internal/shop"
)

// traffic is a year of a shop, some of it late and some of it twice, in the order of
// arrival: orders, refunds, cancellations and all that concerns churn. Customers fall
// silent on the way, so that due times come with it.
func traffic(t *testing.T) []history.Event {
	t.Helper()
	s := shop.Default()
	s.Seed, s.Customers = rand.Uint64(), 6000
	t.Logf("seed %d", s.Seed)
	s.Start = time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	s.End = s.Start.AddDate(1, 0, 0)
	s.AcquisitionDays = 300
	s.Buying.UnitDays = 1 // they come back within days, not weeks
	s.RefundShare, s.CancelShare, s.PredictShare = .15, .05, .05
	disorder := shop.Disorder{Seed: s.Seed, LateShare: .1, MaxLateDays: 15, DuplicateShare: .05}
	var events []history.Event
	for delivery := range disorder.Deliver(must(s.Events())(t)) {
		events = append(events, delivery.Event)
	}
	return events
}

// trickle is traffic that comes little by little until it is stopped or over.
type trickle struct {
	stop func()
	over chan struct{}
}

// A trickle of chunkEvents every chunkPause keeps every program at work.
const (
	chunkEvents = 50
	chunkPause  = 50 * time.Millisecond
)

// feed starts a trickle. It stops with the test.
func (s *system) feed(t *testing.T) *trickle {
	t.Helper()
	events := traffic(t)
	shop := must(feed.New(s.kafka, s.config.Input.Topics))(t)
	ctx, cancel := context.WithCancel(t.Context())
	f := &trickle{over: make(chan struct{})}
	go func() {
		defer close(f.over)
		defer shop.Close()
		for at := 0; at < len(events) && ctx.Err() == nil; at++ {
			if err := shop.Add(t.Context(), &events[at], s.config.Business.Currency); err != nil {
				t.Errorf("feed: %v", err)
				return
			}
			if at%chunkEvents != 0 {
				continue
			}
			if err := shop.Flush(t.Context()); err != nil {
				t.Errorf("feed: %v", err)
				return
			}
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

// end stops the trickle, which must not have been over before: then the versions
// would have worked side by side on nothing.
func (f *trickle) end(t *testing.T) {
	t.Helper()
	select {
	case <-f.over:
		t.Error("the traffic was over before the test was: feed more")
	default:
	}
	f.stop()
}
