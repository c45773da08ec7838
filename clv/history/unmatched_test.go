package history_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// Each refund and cancel without an order waits, or is given up once; those with one do
// neither. What is given up does not depend on the order of arrival.
func TestNothingVanishes(t *testing.T) {
	eventtest.EachLife(t, func(t *testing.T, rnd *rand.Rand, events []history.Event, rules *history.Rules) {
		var h history.History
		given := map[string]bool{}
		for _, e := range eventtest.Deliver(rnd, events, rules) {
			did, _ := h.Fold(e, rules)
			for _, w := range did.GivenUp {
				if given[w.Event.ID] {
					t.Errorf("%s %s is given up twice", w.Event.Kind, w.Event.ID)
				}
				given[w.Event.ID] = true
			}
		}
		waiting := map[string]bool{}
		for _, w := range h.Waiting {
			waiting[w.Event.ID] = true
		}
		wantWaiting, wantGiven := eventtest.Recompute(events, rules).Unmatched()
		if !maps.Equal(waiting, wantWaiting) {
			t.Errorf("%v wait, want %v", waiting, wantWaiting)
		}
		if !maps.Equal(given, wantGiven) {
			t.Errorf("%v are given up, want %v", given, wantGiven)
		}
	})
}

func TestWhatMeetsItsOrderWaitsNoMore(t *testing.T) {
	rules := eventtest.TenDays(t)
	for _, c := range []struct {
		what    string
		events  []history.Event
		waiting int
	}{
		{"a refund before its order", []history.Event{eventtest.Refund(0, "a", "r", 1), eventtest.Order(10, "a", 5)}, 0},
		{"a refund too long before its order", []history.Event{eventtest.Refund(0, "a", "r", 1), eventtest.Order(11, "a", 5)}, 1},
		{"an earlier version comes late", []history.Event{eventtest.Refund(0, "a", "r", 1), eventtest.Order(10, "a", 5), eventtest.Order(9, "a", 4)}, 0},
		{"a cancel before its order", []history.Event{eventtest.Cancel(0, "a"), eventtest.Order(1, "a", 5)}, 0},
		{"the wrong case", []history.Event{eventtest.Order(0, "a", 5), eventtest.Refund(1, "A", "r", 1)}, 1},
		{"two of one order", []history.Event{eventtest.Refund(0, "a", "r", 1), eventtest.Cancel(1, "a")}, 2},
		{"one that comes again", []history.Event{eventtest.Refund(0, "a", "r", 1), eventtest.Refund(0, "a", "r", 1)}, 1},
		{"of a sealed order", []history.Event{eventtest.Order(0, "a", 5), eventtest.Order(30, "b", 5), eventtest.Refund(30, "a", "r", 1)}, 0},
		{"of a sealed order that fell", []history.Event{eventtest.Order(0, "a", 5), eventtest.Cancel(1, "a"), eventtest.Order(30, "b", 5), eventtest.Refund(30, "a", "r", 1)}, 0},
	} {
		if h := eventtest.Fold(t, rules, c.events...); len(h.Waiting) != c.waiting {
			t.Errorf("%s: %d wait, want %d", c.what, len(h.Waiting), c.waiting)
		}
	}
}

// However many come, no more wait than the ledger limit, and each is given up.
func TestWaitingIsBounded(t *testing.T) {
	for what, perDay := range map[string]int{"over days": 50, "in a day": 5000} {
		rules := smallLedger(t)
		h := &history.History{}
		given := 0
		for i := range 2000 {
			e := eventtest.Cancel(i/perDay, fmt.Sprint("x", i%3))
			e.ID = fmt.Sprint("e", i)
			e.AtMicros += int64(i)
			did, refused := h.Fold(&e, rules)
			if refused != nil {
				t.Fatal(refused)
			}
			if given += len(did.GivenUp); len(h.Waiting) > 16 || len(h.Waiting)+given != i+1 {
				t.Fatalf("%s, event %d: %d wait, %d were given up", what, i, len(h.Waiting), given)
			}
		}
	}
}
