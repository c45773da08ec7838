package clv_test

import (
	"fmt"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
)

const microsPerDay = 86_400_000_000

// day0 is day 20,000, so that no day of a test is near 1970.
const day0 = 20_000

// The events of the tables below, by day (counted from day0) and what matters.

func order(day int, id string, amountMinor int64) history.Event {
	return event(history.OrderPlaced, day, history.Event{OrderID: id, AmountMinor: amountMinor})
}

func refund(day int, orderID, id string, amountMinor int64) history.Event {
	return event(history.OrderRefunded, day, history.Event{OrderID: orderID, RefundID: id, AmountMinor: amountMinor})
}

func cancel(day int, orderID string) history.Event {
	return event(history.OrderCancelled, day, history.Event{OrderID: orderID})
}

func churn(kind history.Kind, day int) history.Event { return event(kind, day, history.Event{}) }

func event(kind history.Kind, day int, e history.Event) history.Event {
	e.Kind, e.CustomerID, e.AtMicros = kind, "c", (day0+int64(day))*microsPerDay
	e.ID = fmt.Sprintf("%s %d %s %s", kind, day, e.OrderID, e.RefundID)
	return e
}

// tenDays are rules with a lateness of 10 days.
func tenDays(t testing.TB) *history.Rules {
	rules := newRules(t, "UTC", 10)
	return &rules
}

func fold(t testing.TB, rules *history.Rules, events ...history.Event) *history.History {
	t.Helper()
	h := &history.History{}
	for i := range events {
		if _, refused := h.Fold(&events[i], rules); refused != nil {
			t.Fatalf("fold %s: %v", events[i].ID, refused)
		}
	}
	return h
}

func TestFoldRefusesWhatIsTooLate(t *testing.T) {
	for _, c := range []struct {
		what   string
		before []history.Event
		event  history.Event
		want   bool // refused
	}{
		{"an order L behind", []history.Event{order(10, "a", 1)}, order(0, "b", 1), false},
		{"an order more than L behind", []history.Event{order(11, "a", 1)}, order(0, "b", 1), true},
		{"a refund L behind", []history.Event{order(10, "a", 1)}, refund(0, "b", "r", 1), false},
		{"a refund more than L behind", []history.Event{order(11, "a", 1)}, refund(0, "b", "r", 1), true},
		{"a cancel L behind", []history.Event{order(10, "a", 1)}, cancel(0, "b"), false},
		{"a cancel more than L behind", []history.Event{order(11, "a", 1)}, cancel(0, "b"), true},
		{"an order behind a churn event", []history.Event{churn(history.ChurnPredicted, 11)}, order(0, "b", 1), true},
		{"a version L after the first", []history.Event{order(0, "a", 1), order(5, "a", 2)}, order(10, "a", 3), false},
		{"a version more than L after the first", []history.Event{order(0, "a", 1), order(5, "a", 2)}, order(11, "a", 3), true},
		{"a cancel L after the order", []history.Event{order(0, "a", 1)}, cancel(10, "a"), false},
		{"a cancel more than L after the order", []history.Event{order(0, "a", 1)}, cancel(11, "a"), true},
		{"a refund years after the order", []history.Event{order(0, "a", 1)}, refund(900, "a", "r", 1), false},
		{"a cancel of a sealed order", []history.Event{order(0, "a", 1), order(50, "b", 1)}, cancel(50, "a"), true},
		{"a version of a sealed order", []history.Event{order(0, "a", 1), order(50, "b", 1)}, order(50, "a", 2), true},
		{"a version of a sealed order that a refund keeps in the ledger",
			[]history.Event{order(0, "a", 2), order(50, "b", 1), refund(50, "a", "r", 1)}, order(50, "a", 2), true},
		{"a refund of a sealed order", []history.Event{order(0, "a", 1), order(50, "b", 1)}, refund(50, "a", "r", 1), false},
		{"churn long behind", []history.Event{order(900, "a", 1)}, churn(history.ChurnConfirmed, 0), false},
		{"an acquisition long behind", []history.Event{order(900, "a", 1)}, event(history.CustomerAcquired, 0, history.Event{}), false},
	} {
		t.Run(c.what, func(t *testing.T) {
			rules := tenDays(t)
			h := fold(t, rules, c.before...)
			before := content(h)
			_, refused := h.Fold(&c.event, rules)
			if (refused != nil) != c.want {
				t.Fatalf("refused is %v, want %v", refused, c.want)
			}
			if refused == nil {
				return
			}
			if refused.Reason != history.TooLate || refused.Detail == "" {
				t.Errorf("refused for %v, want too_late and a detail", refused)
			}
			if after := content(h); after != before {
				t.Errorf("the refused event left a trace:\n%s\n%s", before, after)
			}
		})
	}
}

func TestFoldSaysWhetherAnythingChanged(t *testing.T) {
	rules := tenDays(t)
	h := &history.History{}
	for _, c := range []struct {
		event history.Event
		want  bool
	}{
		{order(0, "a", 5), true}, {order(0, "a", 5), false},
		{refund(1, "a", "r", 1), true}, {refund(1, "a", "r", 1), false},
		{cancel(2, "a"), true}, {cancel(2, "a"), false}, {cancel(1, "a"), false},
		{churn(history.ChurnConfirmed, 3), true}, {churn(history.ChurnConfirmed, 3), false}, {churn(history.ChurnReverted, 2), false},
		{event(history.CustomerAcquired, 3, history.Event{}), true}, {event(history.CustomerAcquired, 2, history.Event{}), false},
		{order(4, "a", 7), true}, {order(0, "a", 5), false},
		{order(50, "b", 1), true}, {refund(50, "a", "late", 1), false}, // "a" was cancelled before it was sealed
	} {
		did, refused := h.Fold(&c.event, rules)
		if refused != nil || did.Changed != c.want {
			t.Errorf("%s: did.Changed %v, refused %v; want did.Changed %v", c.event.ID, did.Changed, refused, c.want)
		}
	}
}

func TestVersionsOfEqualTimeAreSettledByEventID(t *testing.T) {
	rules := tenDays(t)
	one, other := order(0, "a", 100), order(0, "a", 200)
	one.ID, other.ID = "one", "other"
	forth, back := fold(t, rules, one, other), fold(t, rules, other, one)
	if a, b := forth.Facts(rules, 0).RevenueMinor, back.Facts(rules, 0).RevenueMinor; a != b {
		t.Errorf("revenue is %d or %d, by order of arrival", a, b)
	}
}

func TestOutcomeOfAnOrder(t *testing.T) {
	for _, c := range []struct {
		what    string
		events  []history.Event
		orders  int
		revenue int64
	}{
		{"as placed", []history.Event{order(0, "a", 100)}, 1, 100},
		{"for nothing", []history.Event{order(0, "a", 0)}, 1, 0},
		{"the latest version", []history.Event{order(0, "a", 100), order(2, "a", 300), order(1, "a", 200)}, 1, 300},
		{"refunded in part", []history.Event{order(0, "a", 100), refund(1, "a", "r", 30), refund(2, "a", "s", 30)}, 1, 40},
		{"refunded whole", []history.Event{order(0, "a", 100), refund(1, "a", "r", 70), refund(2, "a", "s", 30)}, 0, 0},
		{"refunded beyond its amount", []history.Event{order(0, "a", 100), refund(1, "a", "r", 170)}, 0, 0},
		{"for nothing, refunded", []history.Event{order(0, "a", 0), refund(1, "a", "r", 70)}, 1, 0},
		{"cancelled", []history.Event{order(0, "a", 100), cancel(1, "a")}, 0, 0},
		{"cancelled before it came", []history.Event{cancel(0, "a"), order(10, "a", 100)}, 0, 0},
		{"cancelled too long before it came", []history.Event{cancel(0, "a"), order(11, "a", 100)}, 1, 100},
		{"refunded before it came", []history.Event{refund(0, "a", "r", 30), order(10, "a", 100)}, 1, 70},
		{"refunded too long before it came", []history.Event{refund(0, "a", "r", 30), order(11, "a", 100)}, 1, 100},
		{"refunded late: less money, the same orders", []history.Event{order(0, "a", 100), refund(11, "a", "r", 100)}, 1, 0},
		{"cancelled and refunded late", []history.Event{order(0, "a", 100), cancel(1, "a"), refund(11, "a", "r", 30)}, 0, 0},
		{"the same refund told again", []history.Event{order(0, "a", 100), refund(1, "a", "r", 30), refund(9, "a", "r", 30)}, 1, 70},
		{"the same refund told again, too late to count itself", []history.Event{order(0, "a", 100), refund(9, "a", "r", 30), refund(19, "a", "r", 30)}, 1, 70},
		{"another refund under an old id", []history.Event{order(0, "a", 100), refund(9, "a", "r", 30), refund(20, "a", "r", 30)}, 1, 40},
		{"the first of two tellings counts", []history.Event{order(0, "a", 100), refund(5, "a", "r", 30), refund(4, "a", "r", 20)}, 1, 80},
	} {
		t.Run(c.what, func(t *testing.T) {
			rules := tenDays(t)
			h := fold(t, rules, c.events...)
			check := func(when string) {
				f := h.Facts(rules, h.LatestMicros)
				if f.Orders != c.orders || f.PurchaseDays != c.orders || f.RevenueMinor != c.revenue {
					t.Errorf("%s: %d orders on %d days, %d in all; want %d and %d", when, f.Orders, f.PurchaseDays, f.RevenueMinor, c.orders, c.revenue)
				}
			}
			check("in the ledger")
			for _, day := range []int{24, 48, 72} { // sealed step by step
				later := churn(history.ChurnPredicted, day)
				h.Fold(&later, rules)
				check(fmt.Sprintf("on day %d", day))
			}
			if len(h.Orders) != 0 {
				t.Errorf("still in the ledger: %+v", h.Orders)
			}
		})
	}
}

func TestLastWordOnChurnAndAcquisition(t *testing.T) {
	rules := tenDays(t)
	late := event(history.CustomerAcquired, 1, history.Event{AmountMinor: 900, Channel: "tv"})
	h := fold(t, rules,
		churn(history.ChurnConfirmed, 800), churn(history.ChurnReverted, 801), churn(history.ChurnPredicted, 2),
		event(history.CustomerAcquired, 2, history.Event{AmountMinor: 500, Channel: "web"}), late)
	if h.Churn.Kind != history.ChurnReverted {
		t.Errorf("churn says %s, want the latest, churn.reverted", h.Churn.Kind)
	}
	if h.Acquisition.CostMinor != 500 || h.Acquisition.Channel != "web" {
		t.Errorf("acquisition says %+v, want the latest, 500 by web", h.Acquisition)
	}
}
