package statistics

import (
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
)

// BreakEven is when a group's margin covers what its customers cost, as of a day:
// since a month's end by which it had and never again had not; or, if what is
// predicted comes evenly over the model's horizon, when it will have; neither where
// no cost is known or not enough is predicted.
func (f *Figures) BreakEven(horizonDays float64, today calendar.Day) estimate.BreakEven {
	sums := f.Sums()
	missing := sums.CostMinor - sums.MarginMinor
	switch {
	case sums.CostMinor == 0:
		return estimate.BreakEven{}
	case missing <= 0:
		flows := f.flows(today)
		if len(flows) == 0 {
			return estimate.BreakEven{Kind: estimate.BreakEvenReached, Day: today}
		}
		return estimate.BreakEven{Kind: estimate.BreakEvenReached, Day: estimate.CoveredSince(flows)}
	default:
		return estimate.ExpectedBreakEven(float64(missing), float64(sums.PredictedMinor), horizonDays, today)
	}
}

// flows are each month's margin less what was spent on winning customers, by the
// month's end. None are known of figures that somebody has damaged.
func (f *Figures) flows(today calendar.Day) []estimate.Flow {
	var flows []estimate.Flow
	for _, t := range f.Trends() {
		flows = append(flows, estimate.Flow{Day: min(t.Month.LastDay(), today), Minor: t.MarginMinor - t.CostMinor})
	}
	return flows
}
