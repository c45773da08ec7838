package history_test

import (
	"fmt"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/eventtest"
)

func TestFoldRefusesWhatIsTooLate(t *testing.T) {
	for _, c := range []struct {
		what   string
		before []history.Event
		event  history.Event
		want   bool // refused
	}{
		{"an order L behind", []history.Event{eventtest.Order(10, "a", 1)}, eventtest.Order(0, "b", 1), false},
		{"an order more than L behind", []history.Event{eventtest.Order(11, "a", 1)}, eventtest.Order(0, "b", 1), true},
		{"a refund L behind", []history.Event{eventtest.Order(10, "a", 1)}, eventtest.Refund(0, "b", "r", 1), false},
		{"a refund more than L behind", []history.Event{eventtest.Order(11, "a", 1)}, eventtest.Refund(0, "b", "r", 1), true},
		{"a cancel L behind", []history.Event{eventtest.Order(10, "a", 1)}, eventtest.Cancel(0, "b"), false},
		{"a cancel more than L behind", []history.Event{eventtest.Order(11, "a", 1)}, eventtest.Cancel(0, "b"), true},
		{"an order behind a churn event", []history.Event{eventtest.Churn(history.ChurnPredicted, 11)}, eventtest.Order(0, "b", 1), true},
		{"a version L after the first", []history.Event{eventtest.Order(0, "a", 1), eventtest.Order(5, "a", 2)}, eventtest.Order(10, "a", 3), false},
		{"a version more than L after the first", []history.Event{eventtest.Order(0, "a", 1), eventtest.Order(5, "a", 2)}, eventtest.Order(11, "a", 3), true},
		{"a cancel L after the order", []history.Event{eventtest.Order(0, "a", 1)}, eventtest.Cancel(10, "a"), false},
		{"a cancel more than L after the order", []history.Event{eventtest.Order(0, "a", 1)}, eventtest.Cancel(11, "a"), true},
		{"a refund years after the order", []history.Event{eventtest.Order(0, "a", 1)}, eventtest.Refund(900, "a", "r", 1), false},
		{"a cancel of a sealed order", []history.Event{eventtest.Order(0, "a", 1), eventtest.Order(50, "b", 1)}, eventtest.Cancel(50, "a"), true},
		{"a version of a sealed order", []history.Event{eventtest.Order(0, "a", 1), eventtest.Order(50, "b", 1)}, eventtest.Order(50, "a", 2), true},
		{"a version of a sealed order that a refund keeps in the ledger",
			[]history.Event{eventtest.Order(0, "a", 2), eventtest.Order(50, "b", 1), eventtest.Refund(50, "a", "r", 1)}, eventtest.Order(50, "a", 2), true},
		{"a refund of a sealed order", []history.Event{eventtest.Order(0, "a", 1), eventtest.Order(50, "b", 1)}, eventtest.Refund(50, "a", "r", 1), false},
		{"a refund told again L after it", []history.Event{eventtest.Order(0, "a", 9), eventtest.Refund(9, "a", "r", 1)}, eventtest.Refund(19, "a", "r", 2), false},
		{"a refund told again more than L after it", []history.Event{eventtest.Order(0, "a", 9), eventtest.Refund(9, "a", "r", 1)}, eventtest.Refund(20, "a", "r", 2), true},
		{"a revert L after the refund", []history.Event{eventtest.Order(0, "a", 9), eventtest.Refund(9, "a", "r", 1)}, eventtest.Revert(19, "a", "r"), false},
		{"a revert more than L after the refund", []history.Event{eventtest.Order(0, "a", 9), eventtest.Refund(9, "a", "r", 1)}, eventtest.Revert(20, "a", "r"), true},
		{"a revert L behind, of an order 3L behind", []history.Event{eventtest.Order(0, "a", 9), eventtest.Refund(10, "a", "r", 1), eventtest.Order(30, "b", 1)}, eventtest.Revert(20, "a", "r"), false},
		{"an order placed more than L ago, updated since", []history.Event{eventtest.Order(11, "b", 1)}, eventtest.Updated(eventtest.Order(0, "a", 1), 11), true},
		{"an order known already, updated since", []history.Event{eventtest.Order(0, "a", 1), eventtest.Order(20, "b", 1)}, eventtest.Updated(eventtest.Order(0, "a", 2), 10), false},
		{"an order known already, updated more than L behind", []history.Event{eventtest.Order(0, "a", 1), eventtest.Order(20, "b", 1)}, eventtest.Updated(eventtest.Order(0, "a", 2), 9), true},
		{"an order known already, put before what is known", []history.Event{eventtest.Order(5, "a", 1), eventtest.Order(16, "b", 1)}, eventtest.Updated(eventtest.Order(4, "a", 2), 16), true},
		{"an order 2L behind, updated since", []history.Event{eventtest.Order(0, "a", 1), eventtest.Order(20, "b", 1)}, eventtest.Updated(eventtest.Order(0, "a", 2), 20), false},
		{"an order more than 2L behind, updated since", []history.Event{eventtest.Order(0, "a", 1), eventtest.Order(21, "b", 1)}, eventtest.Updated(eventtest.Order(0, "a", 2), 21), true},
		{"churn long behind", []history.Event{eventtest.Order(900, "a", 1)}, eventtest.Churn(history.ChurnConfirmed, 0), false},
		{"an acquisition long behind", []history.Event{eventtest.Order(900, "a", 1)}, eventtest.Event(history.CustomerAcquired, 0, history.Event{}), false},
	} {
		t.Run(c.what, func(t *testing.T) {
			rules := eventtest.TenDays(t)
			h := eventtest.Fold(t, rules, c.before...)
			before := eventtest.Content(h)
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
			if after := eventtest.Content(h); after != before {
				t.Errorf("the refused event left a trace:\n%s\n%s", before, after)
			}
		})
	}
}

func TestFoldSaysWhetherAnythingChanged(t *testing.T) {
	rules := eventtest.TenDays(t)
	h := &history.History{}
	for _, c := range []struct {
		event history.Event
		want  bool
	}{
		{eventtest.Order(0, "a", 5), true}, {eventtest.Order(0, "a", 5), false},
		{eventtest.Refund(1, "a", "r", 1), true}, {eventtest.Refund(1, "a", "r", 1), false},
		{eventtest.Cancel(2, "a"), true}, {eventtest.Cancel(2, "a"), false}, {eventtest.Cancel(1, "a"), false},
		{eventtest.Churn(history.ChurnConfirmed, 3), true}, {eventtest.Churn(history.ChurnConfirmed, 3), false}, {eventtest.Churn(history.ChurnReverted, 2), false},
		{eventtest.Event(history.CustomerAcquired, 3, history.Event{}), true}, {eventtest.Event(history.CustomerAcquired, 2, history.Event{}), false},
		{eventtest.Order(4, "a", 7), true}, {eventtest.Order(0, "a", 5), false},
		{eventtest.Cancel(5, "a"), true}, {eventtest.Revert(6, "a", "r"), true}, {eventtest.Revert(6, "a", "r"), false},
		{eventtest.Order(50, "b", 1), true}, {eventtest.Refund(50, "a", "late", 1), true}, // "a" was cancelled before it was sealed: it is known now, and takes nothing
	} {
		did, refused := h.Fold(&c.event, rules)
		if refused != nil || did.Changed != c.want {
			t.Errorf("%s: did.Changed %v, refused %v; want did.Changed %v", c.event.ID, did.Changed, refused, c.want)
		}
	}
}

// Of two tellings of one time the higher id counts, as text: a hash of it would have any of
// the two win.
func TestTellingsOfEqualTimeAreSettledByEventID(t *testing.T) {
	rules := eventtest.TenDays(t)
	for _, ids := range [][2]string{{"a", "b"}, {"o-1", "o-2"}, {"o-10", "o-9"}, {"A", "a"}, {"", "a"}, {"e", "e1"}} {
		lower, higher := eventtest.Order(0, "a", 100), eventtest.Order(0, "a", 200)
		lower.ID, higher.ID = ids[0], ids[1]
		if ids[0] == "" {
			lower.ID = "\x00"
		}
		for _, arrived := range [][]history.Event{{lower, higher}, {higher, lower}} {
			if got := eventtest.Fold(t, rules, arrived...).Facts(rules, 0).RevenueMinor; got != 200 {
				t.Errorf("%q and %q: revenue is %d, want that of the second", arrived[0].ID, arrived[1].ID, got)
			}
		}
	}
}

func TestOutcomeOfAnOrder(t *testing.T) {
	for _, c := range []struct {
		what    string
		events  []history.Event
		orders  int
		revenue int64
	}{
		{"as placed", []history.Event{eventtest.Order(0, "a", 100)}, 1, 100},
		{"for nothing", []history.Event{eventtest.Order(0, "a", 0)}, 1, 0},
		{"the latest version", []history.Event{eventtest.Order(0, "a", 100), eventtest.Order(2, "a", 300), eventtest.Order(1, "a", 200)}, 1, 300},
		{"refunded in part", []history.Event{eventtest.Order(0, "a", 100), eventtest.Refund(1, "a", "r", 30), eventtest.Refund(2, "a", "s", 30)}, 1, 40},
		{"refunded whole", []history.Event{eventtest.Order(0, "a", 100), eventtest.Refund(1, "a", "r", 70), eventtest.Refund(2, "a", "s", 30)}, 0, 0},
		{"refunded beyond its amount", []history.Event{eventtest.Order(0, "a", 100), eventtest.Refund(1, "a", "r", 170)}, 0, 0},
		{"for nothing, refunded", []history.Event{eventtest.Order(0, "a", 0), eventtest.Refund(1, "a", "r", 70)}, 1, 0},
		{"cancelled", []history.Event{eventtest.Order(0, "a", 100), eventtest.Cancel(1, "a")}, 0, 0},
		{"cancelled, the cancel comes first", []history.Event{eventtest.Cancel(10, "a"), eventtest.Order(0, "a", 100)}, 0, 0},
		{"cancelled at the same time", []history.Event{eventtest.Cancel(0, "a"), eventtest.Order(0, "a", 100)}, 0, 0},
		{"told after its cancel", []history.Event{eventtest.Cancel(0, "a"), eventtest.Order(10, "a", 100)}, 1, 100},
		{"cancelled, then told again", []history.Event{eventtest.Order(0, "a", 100), eventtest.Cancel(1, "a"), eventtest.Order(2, "a", 55)}, 1, 55},
		{"the same, the cancel last", []history.Event{eventtest.Order(0, "a", 100), eventtest.Order(2, "a", 55), eventtest.Cancel(1, "a")}, 1, 55},
		{"cancelled, told again, cancelled", []history.Event{eventtest.Order(0, "a", 100), eventtest.Cancel(1, "a"), eventtest.Order(2, "a", 55), eventtest.Cancel(3, "a")}, 0, 0},
		{"cancelled by version, long before it was placed", []history.Event{eventtest.Versioned(eventtest.Cancel(0, "a"), 2), eventtest.Versioned(eventtest.Order(11, "a", 100), 1)}, 1, 100},
		{"cancelled by version, before it was placed", []history.Event{eventtest.Versioned(eventtest.Cancel(0, "a"), 2), eventtest.Versioned(eventtest.Order(10, "a", 100), 1)}, 0, 0},
		{"refunded before it came", []history.Event{eventtest.Refund(0, "a", "r", 30), eventtest.Order(10, "a", 100)}, 1, 70},
		{"refunded too long before it came", []history.Event{eventtest.Refund(0, "a", "r", 30), eventtest.Order(11, "a", 100)}, 1, 100},
		{"refunded late: less money, the same orders", []history.Event{eventtest.Order(0, "a", 100), eventtest.Refund(11, "a", "r", 100)}, 1, 0},
		{"cancelled and refunded late", []history.Event{eventtest.Order(0, "a", 100), eventtest.Cancel(1, "a"), eventtest.Refund(11, "a", "r", 30)}, 0, 0},
		{"the same refund told again", []history.Event{eventtest.Order(0, "a", 100), eventtest.Refund(1, "a", "r", 30), eventtest.Refund(9, "a", "r", 30)}, 1, 70},
		{"a refund within the lateness told again after it", []history.Event{eventtest.Order(0, "a", 100), eventtest.Refund(9, "a", "r", 100), eventtest.Refund(19, "a", "r", 100)}, 0, 0},
		{"the newest telling of a refund counts", []history.Event{eventtest.Order(0, "a", 100), eventtest.Refund(5, "a", "r", 30), eventtest.Refund(4, "a", "r", 20)}, 1, 70},
		{"a refund that was reverted", []history.Event{eventtest.Order(0, "a", 100), eventtest.Refund(5, "a", "r", 100), eventtest.Revert(15, "a", "r")}, 1, 100},
		{"the revert comes first", []history.Event{eventtest.Order(0, "a", 100), eventtest.Revert(15, "a", "r"), eventtest.Refund(5, "a", "r", 100)}, 1, 100},
		{"a refund that was reverted and made", []history.Event{eventtest.Order(0, "a", 100), eventtest.Refund(5, "a", "r", 30), eventtest.Revert(6, "a", "r"), eventtest.Refund(7, "a", "r", 30)}, 1, 70},
		{"a late refund that was reverted", []history.Event{eventtest.Order(0, "a", 100), eventtest.Refund(15, "a", "r", 30), eventtest.Revert(25, "a", "r")}, 1, 100},
		{"refunded late beyond its amount", []history.Event{eventtest.Order(0, "a", 100), eventtest.Refund(11, "a", "r", 170)}, 1, 0},
		{"refunded in time and late beyond its amount", []history.Event{eventtest.Order(0, "a", 100), eventtest.Refund(1, "a", "r", 60), eventtest.Refund(11, "a", "s", 100)}, 1, 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			rules := eventtest.TenDays(t)
			h := eventtest.Fold(t, rules, c.events...)
			check := func(when string) {
				f := h.Facts(rules, h.LatestMicros)
				if f.Orders != c.orders || f.PurchaseDays != c.orders || f.RevenueMinor != c.revenue {
					t.Errorf("%s: %d orders on %d days, %d in all; want %d and %d", when, f.Orders, f.PurchaseDays, f.RevenueMinor, c.orders, c.revenue)
				}
			}
			check("in the ledger")
			for _, day := range []int{24, 48, 72} { // sealed step by step
				later := eventtest.Churn(history.ChurnPredicted, day)
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
	rules := eventtest.TenDays(t)
	late := eventtest.Event(history.CustomerAcquired, 1, history.Event{AmountMinor: 900, Channel: "tv"})
	h := eventtest.Fold(t, rules,
		eventtest.Churn(history.ChurnConfirmed, 800), eventtest.Churn(history.ChurnReverted, 801), eventtest.Churn(history.ChurnPredicted, 2),
		eventtest.Event(history.CustomerAcquired, 2, history.Event{AmountMinor: 500, Channel: "web"}), late)
	if h.Churn.Kind != history.ChurnReverted {
		t.Errorf("churn says %s, want the latest, churn.reverted", h.Churn.Kind)
	}
	if h.Acquisition.CostMinor != 500 || h.Acquisition.Channel != "web" {
		t.Errorf("acquisition says %+v, want the latest, 500 by web", h.Acquisition)
	}
}
