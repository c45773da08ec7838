package clv_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/standing"
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
		{"before the first", []history.Event{order(5, "a", 9), order(6, "b", 9)}, 4, 0, "[]"},
		{"between orders", []history.Event{order(0, "a", 9), order(3, "b", 9)}, 2, 1, "[]"},
		{"before a refund whole", []history.Event{order(0, "a", 9), refund(3, "a", "r", 9)}, 2, 1, "[]"},
		{"before a cancel", []history.Event{order(0, "a", 9), cancel(3, "a"), order(4, "b", 9)}, 2, 1, "[]"},
		{"on the day of a cancel", []history.Event{order(0, "a", 9), cancel(3, "a"), order(4, "b", 9)}, 3, 0, "[{cancel_time a} {path }]"},
		{"before a newer version", []history.Event{order(0, "a", 9), order(3, "a", 5), order(4, "b", 9)}, 2, 0, "[{amended a}]"},
		{"after it", []history.Event{order(0, "a", 9), order(3, "a", 5), order(4, "b", 9)}, 3, 1, "[]"},
		{"before churn", []history.Event{order(0, "a", 9), churn(history.ChurnConfirmed, 5)}, 2, 1, "[{churn } {path }]"},
		{"after churn", []history.Event{order(0, "a", 9), churn(history.ChurnConfirmed, 5), order(9, "b", 9)}, 6, 1, "[{path }]"},
		{"before the cost", []history.Event{order(0, "a", 9), event(history.CustomerAcquired, 5, history.Event{AmountMinor: 7})}, 2, 1, "[{acquisition }]"},
		{"before what is sealed", []history.Event{order(0, "a", 9), order(5, "b", 9), order(40, "c", 9)}, 4, refusedFrom, ""},
		{"after what is sealed", []history.Event{order(0, "a", 9), order(1, "b", 9), order(40, "c", 9)}, 20, 2, "[]"},
		{"after it, and another tier came since", []history.Event{order(0, "a", 9), order(3, "a", 5), order(17, "b", 9000)}, 4, 1, "[{path }]"},
		{"soon after the one that is sealed", []history.Event{order(0, "a", 9), order(40, "c", 9)}, 8, 1, "[{sealed }]"},
		{"soon after what is sealed", []history.Event{order(0, "a", 9), order(1, "b", 9), order(40, "c", 9)}, 11, 2, "[{sealed }]"},
		{"a sealed order that fell", []history.Event{order(0, "a", 9), order(15, "b", 9), cancel(24, "b"), order(40, "c", 9)}, 22, 1, "[{sealed }]"},
		{"long after it fell", []history.Event{order(0, "a", 9), order(15, "b", 9), cancel(24, "b"), order(40, "c", 9)}, 30, 1, "[]"},
		{"a part of a sealed order that went back later", []history.Event{order(15, "b", 9), refund(24, "b", "r", 4), order(40, "c", 9)}, 23, 1, "[{sealed }]"},
		{"and before", []history.Event{order(15, "b", 9), refund(24, "b", "r", 4), order(40, "c", 9)}, 30, 1, "[]"},
		{"before a sealed late refund", []history.Event{order(0, "a", 9), refund(30, "a", "r", 4), order(60, "c", 9)}, 25, refusedFrom, ""},
		{"won back by a sealed order", []history.Event{order(0, "a", 9), order(15, "b", 9), order(60, "c", 9)}, 28, 2, "[{sealed }]"},
	} {
		t.Run(c.what, func(t *testing.T) {
			v := &clv.Valuation{Basis: standing.Basis{Rules: *tenDays(t), Model: model.Historic{}, Awake: standing.Awake{Stages: standing.Stages{
				Dormant: standing.StageEntry{SilenceDays: 100}, WonBackDays: 14,
			}, Tiers: standing.Tiers{Tiers: []standing.Tier{{Name: "gold", FromMinor: 1000}}}}}}
			var whole live
			for i := range c.events {
				whole.take(&c.events[i], 0, v)
			}
			reading, err := whole.At("c", (day0+int64(c.day))*microsPerDay, v)
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
