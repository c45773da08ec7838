package history_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/eventtest"
)

func TestLedgerReachesBackTwiceTheLateness(t *testing.T) {
	rules := eventtest.TenDays(t)
	h := eventtest.Fold(t, rules, eventtest.Order(0, "a", 100), eventtest.Order(20, "b", 100))
	if len(h.Orders) != 2 || h.Sealed.Days != 0 {
		t.Fatalf("at 2L: %d in the ledger, %d days sealed; want both in the ledger", len(h.Orders), h.Sealed.Days)
	}
	next := eventtest.Order(21, "c", 100)
	h.Fold(&next, rules)
	if len(h.Orders) != 2 || h.Sealed.Days != 1 || h.Sealed.AmountMinor != 100 {
		t.Errorf("beyond 2L: %d in the ledger, sealed %+v; want the first day sealed", len(h.Orders), h.Sealed)
	}
}

func TestRefundOfASealedOrderIsCountedOnce(t *testing.T) {
	rules := eventtest.TenDays(t)
	h := eventtest.Fold(t, rules, eventtest.Order(0, "a", 100), eventtest.Refund(8, "a", "r", 30), eventtest.Order(40, "b", 100))
	for day := 400; day < 440; day++ {
		for _, e := range []history.Event{eventtest.Refund(400, "a", "s", 20), eventtest.Order(day, fmt.Sprint("b", day), 0)} {
			h.Fold(&e, rules) // refused once it is more than L behind
		}
		if got := h.Facts(rules, 0).RevenueMinor; got != 100-30-20+100 {
			t.Fatalf("day %d: revenue %d, want 150", day, got)
		}
	}
}

// smallLedger are rules under which every busy customer is sealed early.
func smallLedger(t testing.TB) *history.Rules {
	rules := eventtest.NewRules(t, "UTC", 10)
	rules.LedgerLimit = 16
	return &rules
}

func TestLedgerLimitSealsWholeDaysAndSaysSo(t *testing.T) {
	rules := smallLedger(t)
	rules.LedgerLimit = 20
	h := &history.History{}
	for i := range 42 { // five a day on eight days, and two
		e := eventtest.Order(i/5, fmt.Sprintf("o%d-%d", i/5, i%5), 100)
		if _, refused := h.Fold(&e, rules); refused != nil {
			t.Fatalf("fold %s: %v", e.ID, refused)
		}
	}
	if f := h.Facts(rules, 0); f.Orders != 42 || f.PurchaseDays != 9 || f.RevenueMinor != 4200 {
		t.Errorf("%d orders on %d days, %d in all; want 42, 9, 4200", f.Orders, f.PurchaseDays, f.RevenueMinor)
	}
	if s := h.Sealed; !s.Early || s.EarlyDay != eventtest.Day0+4 || s.Days != 5 || len(h.Orders) != 17 {
		t.Errorf("early %v up to %s, %d days, %d in the ledger; want five days, up to %s, 17", s.Early, s.EarlyDay, s.Days, len(h.Orders), calendar.Day(eventtest.Day0+4))
	}
	for _, e := range []history.Event{
		eventtest.Order(4, "new", 1), eventtest.Order(4, "o4-0", 1), eventtest.Refund(4, "o4-0", "r", 1), eventtest.Cancel(4, "o5-0"), eventtest.Cancel(5, "o4-0"), eventtest.Order(5, "o4-0", 1),
	} {
		if _, refused := h.Fold(&e, rules); refused == nil {
			t.Errorf("%s is accepted, but its day or its order is sealed", e.ID)
		}
	}
	for _, e := range []history.Event{eventtest.Order(5, "new", 1), eventtest.Refund(5, "o4-0", "r", 1), eventtest.Cancel(5, "o5-0")} {
		if _, refused := h.Fold(&e, rules); refused != nil {
			t.Errorf("%s is after the sealed days: %v", e.ID, refused)
		}
	}
	if f := h.Facts(rules, 0); f.Orders != 42 || f.RevenueMinor != 4200+1-1-100 {
		t.Errorf("then %d orders, %d in all; want 42, 4100", f.Orders, f.RevenueMinor)
	}
}

// Refunds, cancels and versions can be sent without end as orders can.
func TestNoFloodGrowsAHistoryWithoutEnd(t *testing.T) {
	for _, flood := range []struct {
		what string
		make func(i int) history.Event
	}{
		{"orders", func(i int) history.Event { return eventtest.Order(i/50, fmt.Sprint("o", i), 1) }},
		{"orders of one day", func(i int) history.Event { return eventtest.Order(0, fmt.Sprint("o", i), 1) }},
		{"versions of one order", func(i int) history.Event { return eventtest.Order(i/50, "o", int64(i)) }},
		{"refunds of one order", func(i int) history.Event { return eventtest.Refund(i/200, "o", fmt.Sprint("r", i), 1) }},
		{"refunds of one order on one day", func(i int) history.Event { return eventtest.Refund(1, "o", fmt.Sprint("r", i), 1) }},
		{"refunds of a sealed order", func(i int) history.Event { return eventtest.Refund(100+i/200, "o", fmt.Sprint("r", i), 1) }},
		{"refunds of orders that never come", func(i int) history.Event { return eventtest.Refund(i/50, fmt.Sprint("x", i), "r", 1) }},
		{"cancels of orders that never come", func(i int) history.Event { return eventtest.Cancel(i/50, fmt.Sprint("x", i)) }},
		{"an order and its refund", func(i int) history.Event {
			if i%2 == 0 {
				return eventtest.Order(i/50, fmt.Sprint("o", i), 9)
			}
			return eventtest.Refund(i/50+3, fmt.Sprint("o", i-1), "r", 1)
		}},
	} {
		t.Run(flood.what, func(t *testing.T) {
			rules := smallLedger(t)
			h := eventtest.Fold(t, rules, eventtest.Order(0, "o", 1_000_000))
			for i := range 5000 {
				e := flood.make(i)
				h.Fold(&e, rules)
				if size := entries(h); size > 4*16 {
					t.Fatalf("after %d events %d orders and refunds are in the ledger", i, size)
				}
			}
			if len(h.Sealed.OrderHashes) > 16 {
				t.Errorf("%d order hashes are kept, want at most the limit", len(h.Sealed.OrderHashes))
			}
		})
	}
}

func entries(h *history.History) int {
	n := len(h.Orders)
	for i := range h.Orders {
		n += len(h.Orders[i].Refunds)
	}
	return n
}

// A customer who is always sealed early loses precision (a refund then reduces
// money where it should have taken a day away), but never counts twice.
func TestSealingEarlyCountsNothingTwice(t *testing.T) {
	seed := rand.Uint64()
	for round := range 300 {
		rnd := rand.New(rand.NewPCG(seed, uint64(round)))
		rules := smallLedger(t)
		var events []history.Event
		for i := range 200 {
			day, id := i/4, fmt.Sprint("o", i)
			events = append(events, eventtest.Order(day, id, 100))
			if rnd.IntN(2) == 0 {
				events = append(events, eventtest.Refund(day+rnd.IntN(3), id, "r", 10))
			}
		}
		h := &history.History{}
		var want int64
		for _, e := range eventtest.Deliver(rnd, events, &history.Rules{}) { // in the order of days, some of a day again
			if _, refused := h.Fold(e, rules); refused != nil {
				t.Fatalf("seed %d, round %d: %s: %v", seed, round, e.ID, refused)
			}
		}
		for i := range events {
			if events[i].Kind == history.OrderPlaced {
				want += events[i].AmountMinor
			} else {
				want -= events[i].AmountMinor
			}
		}
		if f := h.Facts(rules, 0); f.RevenueMinor != want || f.Orders != 200 || !h.Sealed.Early {
			t.Fatalf("seed %d, round %d: %d orders, %d in all, early %v; want 200, %d, sealed early", seed, round, f.Orders, f.RevenueMinor, h.Sealed.Early, want)
		}
	}
}
