package clv_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// What an instant before the latest event tells, and what it says it does not
// know. Lateness is ten days: an order is sealed once an event comes 21 days
// after it.
func TestWhatIsKnownOfThePast(t *testing.T) {
	const refusedFrom = -1
	for _, c := range []struct {
		what   string
		events []history.Event
		day    int
		orders int    // that stand on the day; or -1: refused
		doubts string // as kinds and order ids
	}{
		{"before the first", []history.Event{eventtest.Order(5, "a", 9), eventtest.Order(6, "b", 9)}, 4, 0, "[]"},
		{"between orders", []history.Event{eventtest.Order(0, "a", 9), eventtest.Order(3, "b", 9)}, 2, 1, "[]"},
		{"before a refund whole", []history.Event{eventtest.Order(0, "a", 9), eventtest.Refund(3, "a", "r", 9)}, 2, 1, "[]"},
		{"before a cancel", []history.Event{eventtest.Order(0, "a", 9), eventtest.Cancel(3, "a"), eventtest.Order(4, "b", 9)}, 2, 1, "[]"},
		{"on the day of a cancel", []history.Event{eventtest.Order(0, "a", 9), eventtest.Cancel(3, "a"), eventtest.Order(4, "b", 9)}, 3, 0, "[{cancel_time a} {path }]"},
		{"before a newer telling", []history.Event{eventtest.Order(0, "a", 9), eventtest.Order(3, "a", 5), eventtest.Order(4, "b", 9)}, 2, 1, "[{amended a}]"},
		{"after it", []history.Event{eventtest.Order(0, "a", 9), eventtest.Order(3, "a", 5), eventtest.Order(4, "b", 9)}, 3, 1, "[]"},
		{"before churn", []history.Event{eventtest.Order(0, "a", 9), eventtest.Churn(history.ChurnConfirmed, 5)}, 2, 1, "[{churn } {path }]"},
		{"after churn", []history.Event{eventtest.Order(0, "a", 9), eventtest.Churn(history.ChurnConfirmed, 5), eventtest.Order(9, "b", 9)}, 6, 1, "[{path }]"},
		{"before the cost", []history.Event{eventtest.Order(0, "a", 9), eventtest.Event(history.CustomerAcquired, 5, history.Event{AmountMinor: 7})}, 2, 1, "[{acquisition }]"},
		{"before what is sealed", []history.Event{eventtest.Order(0, "a", 9), eventtest.Order(5, "b", 9), eventtest.Order(40, "c", 9)}, 4, refusedFrom, ""},
		{"after what is sealed", []history.Event{eventtest.Order(0, "a", 9), eventtest.Order(1, "b", 9), eventtest.Order(40, "c", 9)}, 20, 2, "[]"},
		{"after it, and another tier came since", []history.Event{eventtest.Order(0, "a", 9), eventtest.Order(3, "a", 5), eventtest.Order(17, "b", 9000)}, 4, 1, "[{path }]"},
		{"soon after the one that is sealed", []history.Event{eventtest.Order(0, "a", 9), eventtest.Order(40, "c", 9)}, 8, 1, "[{sealed }]"},
		{"soon after what is sealed", []history.Event{eventtest.Order(0, "a", 9), eventtest.Order(1, "b", 9), eventtest.Order(40, "c", 9)}, 11, 2, "[{sealed }]"},
		{"a sealed order that fell", []history.Event{eventtest.Order(0, "a", 9), eventtest.Order(15, "b", 9), eventtest.Cancel(24, "b"), eventtest.Order(40, "c", 9)}, 22, 1, "[{sealed }]"},
		{"long after it fell", []history.Event{eventtest.Order(0, "a", 9), eventtest.Order(15, "b", 9), eventtest.Cancel(24, "b"), eventtest.Order(40, "c", 9)}, 30, 1, "[]"},
		{"a part of a sealed order that went back later", []history.Event{eventtest.Order(15, "b", 9), eventtest.Refund(24, "b", "r", 4), eventtest.Order(46, "c", 9)}, 23, 1, "[{sealed }]"},
		{"and before", []history.Event{eventtest.Order(15, "b", 9), eventtest.Refund(24, "b", "r", 4), eventtest.Order(46, "c", 9)}, 30, 1, "[]"},
		{"before a sealed late refund", []history.Event{eventtest.Order(0, "a", 9), eventtest.Refund(30, "a", "r", 4), eventtest.Order(60, "c", 9)}, 25, refusedFrom, ""},
		{"won back by a sealed order", []history.Event{eventtest.Order(0, "a", 9), eventtest.Order(15, "b", 9), eventtest.Order(60, "c", 9)}, 28, 2, "[{sealed }]"},
	} {
		t.Run(c.what, func(t *testing.T) {
			v := &clv.Valuation{Basis: standing.Basis{Rules: *eventtest.TenDays(t), Model: model.Historic{}, Awake: standing.Awake{Stages: standing.Stages{
				Dormant: standing.StageEntry{SilenceDays: 100}, WonBackDays: 14,
			}, Tiers: standing.Tiers{Tiers: []standing.Tier{{Name: "gold", FromMinor: 1000}}}}}}
			var whole live
			for i := range c.events {
				whole.take(&c.events[i], 0, v)
			}
			reading, err := whole.At("c", (eventtest.Day0+int64(c.day))*eventtest.DayMicros, v)
			var sealed *clv.SealedError
			switch {
			case c.orders == refusedFrom && !errors.As(err, &sealed):
				t.Errorf("is answered: %+v, %v", reading, err)
			case c.orders == refusedFrom:
			case err != nil || reading.Estimate.Facts.Orders != c.orders:
				t.Errorf("%d orders, want %d: %v", reading.Estimate.Facts.Orders, c.orders, err)
			default:
				said := []string{}
				for _, d := range reading.Doubts {
					said = append(said, fmt.Sprintf("{%s %s}", d.Kind, d.OrderID))
					if d.String() == "unknown" {
						t.Errorf("%s has no words", d.Kind)
					}
				}
				if got := fmt.Sprint(said); got != c.doubts {
					t.Errorf("doubts %s, want %s", got, c.doubts)
				}
			}
		})
	}
}
