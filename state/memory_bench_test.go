package state

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/eventtest"
	"github.com/clvstream/clvstream/internal/testbed"
)

// shopIDs are ways in which shops name an order and its event: numbers of the whole shop,
// numbers of the customer, and at random.
var shopIDs = map[string]func(rnd *rand.Rand, customer, nth, number int) (orderID, eventID string){
	"numbers": func(_ *rand.Rand, _, _, number int) (string, string) {
		return fmt.Sprintf("o-%012d", number), fmt.Sprintf("e-%012d", number)
	},
	"names": func(_ *rand.Rand, customer, nth, _ int) (string, string) {
		id := fmt.Sprintf("c%08d-o%d", customer, nth)
		return id, id + "-v1"
	},
	"uuids": func(rnd *rand.Rand, _, _, _ int) (string, string) { return drawUUID(rnd), drawUUID(rnd) },
}

func drawUUID(rnd *rand.Rand) string {
	high, low := rnd.Uint64(), rnd.Uint64()
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, low>>48, low&(1<<48-1))
}

// BenchmarkMemory stores 20,000 customers by commits to a real Redis, with 64 shards as in
// production, a fitted model, tiers and the default stages, and says by how much used_memory
// grows a customer: with due times and statistics, and with an empty outbox; then also with
// what the statistics count of each after four months of silence. All orders are of the
// lateness, so that each is kept one by one.
func BenchmarkMemory(b *testing.B) {
	for _, ids := range []string{"numbers", "names", "uuids"} {
		for _, orders := range []int{1, 8} {
			b.Run(fmt.Sprint(ids, "/", orders, " orders"), func(b *testing.B) { benchmarkMemory(b, ids, orders) })
		}
	}
}

func benchmarkMemory(b *testing.B, ids string, orders int) {
	const customers, batchEvents, spanMicros = 20_000, 1000, 80 * microsPerDay
	w := newWorld(b, testbed.StartRedis(b).Client(b))
	w.shards = 64
	w.valuation = fittedValuation(b)
	for b.Loop() {
		if err := w.client.FlushAll(b.Context()).Err(); err != nil {
			b.Fatal(err)
		}
		store, rnd := w.open(), rand.New(rand.NewPCG(1, 2))
		claim := w.claim(store, 0)
		before := usedMemory(b, w)
		for from := 0; from < customers*orders; from += batchEvents {
			events := make([]history.Event, batchEvents)
			for i := range events {
				number := from + i
				at := day0*microsPerDay + int64(number)*(spanMicros/int64(customers*orders))
				customer := number % customers
				orderID, eventID := shopIDs[ids](rnd, customer, number/customers, 7*number)
				events[i] = history.Event{
					Kind: history.OrderPlaced, ID: eventID, CustomerID: fmt.Sprintf("c%08d", customer), OrderID: orderID,
					AtMicros: at - at%1000, AmountMinor: 2000 + rnd.Int64N(10_000), Channel: [...]string{"web", "app", "store", "phone"}[rnd.IntN(4)],
				}
			}
			w.commit(claim, w.batch(int64(from), events...))
			for _, sh := range store.shards {
				w.client.Del(b.Context(), sh.keys.out)
			}
		}
		b.ReportMetric(float64(usedMemory(b, w)-before)/customers, "bytes/customer")
		w.pass(w.refresher(store), day0*microsPerDay+spanMicros+120*microsPerDay)
		b.ReportMetric(float64(usedMemory(b, w)-before)/customers, "bytes/customer-refreshed")
	}
}

// BenchmarkOrderIndexMemory says what an order takes in the index of orders.
func BenchmarkOrderIndexMemory(b *testing.B) {
	for _, ids := range []string{"numbers", "names", "uuids"} {
		b.Run(ids, func(b *testing.B) {
			const orders, batchEvents = 200_000, 5000
			w := newWorld(b, testbed.StartRedis(b).Client(b))
			w.shards = 64
			for b.Loop() {
				if err := w.client.FlushAll(b.Context()).Err(); err != nil {
					b.Fatal(err)
				}
				store, rnd := w.open(), rand.New(rand.NewPCG(1, 2))
				claim := w.claim(store, 0)
				before := usedMemory(b, w)
				for from := 0; from < orders; from += batchEvents {
					batch := &Batch{UpTo: int64(from + batchEvents)}
					for i := range batchEvents {
						number := from + i
						id, _ := shopIDs[ids](rnd, number%20_000, number/20_000, 7*number)
						e := &history.Event{Kind: history.OrderPlaced, OrderID: id, CustomerID: fmt.Sprintf("c%08d", number%20_000), AtMicros: day0 * microsPerDay}
						batch.Work = append(batch.Work, Work{Offset: int64(number), Shard: Shard(id, w.shards), Event: e, IndexOnly: true})
					}
					w.commit(claim, batch)
				}
				b.ReportMetric(float64(usedMemory(b, w)-before)/orders, "bytes/order")
			}
		})
	}
}

func usedMemory(b *testing.B, w *world) int64 {
	info, err := w.client.Info(b.Context(), "memory").Result()
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(info) {
		if text, found := strings.CutPrefix(strings.TrimSpace(line), "used_memory:"); found {
			used, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			return used
		}
	}
	b.Fatal("Redis does not tell its memory")
	return 0
}

// fittedValuation is BG/NBD with what watches customers by default, and three tiers.
func fittedValuation(b *testing.B) *clv.Valuation {
	discount, err := model.AnnualDiscount(0.1)
	if err != nil {
		b.Fatal(err)
	}
	m, err := model.NewBGNBD(
		model.BGNBDParams{Unit: model.UnitWeek, R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426}, model.GammaGammaParams{P: 6.25, Q: 3.74, Gamma: 15.44},
		model.Assumptions{Horizon: model.UnitDay.Span(365), Discount: discount, Currency: eventtest.Currency("USD")}, "1115b089816f",
	)
	if err != nil {
		b.Fatal(err)
	}
	v := newValuation(b)
	v.Model = m
	v.Awake = standing.Awake{
		Stages: standing.Stages{
			Cooling: standing.StageEntry{SilenceQuantile: 0.9}, Dormant: standing.StageEntry{SilenceQuantile: 0.99}, Lost: standing.StageEntry{SilenceDays: 365},
			WonBackDays: 30,
		},
		Tiers:            standing.Tiers{Tiers: []standing.Tier{{Name: "bronze", FromMinor: 5000}, {Name: "silver", FromMinor: 20_000}, {Name: "gold", FromMinor: 50_000}}, Hysteresis: 0.05},
		AcquisitionFloor: 3,
	}
	return v
}
