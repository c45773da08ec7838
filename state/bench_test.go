package state

import (
	"fmt"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
)

// lifeOf is a customer with an order a month.
func lifeOf(b *testing.B, orders int) *clv.Customer {
	v := newValuation(b)
	var c clv.Customer
	for i := range orders {
		e := orderOf("customer-1234", i)
		e.AtMicros = (day0 + int64(30*i)) * microsPerDay
		if _, refused := apply(&c, &e, v); refused != nil {
			b.Fatal(refused)
		}
	}
	return &c
}

func BenchmarkAppendCustomer(b *testing.B) {
	for _, orders := range []int{1, 12, 100} {
		b.Run(fmt.Sprint(orders, " orders"), func(b *testing.B) {
			c := lifeOf(b, orders)
			dst := AppendCustomer(nil, c)
			b.ReportMetric(float64(len(dst)), "bytes")
			b.ReportAllocs()
			for b.Loop() {
				dst = AppendCustomer(dst[:0], c)
			}
		})
	}
}

func BenchmarkDecodeCustomer(b *testing.B) {
	for _, orders := range []int{1, 12, 100} {
		b.Run(fmt.Sprint(orders, " orders"), func(b *testing.B) {
			stored := string(AppendCustomer(nil, lifeOf(b, orders)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := DecodeCustomer(stored); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

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
