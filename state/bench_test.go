package state

import (
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"

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
	claim := w.claim(store, 0)
	next := int64(0)
	if groups {
		w.valuation.Awake = watchful()
		w.commit(claim, w.batch(0, acquiredBy(customers, 10)...))
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
		if _, err := claim.Commit(b.Context(), batch); err != nil {
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

// BenchmarkFire fires 250 due times of one of 64 shards in a transaction, on a real
// Redis. The customers are made due, and the outbox is emptied, outside of the
// measured time.
func BenchmarkFire(b *testing.B) {
	const customers, due = 20_000, 250
	w := newWorld(b, testbed.StartRedis(b).Client(b))
	w.shards = 64
	w.valuation.Awake = watchful()
	store := w.open()
	w.commit(w.claim(store, 0), w.batch(0, acquiredBy(customers, 10)...))
	members := make([][]redis.Z, w.shards)
	for c := range customers {
		id := fmt.Sprintf("customer-%d", c)
		if shard := Shard(id, w.shards); len(members[shard]) < due {
			members[shard] = append(members[shard], redis.Z{Member: id})
		}
	}
	firer := store.NewFirer(w.configured)
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		sh, at := store.shards[i%w.shards], int64(day0+i/w.shards)*microsPerDay
		for j := range members[sh.index] {
			members[sh.index][j].Score = float64(at)
		}
		w.client.Del(b.Context(), sh.keys.due, sh.keys.out)
		w.client.ZAdd(b.Context(), sh.keys.due, members[sh.index]...)
		b.StartTimer()
		if fired, err := firer.Fire(b.Context(), sh.index, at, due+1, nil); err != nil || fired.Customers < due {
			b.Fatal(fired, err)
		}
	}
	b.ReportMetric(due*float64(b.N)/b.Elapsed().Seconds(), "customers/s")
}
