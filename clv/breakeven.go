package clv

import (
	"cmp"
	"slices"
)

// BreakEven is the day on which customers have earned what they cost.
type BreakEven struct {
	Kind BreakEvenKind
	Day  Day
}

// BreakEvenKind says what is known of a break-even.
type BreakEvenKind uint8

// What is known of a break-even. Unknown is of customers without a cost, or who
// are not expected to earn it within the model's horizon.
const (
	BreakEvenUnknown  BreakEvenKind = iota
	BreakEvenReached                // on the day; where only months are kept, at the latest
	BreakEvenExpected               // about on the day
)

// flow is money that came in by a day, or went out.
type flow struct {
	day   Day
	minor int64
}

// coveredSince is the day from whose end on flows, which ascend by day and come to
// no less than 0, have never stood below it.
func coveredSince(flows []flow) Day {
	var balance int64
	for i := range flows {
		balance += flows[i].minor
	}
	for i := len(flows) - 1; i > 0; i-- {
		balance -= flows[i].minor
		if balance < 0 && flows[i-1].day < flows[i].day {
			return flows[i].day
		}
	}
	return flows[0].day
}

// breakEven compares the net margin to date with what the customer cost. What is
// predicted is taken to come evenly over the model's horizon.
func breakEven(l *look, h *History, v *Valuation) BreakEven {
	est := &l.estimate
	if !est.Acquisition.Known || l.sum.Days == 0 {
		return BreakEven{}
	}
	missing := float64(est.Acquisition.CostMinor) - est.HistoricMinor
	if missing <= 0 {
		return BreakEven{Kind: BreakEvenReached, Day: coveredSince(h.flows(&v.Rules, l.sum.FirstDay))}
	}
	return expectedBreakEven(missing, est.PredictedMinor, v.Model.Predict(est.Facts).HorizonDays, v.Rules.Calendar.Day(est.AsOfMicros))
}

// flows are what the customer cost, on the first day, and their margins. Sealed
// days count by the end of their month, but before the ledger.
func (h *History) flows(rules *Rules, first Day) []flow {
	flows := make([]flow, 1, 1+len(h.SealedMonths)+len(h.Orders))
	flows[0] = flow{first, -h.Acquisition.CostMinor}
	sealedBefore := h.sealedBefore(rules)
	for _, m := range h.SealedMonths {
		flows = append(flows, flow{min(m.Month.last(), sealedBefore-1), m.MarginMinor})
	}
	for i := range h.Orders {
		for m := range h.Orders[i].money(rules) {
			flows = append(flows, flow{m.day, m.marginMinor})
		}
	}
	slices.SortStableFunc(flows[1:], func(a, b flow) int { return cmp.Compare(a.day, b.day) })
	return flows
}

// expectedBreakEven is when what is missing has come of what is predicted.
func expectedBreakEven(missingMinor, predictedMinor, horizonDays float64, today Day) BreakEven {
	if predictedMinor < missingMinor || horizonDays == 0 {
		return BreakEven{}
	}
	ahead := wholeDays(horizonDays * missingMinor / predictedMinor)
	return BreakEven{Kind: BreakEvenExpected, Day: today + Day(ahead)}
}

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
		return BreakEven{Kind: BreakEvenReached, Day: coveredSince(flows)}
	default:
		return expectedBreakEven(float64(missing), float64(sums.PredictedMinor), horizonDays, today)
	}
}

// flows are each month's margin less what was spent on winning customers, by the
// month's end. None are known of figures that somebody has damaged.
func (f *Figures) flows(today Day) []flow {
	var flows []flow
	for _, t := range f.Trends() {
		flows = append(flows, flow{min(t.Month.last(), today), t.MarginMinor - t.CostMinor})
	}
	return flows
}
