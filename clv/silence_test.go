package clv_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// The best moment is a day on which as much of the predicted value is lost, within a
// thousandth, as on any other, tried one by one.
func TestTheBestMomentLosesMost(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 4))
	rises := 0
	all := models(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		model := all[name]
		v := watchful(t, model)
		for range 40 {
			var c live
			day := 0
			for i := range 1 + rnd.IntN(12) {
				e := eventtest.Order(day, string(rune('a'+i)), int64(100+rnd.IntN(9000)))
				c.take(&e, 0, v)
				day += 1 + rnd.IntN(60)
			}
			last := v.Rules.Calendar.Day(c.History.LatestMicros)
			reading := silentReading(t, &c, v, last)
			if !reading.Silence.LossKnown {
				continue
			}
			lost := func(day calendar.Day) float64 {
				at := func(day calendar.Day) float64 {
					return estimate.Of(&c.History, &v.Rules, v.Model, v.Rules.Calendar.Start(day)).PredictedMinor
				}
				return at(day) - at(day+1)
			}
			best, most := reading.Silence.BestDay, 0.0
			wait := 2 * model.SilenceDays(reading.Estimate.Facts, 0.99) // as far as is looked
			for day := last; day <= last+calendar.Day(min(max(wait, 30), 3652)); day++ {
				most = max(most, lost(day))
			}
			if best > last {
				rises++
			}
			if got := lost(best); got < most*(1-1e-3) {
				t.Errorf("seed %d, %s: on %s, %d days after the last order, %v is lost; at most it is %v", seed, name, best, best-last, got, most)
			}
		}
	}
	if rises == 0 {
		t.Error("the first day was always best: the test does not cover others")
	}
}

// What is a loss already falls no further: it rises to nothing, and the day of the
// last order stands for all.
func TestALossHasNoBestMoment(t *testing.T) {
	for name, model := range models(t) {
		v := watchful(t, model)
		var c live
		for _, day := range []int{0, 30, 65} {
			e := eventtest.Order(day, string(rune('a'+day)), 1000)
			e.MarginKnown, e.MarginMinor = true, -500
			c.take(&e, 0, v)
		}
		last := v.Rules.Calendar.Day(c.History.LatestMicros)
		if r := silentReading(t, &c, v, last); r.Silence.LossKnown && r.Silence.BestDay != last {
			t.Errorf("%s: of a customer worth %v it is %s, not %s", name, r.Estimate.PredictedMinor, r.Silence.BestDay, last)
		}
	}
}

// silentReading reads the customer in the first stage of silence they come to.
func silentReading(t *testing.T, c *live, v *clv.Valuation, last calendar.Day) clv.Reading {
	t.Helper()
	for day := last + 1; day < last+3000; day += 7 {
		r, err := c.At("c", v.Rules.Calendar.Start(day), v)
		if err != nil {
			t.Fatal(err)
		}
		if r.Silence.LossKnown {
			return r
		}
	}
	return clv.Reading{}
}
