package waiting

import (
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/eventtest"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// What waits is listed with its record, the oldest first, and counted by the commits; what
// has met its order, or was given up, is neither.
func TestListIsWhatWaits(t *testing.T) {
	client := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: testbed.EmbeddedPair(t).RedisAddrs, MaxRetries: -1})
	t.Cleanup(func() { client.Close() })
	store, err := state.Open(t.Context(), client, state.Options{Namespace: testbed.Unique(t), Shards: 4, OutboxCap: 100, CacheCustomers: 100})
	if err != nil {
		t.Fatal(err)
	}
	valuation := &clv.Valuation{Basis: standing.Basis{Rules: *eventtest.TenDays(t), Model: model.Historic{}}}
	claim, err := store.Claim(t.Context(), layout.Source{Topic: "orders", Partition: 3}, state.Start{}, valuation)
	if err != nil {
		t.Fatal(err)
	}
	of := func(customer string, e history.Event) history.Event {
		e.CustomerID = customer
		return e
	}
	events := []history.Event{
		of("ann", eventtest.Order(0, "a", 500)), of("ann", eventtest.Refund(1, "a", "r", 100)), // met
		of("ann", eventtest.Cancel(9, "A")), of("bob", eventtest.Refund(2, "a", "r", 250)), // wait
		of("cid", eventtest.Refund(1, "x", "r", 1)), of("cid", eventtest.Order(40, "y", 1)), // given up
		of("dan", eventtest.Revert(3, "z", "r")), // waits, and is about no amount
	}
	var letters []history.Waiting
	batch := &state.Batch{UpTo: int64(len(events)), Unmatched: func(w *history.Waiting) *layout.DeadLetter {
		letters = append(letters, *w)
		return &layout.DeadLetter{Reason: history.Unmatched, Origin: w.Event.Place}
	}}
	for i := range events {
		batch.Work = append(batch.Work, state.Work{Offset: int64(i), Shard: state.Shard(events[i].CustomerID, 4), Event: &events[i]})
	}
	result, err := claim.Commit(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	if len(letters) != 1 || letters[0].Event.CustomerID != "cid" || letters[0].Event.Place != (history.Place{Input: "orders", Partition: 3, Offset: 4}) || result.DeadLetters[history.Unmatched] != 1 {
		t.Errorf("given up %+v, counted %v; want cid's refund", letters, result.DeadLetters)
	}
	eur, err := money.ParseCurrency("EUR")
	if err != nil {
		t.Fatal(err)
	}
	got, err := List(t.Context(), store, eur)
	if err != nil {
		t.Fatal(err)
	}
	at := func(i int) time.Time { return time.UnixMicro(events[i].AtMicros).UTC() }
	want := []Event{
		{CustomerID: "bob", Type: "order.refunded", EventID: events[3].ID, OrderID: "a", RefundID: "r", OccurredAt: at(3), Amount: "2.50", Topic: "orders", Partition: 3, Offset: 3},
		{CustomerID: "dan", Type: "refund.reverted", EventID: events[6].ID, OrderID: "z", RefundID: "r", OccurredAt: at(6), Topic: "orders", Partition: 3, Offset: 6},
		{CustomerID: "ann", Type: "order.cancelled", EventID: events[2].ID, OrderID: "A", OccurredAt: at(2), Topic: "orders", Partition: 3, Offset: 2},
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed\n%+v, want\n%+v", got, want)
	}
	if n, err := store.Unmatched(t.Context(), []int{0, 1, 2, 3}); n != 3 || err != nil {
		t.Errorf("%d are counted, %v; want 3", n, err)
	}
}
