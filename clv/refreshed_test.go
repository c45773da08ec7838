package clv_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// What is counted of a day is what a valuation as of that day would count, under every
// model: CLV to a minor unit, as its parts are rounded.
func TestRefreshedCountsWhatTheModelSays(t *testing.T) {
	counted := 0
	eachAwakeLife(t, 60, func(t *testing.T, rnd *rand.Rand, events []history.Event, v *clv.Valuation) {
		var c live
		for i := range events {
			c.take(&events[i], 0, v)
		}
		at := c.Value.AsOfMicros + rnd.Int64N(500)*eventtest.DayMicros
		want := c.Customer
		e := estimate.Of(&want.History, &v.Rules, v.Model, at)
		want.Value = e.Stored(v.Model.Version())
		fresh, differs := c.RefreshedAt(at, v)
		if c.Refreshed.Known {
			t.Fatalf("a question changed the customer: %+v", c.Refreshed)
		}
		if differs {
			counted++
		}
		c.Refreshed = fresh
		got, _ := c.Contribution(&v.Rules, nil)
		wanted, _ := want.Contribution(&v.Rules, nil)
		if off := got.Sums.CLVMinor - wanted.Sums.CLVMinor; off != 0 && off*off != 1 {
			t.Errorf("CLV counts %d, want %d", got.Sums.CLVMinor, wanted.Sums.CLVMinor)
		}
		got.Sums.CLVMinor, wanted.Sums.CLVMinor = 0, 0
		if gotSums, wantSums := got.Sums, wanted.Sums; gotSums != wantSums {
			t.Errorf("counts %+v, want %+v", gotSums, wantSums)
		}
		if again, differs := c.RefreshedAt(at, v); differs || again != fresh {
			t.Errorf("the same day is counted otherwise: %+v, then %+v", fresh, again)
		}
		if earlier, differs := c.RefreshedAt(at-eventtest.DayMicros, v); differs || earlier != fresh {
			t.Errorf("a day before is counted in its place: %+v", earlier)
		}
	})
	if counted == 0 {
		t.Error("nobody counts otherwise")
	}
}

// P(alive) falls into the bin that it would fall into itself, also at its borders.
func TestRefreshedProbabilitiesKeepTheirBins(t *testing.T) {
	v := watchful(t, steady{})
	for days := range 1000 { // P(alive) is 1/(1+days)
		var c, want live
		e := eventtest.Order(0, "o", 1000)
		c.take(&e, 0, v)
		want.take(&e, 0, v)
		at := e.AtMicros + int64(days)*eventtest.DayMicros
		c.Refreshed, _ = c.RefreshedAt(at, v)
		estimated := estimate.Of(&want.History, &v.Rules, v.Model, at)
		want.Value = estimated.Stored(v.Model.Version())
		var s, wanted statistics.Statistics
		got, _ := c.Contribution(&v.Rules, nil)
		s.Add(&got)
		fresh, _ := want.Contribution(&v.Rules, nil)
		wanted.Add(&fresh)
		if off := s.Different(&wanted); len(off) > 0 {
			t.Errorf("after %d days, P(alive) %g: %+v", days, want.Value.PAlive, off)
		}
	}
}

// Lives are lived twice, once counted anew again and again: each change and each standing
// is the same, whatever comes late.
func TestRefreshedChangesNothingElse(t *testing.T) {
	eachAwakeLife(t, 60, func(t *testing.T, rnd *rand.Rand, events []history.Event, v *clv.Valuation) {
		var counted, plain live
		fired, anew := int64(0), 0
		for i := range events {
			e := &events[rnd.IntN(i+1)] // some again, some late
			fired = max(fired, e.AtMicros+rnd.Int64N(40)*eventtest.DayMicros)
			for _, c := range []*live{&counted, &plain} {
				c.take(e, 0, v)
				c.Advance(e.CustomerID, clv.Occasion{UntilMicros: fired}, v, c.tell)
			}
			fresh, differs := counted.RefreshedAt(fired+rnd.Int64N(90)*eventtest.DayMicros, v)
			if counted.Refreshed = fresh; differs {
				anew++
			}
			without := counted.Customer
			without.Refreshed = clv.Refreshed{}
			if got, want := fmt.Sprintf("%+v", without), fmt.Sprintf("%+v", plain.Customer); got != want {
				t.Fatalf("after event %d:\n%s, without\n%s", i, got, want)
			}
		}
		if got, want := fmt.Sprintf("%+v", counted.changes), fmt.Sprintf("%+v", plain.changes); got != want {
			t.Errorf("counted anew %d times, and told\n%s, without\n%s", anew, got, want)
		}
	})
}

// Whoever values the customer drops what was counted; an instant that brings nothing
// leaves it.
func TestAValuationDropsWhatWasCounted(t *testing.T) {
	v := watchful(t, steady{})
	var c live
	order := eventtest.Order(0, "o", 100)
	c.take(&order, 0, v)
	at := order.AtMicros + 3*eventtest.DayMicros
	if c.Refreshed, _ = c.RefreshedAt(at, v); !c.Refreshed.Known {
		t.Fatal("nothing is counted anew")
	}
	again := order // redelivered
	c.take(&again, 0, v)
	if !c.Refreshed.Known {
		t.Error("a redelivery drops what was counted")
	}
	later := eventtest.Order(5, "p", 100)
	if c.take(&later, 0, v); c.Refreshed.Known {
		t.Errorf("an order keeps %+v", c.Refreshed)
	}
}
