package clv

// BreakEven is when a group's margin covers what its customers cost, as of a day:
// since a month's end by which it had and never again had not; or, if what is
// predicted comes evenly over the model's horizon, when it will have; neither where
// no cost is known or not enough is predicted.
func (f *Figures) BreakEven(horizonDays float64, today Day) BreakEven {
	sums := f.Sums()
	missing := sums.CostMinor - sums.MarginMinor
	switch {
	case sums.CostMinor == 0:
		return BreakEven{}
	case missing <= 0:
		flows := f.flows(today)
		if len(flows) == 0 {
			return BreakEven{Kind: BreakEvenReached, Day: today}
		}
		return BreakEven{Kind: BreakEvenReached, Day: CoveredSince(flows)}
	default:
		return ExpectedBreakEven(float64(missing), float64(sums.PredictedMinor), horizonDays, today)
	}
}

// flows are each month's margin less what was spent on winning customers, by the
// month's end. None are known of figures that somebody has damaged.
func (f *Figures) flows(today Day) []Flow {
	var flows []Flow
	for _, t := range f.Trends() {
		flows = append(flows, Flow{min(t.Month.last(), today), t.MarginMinor - t.CostMinor})
	}
	return flows
}
