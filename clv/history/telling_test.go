package history_test

import (
	"testing"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// Which telling of an order counts, and when the order was placed.
func TestNewestTellingOfAnOrder(t *testing.T) {
	order, updated, versioned := eventtest.Order, eventtest.Updated, eventtest.Versioned
	for _, c := range []struct {
		what     string
		tellings []history.Event // in any order of arrival
		amount   int64
		day      int
	}{
		{"an edit does not move the day", []history.Event{order(0, "a", 50), order(3, "a", 40)}, 40, 0},
		{"nor do two", []history.Event{order(0, "a", 50), order(3, "a", 40), order(5, "a", 30)}, 30, 0},
		{"updated_at says which is newer", []history.Event{updated(order(0, "a", 50), 1), updated(order(0, "a", 40), 3)}, 40, 0},
		{"and that one counts whole", []history.Event{updated(order(2, "a", 50), 2), updated(order(0, "a", 40), 3)}, 40, 0},
		{"also forward", []history.Event{updated(order(0, "a", 50), 1), updated(order(4, "a", 40), 5)}, 40, 4},
		{"the version says it", []history.Event{versioned(order(0, "a", 50), 10), versioned(order(0, "a", 40), 9)}, 50, 0},
		{"and goes before times", []history.Event{versioned(order(3, "a", 50), 1), versioned(order(0, "a", 40), 2)}, 40, 0},
		{"of one version, updated_at", []history.Event{versioned(updated(order(0, "a", 50), 3), 7), versioned(updated(order(0, "a", 40), 2), 7)}, 50, 0},
		{"with a version goes before without", []history.Event{versioned(order(0, "a", 50), 0), order(3, "a", 40)}, 50, 0},
		{"with updated_at and without, by time", []history.Event{updated(order(0, "a", 50), 2), order(3, "a", 40)}, 40, 0},
		{"the other way round", []history.Event{updated(order(0, "a", 50), 4), order(3, "a", 40)}, 50, 0},
		{"version, updated_at and none", []history.Event{versioned(order(1, "a", 50), 3), updated(order(0, "a", 40), 8), order(4, "a", 30)}, 50, 1},
	} {
		rules := eventtest.TenDays(t)
		for i := range c.tellings { // each of them first, forth and back
			arrived := append(append([]history.Event{}, c.tellings[i:]...), c.tellings[:i]...)
			for range 2 {
				h := eventtest.Fold(t, rules, arrived...)
				sum := h.Sum(rules)
				if sum.AmountMinor != c.amount || sum.Days != 1 || sum.LastDay != eventtest.Day0+calendar.Day(c.day) {
					t.Errorf("%s: %d on %s, want %d on day %d", c.what, sum.AmountMinor, sum.LastDay, c.amount, c.day)
				}
				for a, b := 0, len(arrived)-1; a < b; a, b = a+1, b-1 {
					arrived[a], arrived[b] = arrived[b], arrived[a]
				}
			}
		}
	}
}

// A cancel and its order, a revert and its refund: versions decide where both have one.
func TestWhatUndoes(t *testing.T) {
	order, cancel, updated, versioned := eventtest.Order(0, "a", 50), eventtest.Cancel(1, "a"), eventtest.Updated, eventtest.Versioned
	for _, c := range []struct {
		what   string
		events []history.Event
		want   int64
	}{
		{"a cancel with a higher version", []history.Event{versioned(updated(order, 5), 1), versioned(cancel, 2)}, 0},
		{"a cancel with a lower version", []history.Event{versioned(order, 2), versioned(cancel, 1)}, 50},
		{"a cancel of the same version, later", []history.Event{versioned(order, 2), versioned(cancel, 2)}, 0},
		{"a cancel without a version, later", []history.Event{versioned(order, 2), cancel}, 0},
		{"a cancel without a version, earlier", []history.Event{versioned(updated(order, 2), 2), cancel}, 50},
		{"a cancel with a version, of an order without", []history.Event{order, versioned(cancel, 0)}, 0},
		{"a cancel that was updated", []history.Event{updated(order, 2), updated(cancel, 3)}, 0},
		{"of two cancels the later one", []history.Event{updated(order, 4), cancel, eventtest.Cancel(5, "a")}, 0},
	} {
		rules := eventtest.TenDays(t)
		for _, arrived := range [][]history.Event{c.events, {c.events[1], c.events[0]}} {
			if len(c.events) > 2 {
				arrived = c.events
			}
			if got := eventtest.Fold(t, rules, arrived...).Facts(rules, 0).RevenueMinor; got != c.want {
				t.Errorf("%s: revenue %d, want %d", c.what, got, c.want)
			}
		}
	}
}
