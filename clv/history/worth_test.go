package history_test

import (
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// What is left of an order of 10835 with a margin of 4000, told as 100.00 EUR, in the ledger
// and, step by step, sealed: it must be the same throughout.
func TestWhatRefundsLeave(t *testing.T) {
	euro, yen := eventtest.Currency("EUR"), eventtest.Currency("JPY")
	own := func(e history.Event, c money.Currency, minor int64) history.Event {
		e.Own = history.Own{Currency: c, Minor: minor}
		return e
	}
	refund := func(day int, id string, amount int64) history.Event { return eventtest.Refund(day, "a", id, amount) }
	const inTime, late, sealed = 5, 15, 60
	for _, c := range []struct {
		what                    string
		refunds                 []history.Event
		orders                  int
		revenue, margin, excess int64
	}{
		{"nothing went back", nil, 1, 10835, 4000, 0},
		{"a third", []history.Event{own(refund(inTime, "r", 3611), euro, 3333)}, 1, 7224, 2667, 0}, // 10835 × 6667 ÷ 10000 = 7223.69; 4000 × 7224 ÷ 10835 = 2666.91
		{"a third, late", []history.Event{own(refund(late, "r", 9999), euro, 3333)}, 1, 7224, 2667, 0},
		{"a third, when it is sealed", []history.Event{own(refund(sealed, "r", 9999), euro, 3333)}, 1, 7224, 2667, 0},
		{"all, in thirds", []history.Event{own(refund(inTime, "r", 3611), euro, 3333), own(refund(inTime, "s", 3611), euro, 3333), own(refund(inTime, "t", 3612), euro, 3334)}, 0, 0, 0, 0},
		{"all, late", []history.Event{own(refund(late, "r", 1), euro, 10000)}, 1, 0, 0, 0},
		{"all, when it is sealed, in thirds", []history.Event{own(refund(sealed, "r", 1), euro, 3333), own(refund(sealed, "s", 1), euro, 3333), own(refund(sealed, "t", 1), euro, 3334)}, 1, 0, 0, 0},
		{"all but a cent", []history.Event{own(refund(inTime, "r", 10835), euro, 9999)}, 1, 1, 0, 0}, // 1.08, and 4000 × 1 ÷ 10835 = 0.37
		{"all, in the business's currency", []history.Event{refund(inTime, "r", 10835)}, 0, 0, 0, 0},
		{"half of it, in yen", []history.Event{own(refund(late, "r", 5418), yen, 900)}, 1, 5418, 2000, 0},                                   // 5418 are 5000.46 cents, 5000: 5417.5 are left
		{"too much", []history.Event{own(refund(inTime, "r", 1), euro, 12000)}, 0, 0, 0, 2167},                                              // 20.00 EUR × 1.0835
		{"too much, late", []history.Event{own(refund(inTime, "r", 1), euro, 6000), own(refund(late, "s", 1), euro, 10000)}, 1, 0, 0, 6501}, // 60.00 EUR at 4334 for 40.00
	} {
		rules := eventtest.TenDays(t)
		order := own(eventtest.Order(0, "a", 10835), euro, 10000)
		order.MarginMinor, order.MarginKnown = 4000, true
		h := &history.History{}
		take := func(e history.Event) {
			if _, refused := h.Fold(&e, rules); refused != nil {
				t.Fatalf("%s: %v", c.what, refused)
			}
		}
		take(order)
		for _, e := range c.refunds {
			if e.AtMicros > (eventtest.Day0+31)*eventtest.DayMicros {
				take(eventtest.Churn(history.ChurnPredicted, 31))
			}
			take(e)
		}
		for _, day := range []int{61, 75, 120} {
			take(eventtest.Churn(history.ChurnPredicted, day))
			excess := h.ExcessMinor(rules)
			if f := h.Facts(rules, 0); f.Orders != c.orders || f.RevenueMinor != c.revenue || f.MarginMinor != c.margin || excess != c.excess {
				t.Errorf("%s, on day %d: %d orders, %d with a margin of %d, %d too much; want %d, %d, %d, %d", c.what, day, f.Orders, f.RevenueMinor, f.MarginMinor, excess, c.orders, c.revenue, c.margin, c.excess)
			}
		}
		if len(h.Orders) > 0 {
			t.Errorf("%s: still in the ledger: %+v", c.what, h.Orders)
		}
	}
}

// Refunds beyond all measure neither panic nor come back as money.
func TestRefundsBeyondAllMeasure(t *testing.T) {
	rules := eventtest.TenDays(t)
	order := eventtest.Order(0, "a", 10)
	order.Own = history.Own{Currency: eventtest.Currency("EUR"), Minor: 1 << 62}
	for _, amounts := range [][]int64{{1<<63 - 1, 1<<63 - 1, 1<<63 - 1}, {1 << 62, 1, 1 << 62}, {9, 1 << 62, 1 << 62}} {
		h := eventtest.Fold(t, rules, order, eventtest.Order(0, "b", 3),
			eventtest.Refund(5, "a", "r", amounts[0]), eventtest.Refund(15, "a", "s", amounts[1]), eventtest.Refund(15, "b", "t", amounts[2]))
		if f := h.Facts(rules, 0); f.RevenueMinor != 0 || f.MarginMinor < 0 || h.ExcessMinor(rules) <= 0 {
			t.Errorf("%v: revenue %d, margin %d, too much %d", amounts, f.RevenueMinor, f.MarginMinor, h.ExcessMinor(rules))
		}
	}
}
