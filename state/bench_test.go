package state

import (
	"fmt"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
)

// BenchmarkCommit commits to a real Redis, with 64 shards as in production: an
// order each of 20,000 customers in turn, so that nobody is met twice in a batch.
// They are of ten channels and go through tiers and stages, or of none. The outbox
// is emptied outside of the measured time.
func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{1, 100, 5000} {
		b.Run(fmt.Sprint(size, " events"), func(b *testing.B) { benchmarkCommit(b, size, false) })
		b.Run(fmt.Sprint(size, " events, groups"), func(b *testing.B) { benchmarkCommit(b, size, true) })
	}
}

func benchmarkCommit(b *testing.B, size int, groups bool) {
	const customers = 20_000
	w := newWorld(b, testbed.StartRedis(b).Client(b))
	w.shards = 64
	store := w.open()
	store.options.CacheCustomers = customers
	lane := w.claim(store, 0)
	next := int64(0)
	if groups {
		w.valuation.Awake = watchful()
		w.commit(lane, w.batch(0, acquiredBy(customers, 10)...))
		next = customers
	}
	draw := func() *Batch {
		events := make([]history.Event, size)
		for i := range events {
			n := int(next) + i
			events[i] = orderOf(fmt.Sprintf("customer-%d", n%customers), n/customers*7)
		}
		batch := w.batch(next, events...)
		next = batch.UpTo
		return batch
	}
	for b.Loop() {
		b.StopTimer()
		batch := draw()
		if next%100_000 < int64(size) {
			for _, sh := range store.shards {
				w.client.Del(b.Context(), sh.keys.out)
			}
		}
		b.StartTimer()
		if _, err := lane.Commit(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func acquiredBy(customers, channels int) (events []history.Event) {
	for c := range customers {
		told := orderOf(fmt.Sprintf("customer-%d", c), 0)
		told.Kind, told.Channel = history.CustomerAcquired, fmt.Sprint("channel-", c%channels)
		events = append(events, told)
	}
	return events
}
