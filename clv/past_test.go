package clv_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/clvstream/clvstream/clv"
)

// What an instant before the latest event tells, and what it says it does not
// know. Lateness is ten days: an order is sealed once an event comes 21 days
// after it.
func TestWhatIsKnownOfThePast(t *testing.T) {
	const refusedFrom = -1
	for _, c := range []struct {
		what   string
		events []clv.Event
		day    int
		orders int    // that stand on the day; or -1: refused
		doubts string // as kinds and order ids
	}{
		{"before the first", []clv.Event{order(5, "a", 9), order(6, "b", 9)}, 4, 0, "[]"},
		{"between orders", []clv.Event{order(0, "a", 9), order(3, "b", 9)}, 2, 1, "[]"},
		{"before a refund whole", []clv.Event{order(0, "a", 9), refund(3, "a", "r", 9)}, 2, 1, "[]"},
		{"before a cancel", []clv.Event{order(0, "a", 9), cancel(3, "a"), order(4, "b", 9)}, 2, 1, "[]"},
		{"on the day of a cancel", []clv.Event{order(0, "a", 9), cancel(3, "a"), order(4, "b", 9)}, 3, 0, "[{cancel_time a} {path }]"},
		{"before a newer version", []clv.Event{order(0, "a", 9), order(3, "a", 5), order(4, "b", 9)}, 2, 0, "[{amended a}]"},
		{"after it", []clv.Event{order(0, "a", 9), order(3, "a", 5), order(4, "b", 9)}, 3, 1, "[]"},
		{"before churn", []clv.Event{order(0, "a", 9), churn(clv.ChurnConfirmed, 5)}, 2, 1, "[{churn } {path }]"},
		{"after churn", []clv.Event{order(0, "a", 9), churn(clv.ChurnConfirmed, 5), order(9, "b", 9)}, 6, 1, "[{path }]"},
		{"before the cost", []clv.Event{order(0, "a", 9), event(clv.CustomerAcquired, 5, clv.Event{AmountMinor: 7})}, 2, 1, "[{acquisition }]"},
		{"before what is sealed", []clv.Event{order(0, "a", 9), order(5, "b", 9), order(40, "c", 9)}, 4, refusedFrom, ""},
		{"after what is sealed", []clv.Event{order(0, "a", 9), order(1, "b", 9), order(40, "c", 9)}, 20, 2, "[]"},
		{"after it, and another tier came since", []clv.Event{order(0, "a", 9), order(3, "a", 5), order(17, "b", 9000)}, 4, 1, "[{path }]"},
		{"soon after the one that is sealed", []clv.Event{order(0, "a", 9), order(40, "c", 9)}, 8, 1, "[{sealed }]"},
		{"soon after what is sealed", []clv.Event{order(0, "a", 9), order(1, "b", 9), order(40, "c", 9)}, 11, 2, "[{sealed }]"},
		{"a sealed order that fell", []clv.Event{order(0, "a", 9), order(15, "b", 9), cancel(24, "b"), order(40, "c", 9)}, 22, 1, "[{sealed }]"},
		{"long after it fell", []clv.Event{order(0, "a", 9), order(15, "b", 9), cancel(24, "b"), order(40, "c", 9)}, 30, 1, "[]"},
		{"a part of a sealed order that went back later", []clv.Event{order(15, "b", 9), refund(24, "b", "r", 4), order(40, "c", 9)}, 23, 1, "[{sealed }]"},
		{"and before", []clv.Event{order(15, "b", 9), refund(24, "b", "r", 4), order(40, "c", 9)}, 30, 1, "[]"},
		{"before a sealed late refund", []clv.Event{order(0, "a", 9), refund(30, "a", "r", 4), order(60, "c", 9)}, 25, refusedFrom, ""},
		{"won back by a sealed order", []clv.Event{order(0, "a", 9), order(15, "b", 9), order(60, "c", 9)}, 28, 2, "[{sealed }]"},
	} {
		t.Run(c.what, func(t *testing.T) {
			v := &clv.Valuation{Basis: clv.Basis{Rules: *tenDays(t), Model: clv.Historic{}, Awake: clv.Awake{Stages: clv.Stages{
				Dormant: clv.StageEntry{SilenceDays: 100}, WonBackDays: 14,
			}, Tiers: clv.Tiers{Tiers: []clv.Tier{{Name: "gold", FromMinor: 1000}}}}}}
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
