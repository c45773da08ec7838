package estimate

import (
	"cmp"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"slices"
)

// BreakEven is the day on which customers have earned what they cost.
type BreakEven struct {
	Kind BreakEvenKind
	Day  calendar.Day
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

// Flow is money that came in by a day, or went out.
type Flow struct {
	Day   calendar.Day
	Minor int64
}

// CoveredSince is the day from whose end on flows, which ascend by day and come to
// no less than 0, have never stood below it.
func CoveredSince(flows []Flow) calendar.Day {
	var balance int64
	for i := range flows {
		balance += flows[i].Minor
	}
	for i := len(flows) - 1; i > 0; i-- {
		balance -= flows[i].Minor
		if balance < 0 && flows[i-1].Day < flows[i].Day {
			return flows[i].Day
		}
	}
	return flows[0].Day
}

// BreakEvenOf compares the net margin to date with what the customer cost. What is
// predicted is taken to come evenly over the model's horizon.
func BreakEvenOf(h *history.History, sum *history.Sealed, est *Estimate, rules *history.Rules, model model.Model) BreakEven {
	if !est.Acquisition.Known || sum.Days == 0 {
		return BreakEven{}
	}
	missing := float64(est.Acquisition.CostMinor) - est.HistoricMinor
	if missing <= 0 {
		return BreakEven{Kind: BreakEvenReached, Day: CoveredSince(flowsOf(h, rules, sum.FirstDay))}
	}
	return ExpectedBreakEven(missing, est.PredictedMinor, model.Predict(est.Facts).HorizonDays, rules.Calendar.Day(est.AsOfMicros))
}

// flowsOf are what the customer cost, on the first day, and their margins. Sealed
// days count by the end of their month, but before the ledger.
func flowsOf(h *history.History, rules *history.Rules, first calendar.Day) []Flow {
	flows := make([]Flow, 1, 1+len(h.SealedMonths)+len(h.Orders))
	flows[0] = Flow{first, -h.Acquisition.CostMinor}
	sealedBefore := h.SealedBefore(rules)
	for _, m := range h.SealedMonths {
		flows = append(flows, Flow{min(m.Month.LastDay(), sealedBefore-1), m.MarginMinor})
	}
	for i := range h.Orders {
		for m := range h.Orders[i].Money(rules) {
			flows = append(flows, Flow{m.Day, m.MarginMinor})
		}
	}
	slices.SortStableFunc(flows[1:], func(a, b Flow) int { return cmp.Compare(a.Day, b.Day) })
	return flows
}

// ExpectedBreakEven is when what is missing has come of what is predicted.
func ExpectedBreakEven(missingMinor, predictedMinor, horizonDays float64, today calendar.Day) BreakEven {
	if predictedMinor < missingMinor || horizonDays == 0 {
		return BreakEven{}
	}
	ahead := calendar.WholeDays(horizonDays * missingMinor / predictedMinor)
	return BreakEven{Kind: BreakEvenExpected, Day: today + calendar.Day(ahead)}
}
