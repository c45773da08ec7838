package clv

import (
	"math"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/statistics"
)

// Refreshed is what the statistics count of a silent customer's value: that of a day
// after the one on which they were valued last. Nothing else looks at it. Value and
// standing stay as they are, so whatever comes is what it would have been without.
// It is what is counted and no more: whole minor units, and P(alive) in steps that fit
// into its bins. Whoever values the customer drops it.
type Refreshed struct {
	Known          bool
	ByOther        bool  // by another model than the one that Value is by
	AliveKnown     bool  // as of a value
	AlivePercent   uint8 // of P(alive), rounded down: at most 100; 0 if it is not known
	Day            calendar.Day
	PredictedMinor int64
}

// mostPercent is that of a probability.
const mostPercent = 100

// RefreshedAt is what the statistics should count of the customer as of an instant, and
// whether they count anything else now.
func (c *Customer) RefreshedAt(atMicros int64, v *Valuation) (fresh Refreshed, differs bool) {
	day := v.Rules.Calendar.Day(atMicros)
	if day <= v.Rules.Calendar.Day(c.Value.AsOfMicros) || c.Refreshed.Known && day <= c.Refreshed.Day {
		return c.Refreshed, false
	}
	sum := c.History.Sum(&v.Rules)
	if sum.Days == 0 { // worth nothing on any day
		return c.Refreshed, false
	}
	e := estimate.On(&c.History, &sum, &v.Rules, v.Model, day)
	stored, now := e.Stored(v.Model.Version()), c.Refreshed
	fresh = refreshed(&stored, day)
	fresh.ByOther = stored.ModelVersion != c.Value.ModelVersion
	if !now.Known {
		now = refreshed(&c.Value, day)
	}
	if now.Day, now.ByOther = day, fresh.ByOther; fresh == now {
		return c.Refreshed, false
	}
	return fresh, true
}

// refreshed is what is counted of a value.
func refreshed(v *estimate.Valued, day calendar.Day) Refreshed {
	r := Refreshed{Known: true, AliveKnown: v.AliveKnown, Day: day, PredictedMinor: statistics.WholeMinor(v.PredictedMinor)}
	if r.AliveKnown {
		r.AlivePercent = percent(v.PAlive)
	}
	return r
}

// percent is a probability in whole percent, rounded down.
func percent(p float64) uint8 {
	return uint8(min(max(0, math.Floor(p*mostPercent)), mostPercent))
}

// pAlive is a probability within the percent: in its middle, so that it falls into the
// same bin on every machine.
func (r *Refreshed) pAlive() float64 { return (float64(r.AlivePercent) + 0.5) / mostPercent }

// counted is what the statistics count of the customer's value: predicted, CLV, and
// P(alive) if it is known.
func (c *Customer) counted() (predictedMinor, clvMinor int64, pAlive float64, aliveKnown bool) {
	v, r := &c.Value, &c.Refreshed
	if !r.Known {
		return statistics.WholeMinor(v.PredictedMinor), statistics.WholeMinor(v.CLVMinor), v.PAlive, v.AliveKnown
	}
	return r.PredictedMinor, statistics.WholeMinor(v.HistoricMinor) + r.PredictedMinor, r.pAlive(), r.AliveKnown
}
