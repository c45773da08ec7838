package clv_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// A customer has broken even on the first day from which on their margins never
// again came to less than the cost. Of what is sealed only months' ends are looked at.
func TestCustomersBreakEvenOnTheDay(t *testing.T) {
	var exact, byMonth int
	eventtest.EachLife(t, func(t *testing.T, rnd *rand.Rand, events []history.Event, rules *history.Rules) {
		want := eventtest.Recompute(events, rules)
		v := &clv.Valuation{Basis: standing.Basis{Rules: *rules, Model: steady{}}}
		var c clv.Customer
		for _, e := range eventtest.Deliver(rnd, events, rules) {
			_, _, _ = c.Apply(e, v)
		}
		cost, known := want.Acquisition().CostMinor, want.Acquisition().Known
		reading, err := c.At("c", want.LatestMicros, v)
		if err != nil {
			t.Fatal(err)
		}
		got := reading.BreakEven
		if !known || want.Facts.PurchaseDays == 0 || want.Facts.MarginMinor < cost {
			if got.Kind == estimate.BreakEvenReached {
				t.Errorf("broken even with a margin of %d at a cost of %d", want.Facts.MarginMinor, cost)
			}
			return
		}
		if day := brokenEven(want, cost); got.Kind != estimate.BreakEvenReached || got.Day != day {
			t.Errorf("broken even is %+v with a margin of %d at a cost of %d, want on %s", got, want.Facts.MarginMinor, cost, day)
		}
		if got.Day < want.SettledBefore() {
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
func brokenEven(n *eventtest.Naive, costMinor int64) calendar.Day {
	margins := map[calendar.Day]int64{}
	for _, flow := range n.Flows {
		day := flow.Day
		for month := day.Month(); flow.Sealed && day+1 < n.SettledBefore() && (day+1).Month() == month; {
			day++
		}
		margins[day] += flow.MarginMinor
	}
	days := slices.Sorted(maps.Keys(margins))
	balance, since := -costMinor, n.FirstDay
	covered := balance >= 0
	for _, day := range days {
		balance += margins[day]
		if now := balance >= 0; now != covered {
			covered, since = now, day
		}
	}
	return since
}

// A group breaks even when its margin covers what it cost: since the end of a month,
// or by as much of the horizon as it takes of what is predicted.
func TestGroupsBreakEven(t *testing.T) {
	const january, february, march, today = 0, 31, 59, 80
	for name, c := range map[string]struct {
		cost    int64
		margins map[calendar.Day]int64 // one order on each
		to      float64                // come, by what is predicted
		want    estimate.BreakEven
	}{
		"no cost is known":          {0, map[calendar.Day]int64{january: 5}, 0, estimate.BreakEven{}},
		"in the month of the cost":  {500, map[calendar.Day]int64{january + 3: 500}, 0, estimate.BreakEven{Kind: estimate.BreakEvenReached, Day: february - 1}},
		"a month later":             {500, map[calendar.Day]int64{january: 499, february: 1, march: 7}, 0, estimate.BreakEven{Kind: estimate.BreakEvenReached, Day: march - 1}},
		"in the month that is":      {500, map[calendar.Day]int64{january: 499, march: 1}, 0, estimate.BreakEven{Kind: estimate.BreakEvenReached, Day: today}},
		"lost again, and regained":  {500, map[calendar.Day]int64{january: 600, february: -200, march: 100}, 0, estimate.BreakEven{Kind: estimate.BreakEvenReached, Day: today}},
		"half the horizon's":        {500, map[calendar.Day]int64{january: 100}, 800, estimate.BreakEven{Kind: estimate.BreakEvenExpected, Day: today + 183}},
		"all of the horizon's":      {500, map[calendar.Day]int64{january: -100}, 600, estimate.BreakEven{Kind: estimate.BreakEvenExpected, Day: today + 365}},
		"too little is to come":     {500, map[calendar.Day]int64{january: 0}, 499, estimate.BreakEven{}},
		"nothing is to come at all": {500, nil, 0, estimate.BreakEven{}},
	} {
		customer := clv.Customer{Value: estimate.Valued{PredictedMinor: c.to}}
		customer.History.Acquisition = history.Acquisition{Known: true, AtMicros: 1, CostMinor: c.cost}
		for _, day := range slices.Sorted(maps.Keys(c.margins)) {
			customer.History.Orders = append(customer.History.Orders, history.Order{Tellings: history.Tellings{Day: day, FirstDay: day}, Placed: true, Worth: history.Worth{AmountMinor: 1, MarginMinor: c.margins[day]}})
			customer.Value.HistoricMinor += float64(c.margins[day])
		}
		s := statisticsOf([]*clv.Customer{&customer}, &history.Rules{})
		if got := s.Everybody().BreakEven(365, today); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// Costs that come later than the margin of who came before put the break-even off.
func TestGroupsBreakEvenAgainAfterTheyGrew(t *testing.T) {
	rules := &history.Rules{}
	member := func(acquired, bought calendar.Day) *clv.Customer {
		c := &clv.Customer{Value: estimate.Valued{HistoricMinor: 300}}
		c.History.Acquisition = history.Acquisition{Known: true, AtMicros: int64(acquired) * eventtest.DayMicros, CostMinor: 200}
		c.History.Orders = []history.Order{{Tellings: history.Tellings{Day: bought, FirstDay: bought}, Placed: true, Worth: history.Worth{AmountMinor: 300, MarginMinor: 300}}}
		return c
	}
	s := statisticsOf([]*clv.Customer{member(0, 5), member(35, 70), member(95, 95)}, rules)
	want := estimate.BreakEven{Kind: estimate.BreakEvenReached, Day: 89} // 1970-03-31: +100, −100, +200
	if got := s.Everybody().BreakEven(365, 200); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
