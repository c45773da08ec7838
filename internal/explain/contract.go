package explain

import (
	"fmt"

	"github.com/clvstream/clvstream/clv/model"
)

// contract tells a value by the sBG model of renewals.
func (t *teller) contract() []Step {
	steps := []Step{t.period(), t.renewal()}
	if said, ok := t.saidOfChurn(); ok {
		steps = append(steps, said)
	}
	return append(steps, t.renewals())
}

// periodDays is the length of a contract period.
func (t *teller) periodDays() float64 { return t.File.Unit.Span(t.File.PeriodUnits).In(model.UnitDay) }

// period tells where in the contract the customer is.
func (t *teller) period() Step {
	f := &t.facts
	words := fmt.Sprintf("Each purchase day is a payment for a contract period of %s. The next renewal is due a period after the last that was expected.",
		count(t.periodDays(), "day"))
	return Step{Title: "Where the contract stands", Words: words, Formulas: []Formula{
		{Symbol: "n", General: "payments so far", Value: float64(f.PurchaseDays), Unit: "periods"},
		{Symbol: "due", General: "n × period − days since the first", Numbers: fmt.Sprintf("%d × %s − %d, at least 0", f.PurchaseDays, number(t.periodDays()), f.AgeDays),
			Value: t.prediction.NextOrderDays, Unit: "days from now"},
		t.money("payment", "net revenue ÷ payments", over(t.amount(float64(f.RevenueMinor)), number(float64(f.PurchaseDays))), t.est.SpendMinor),
	}}
}

// renewal tells whether the customer is there and how likely the next renewal is.
func (t *teller) renewal() Step {
	p := t.File.Parameters.Values
	n := float64(t.facts.PurchaseDays)
	before := p["beta"] + n - 1
	return Step{Title: "Will the customer renew?",
		Words: "A customer whose renewal is overdue by more than half a period has left. Those who are still there renew the more surely the longer they have been: " +
			"the others left early.",
		Formulas: []Formula{
			{Symbol: "P(alive)", General: "1 until half a period after the renewal was due, then 0", Value: t.prediction.PAlive},
			{Symbol: "retention", General: "(β+n−1)/(α+β+n−1)", Numbers: fmt.Sprintf("%s/(%s+%s)", number(before), number(p["alpha"]), number(before)),
				Value: before / (p["alpha"] + before)},
		}}
}

// renewals tells the value of those to come.
func (t *teller) renewals() Step {
	words := fmt.Sprintf("Renewals within %s, each with the retention of its period and discounted at %s a year from the day on which it is due. The margin is %s of the price.",
		count(t.File.HorizonDays, "day"), percent(t.File.AnnualDiscount), percent(t.margin()))
	ifAlive := t.discountedIfAlive()
	predicted := t.money("predicted", "P(alive) × discounted renewals × payment × margin",
		times(number(t.est.PAlive), number(ifAlive), t.amount(t.est.SpendMinor), number(t.margin())), t.est.PredictedMinor)
	step := t.total(words, predicted)
	step.Formulas = append([]Formula{
		{Symbol: "renewals", General: "P(alive) · Σ of the retentions multiplied up", Value: t.est.ExpectedOrders, Unit: "periods"},
		{Symbol: "discounted renewals", General: "the same, each discounted", Value: ifAlive, Unit: "periods of today's worth"},
	}, step.Formulas...)
	return step
}
