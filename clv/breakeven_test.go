package clv_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// A customer has broken even on the first day from which on their margins never
// again came to less than the cost. Of what is sealed only months' ends are looked at.
func TestCustomersBreakEvenOnTheDay(t *testing.T) {
	var exact, byMonth int
	eachLife(t, func(t *testing.T, rnd *rand.Rand, events []clv.Event, rules *clv.Rules) {
		want := recompute(events, rules)
		v := &clv.Valuation{Rules: *rules, Model: steady{}}
		var c clv.Customer
		for _, e := range eventtest.Deliver(rnd, events, rules) {
			_, _, _ = c.Apply(e, v)
		}
		cost, known := want.acquisition().CostMinor, want.acquisition().Known
		reading, err := c.At("c", want.latestMicros, v)
		if err != nil {
			t.Fatal(err)
		}
		got := reading.BreakEven
		if !known || want.facts.PurchaseDays == 0 || want.facts.MarginMinor < cost {
			if got.Kind == clv.BreakEvenReached {
				t.Errorf("broken even with a margin of %d at a cost of %d", want.facts.MarginMinor, cost)
			}
			return
		}
		sealedBefore := rules.Calendar.Day(want.latestMicros) - 2*rules.LatenessDays
		if day := want.brokenEven(cost, sealedBefore); got.Kind != clv.BreakEvenReached || got.Day != day {
			t.Errorf("broken even is %+v with a margin of %d at a cost of %d, want on %s", got, want.facts.MarginMinor, cost, day)
		}
		if got.Day < sealedBefore {
			byMonth++
		} else {
			exact++
		}
	})
	if exact == 0 || byMonth == 0 {
		t.Errorf("%d days were compared, and %d months", exact, byMonth)
	}
}

// brokenEven tries every day, and of the sealed ones their month's last.
func (n *naive) brokenEven(costMinor int64, sealedBefore clv.Day) clv.Day {
	margins := map[clv.Day]int64{}
	for day, minor := range n.margins {
		if day < sealedBefore {
			for month := day.Month(); day+1 < sealedBefore && (day+1).Month() == month; {
				day++
			}
		}
		margins[day] += minor
	}
	days := slices.Sorted(maps.Keys(margins))
	balance, since := -costMinor, n.firstDay
	covered := balance >= 0
	for _, day := range days {
		balance += margins[day]
		if now := balance >= 0; now != covered {
			covered, since = now, day
		}
	}
	return since
}

// A group breaks even when its margin covers what it cost: by now, or by as much of
// the horizon as it takes of what is predicted.
func TestGroupsBreakEven(t *testing.T) {
	const today, horizonDays = 20_000, 365
	for name, c := range map[string]struct {
		sums clv.Sums
		want clv.BreakEven
	}{
		"no cost is known":       {clv.Sums{MarginMinor: 5}, clv.BreakEven{}},
		"it has":                 {clv.Sums{MarginMinor: 500, CostMinor: 500}, clv.BreakEven{Kind: clv.BreakEvenReached, Day: today}},
		"half the horizon's":     {clv.Sums{MarginMinor: 100, CostMinor: 500, PredictedMinor: 800}, clv.BreakEven{Kind: clv.BreakEvenExpected, Day: today + 183}},
		"all of the horizon's":   {clv.Sums{MarginMinor: -100, CostMinor: 500, PredictedMinor: 600}, clv.BreakEven{Kind: clv.BreakEvenExpected, Day: today + 365}},
		"too little is to come":  {clv.Sums{CostMinor: 500, PredictedMinor: 499}, clv.BreakEven{}},
		"nothing is to come now": {clv.Sums{CostMinor: 500}, clv.BreakEven{}},
	} {
		if got := c.sums.BreakEven(horizonDays, today); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
