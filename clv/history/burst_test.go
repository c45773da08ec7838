package history_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// secondOf is an event a number of seconds after its day's beginning.
func secondOf(e history.Event, second int) history.Event {
	e.AtMicros = int64(eventtest.Day0)*86_400_000_000 + int64(second)*1_000_000
	return e
}

func TestEachOrderOfABusyDayIsTaken(t *testing.T) {
	rules := smallLedger(t)
	h := eventtest.Fold(t, rules, eventtest.Order(-3, "before", 50))
	for i := range 1000 {
		e := secondOf(eventtest.Order(0, fmt.Sprint("o", i), 100), i/3) // three at once
		if _, refused := h.Fold(&e, rules); refused != nil {
			t.Fatalf("order %d: %v", i, refused)
		}
		if size := entries(h); size > 4*16 {
			t.Fatalf("after order %d %d orders are in the ledger", i, size)
		}
	}
	f := h.Facts(rules, h.LatestMicros)
	if f.Orders != 1001 || f.PurchaseDays != 2 || f.RevenueMinor != 100_050 || f.RepeatMeanMinor != 100_000 {
		t.Errorf("%+v; want 1001 orders on two days, 100050, of the second 100000", f)
	}
	if len(h.Sealed.OrderHashes) != 16 || !h.Sealed.Early || h.Sealed.EarlyDay != eventtest.Day0-1 {
		t.Errorf("%d hashes, early %v until %s; want 16, and only the days before are closed", len(h.Sealed.OrderHashes), h.Sealed.Early, h.Sealed.EarlyDay)
	}
	sum := h.Sum(rules)
	if day, known := h.PurchaseDayBefore(&sum, rules); !known || day != eventtest.Day0-3 {
		t.Errorf("the purchase day before is %s, %v; want three days before", day, known)
	}
}

func TestWhatMayStillBeSaidOfOrdersOfABusyDay(t *testing.T) {
	rules := smallLedger(t)
	burst := func() *history.History {
		h := &history.History{}
		for i := range 65 { // the 65th is one too many: 17 are sealed
			e := secondOf(eventtest.Order(0, fmt.Sprint("o", i), 100), i)
			h.Fold(&e, rules)
		}
		return h
	}
	for _, c := range []struct {
		what    string
		event   history.Event
		refused bool
		orders  int
		revenue int64
	}{
		{"a new order, of any time of the day", secondOf(eventtest.Order(0, "late", 1), 2), false, 66, 6501},
		{"an order of the day before", eventtest.Order(-1, "x", 1), true, 65, 6500},
		{"a repeated order of those in the sums", secondOf(eventtest.Order(0, "o16", 100), 16), true, 65, 6500},
		{"an edit of one in the sums", secondOf(eventtest.Order(0, "o16", 300), 70), true, 65, 6500},
		{"a cancel of one in the sums", secondOf(eventtest.Cancel(0, "o16"), 70), true, 65, 6500},
		{"a refund of one in the sums", secondOf(eventtest.Refund(0, "o16", "r", 100), 70), false, 65, 6400},
		{"a refund that may be in the sums", secondOf(eventtest.Refund(0, "o16", "r", 100), 16), true, 65, 6500},
		{"a refund of one that is forgotten", secondOf(eventtest.Refund(0, "o0", "r", 100), 70), false, 65, 6500},
		{"a repeated order of the ledger", secondOf(eventtest.Order(0, "o17", 100), 17), false, 65, 6500},
		{"an edit of one of the ledger", secondOf(eventtest.Order(0, "o17", 300), 70), false, 65, 6700},
		{"a cancel of one of the ledger", secondOf(eventtest.Cancel(0, "o17"), 70), false, 64, 6400},
		{"a refund of one of the ledger, in full", secondOf(eventtest.Refund(0, "o17", "r", 100), 18), false, 64, 6400},
	} {
		h := burst()
		_, refused := h.Fold(&c.event, rules)
		if f := h.Facts(rules, h.LatestMicros); (refused != nil) != c.refused || f.Orders != c.orders || f.RevenueMinor != c.revenue {
			t.Errorf("%s: refused %v, %d orders, %d; want %v, %d, %d", c.what, refused, f.Orders, f.RevenueMinor, c.refused, c.orders, c.revenue)
		}
	}
}

// Of a busy day that is sealed, the latest orders are known, whatever their ids: here the ids
// fall as time goes on.
func TestTheLatestOrdersOfABusyDayAreKnownTheNextDay(t *testing.T) {
	rules := smallLedger(t)
	for _, c := range []struct {
		order   string
		revenue int64
		waiting int
	}{
		{"o80", 2090, 0}, // the last of twenty: 2100 − 10
		{"o95", 2090, 0}, // the fifth, so the first of the latest sixteen
		{"o96", 2100, 1}, // the fourth is forgotten: its refund waits
	} {
		h := &history.History{}
		for i := range 20 {
			e := secondOf(eventtest.Order(0, fmt.Sprint("o", 99-i), 100), i)
			h.Fold(&e, rules)
		}
		for _, e := range []history.Event{eventtest.Order(1, "next", 100), eventtest.Refund(1, c.order, "r", 10)} {
			if _, refused := h.Fold(&e, rules); refused != nil {
				t.Fatalf("%s: %v", e.OrderID, refused)
			}
		}
		if f := h.Facts(rules, h.LatestMicros); f.Orders != 21 || f.RevenueMinor != c.revenue || len(h.Waiting) != c.waiting {
			t.Errorf("a refund of %s: %d orders, revenue %d, %d waiting; want 21, %d, %d", c.order, f.Orders, f.RevenueMinor, len(h.Waiting), c.revenue, c.waiting)
		}
	}
}

// Nothing of a busy day counts twice, although orders among the latest and refunds of
// whatever age come again.
func TestABusyDayCountsNothingTwice(t *testing.T) {
	seed := rand.Uint64()
	for round := range 200 {
		rnd := rand.New(rand.NewPCG(seed, uint64(round)))
		rules := smallLedger(t)
		h := &history.History{}
		var all []history.Event
		var want int64
		orders := 0
		for second := range 400 {
			var e history.Event
			again := false
			switch roll := rnd.IntN(10); {
			case roll < 6 || orders == 0:
				e = secondOf(eventtest.Order(0, fmt.Sprint("o", orders), 100), second)
				orders++
			case roll < 8: // of one of the latest orders, so that it is known
				of := max(0, orders-1-rnd.IntN(16))
				e = secondOf(eventtest.Refund(0, fmt.Sprint("o", of), fmt.Sprint("r", second), 1), second)
			default:
				e, again = all[max(0, len(all)-1-rnd.IntN(16))], true
			}
			if !again {
				all = append(all, e)
				want += map[history.Kind]int64{history.OrderPlaced: 100, history.OrderRefunded: -1}[e.Kind]
			}
			if _, refused := h.Fold(&e, rules); refused != nil && !again {
				t.Fatalf("seed %d, round %d: %s of second %d: %v", seed, round, e.Kind, second, refused)
			}
		}
		// Refunds of one never close an order of 100.
		if f := h.Facts(rules, h.LatestMicros); f.RevenueMinor != want || f.Orders != orders || f.PurchaseDays != 1 {
			t.Fatalf("seed %d, round %d: %d orders, %d in all; want %d, %d", seed, round, f.Orders, f.RevenueMinor, orders, want)
		}
	}
}
