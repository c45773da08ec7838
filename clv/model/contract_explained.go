package model

import (
	"fmt"

	"github.com/clvstream/clvstream/clv/formula"
)

// explainContract tells a value by the renewals to come.
func (c *Case) explainContract() Explanation {
	return Explanation{Alive: []formula.Step{c.contractStands(), c.renewal()}, Value: c.renewalsToCome()}
}

// contractStands tells where in the contract the customer is.
func (c *Case) contractStands() formula.Step {
	f, n := &c.Facts, formula.Number
	periodDays := c.Period.In(UnitDay)
	renewals, due := c.contract().contractOf(f)
	words := fmt.Sprintf("A purchase day is a payment for a contract period of %s unless it comes more than a quarter of the period before the payment is due. "+
		"The next one is due a period after the last one, by the calendar.", formula.Count(periodDays, "day"))
	return formula.Step{Title: "State of the contract", Words: words, Formulas: []formula.Formula{
		{Symbol: "n", General: "payments so far", Value: float64(renewals), Unit: "periods"},
		{Symbol: "due", General: "days from the first to the day it is due − days since the first", Numbers: fmt.Sprintf("%d − %d, at least 0", due, f.AgeDays),
			Value: c.Prediction.NextOrderDays, Unit: "days from now"},
		c.money("payment", "net revenue ÷ payments", formula.Over(c.amount(float64(f.RevenueMinor)), n(float64(renewals))), c.SpendMinor),
	}}
}

// renewal tells whether the customer is there and how likely the next renewal is.
func (c *Case) renewal() formula.Step {
	n := formula.Number
	renewals, _ := c.contract().contractOf(&c.Facts)
	alpha, before := c.Values["alpha"], c.Values["beta"]+float64(renewals)-1
	return formula.Step{Title: "Will the customer renew?",
		Words: "A customer whose renewal is overdue by more than half a period has churned. Retention rises with the customer's age: " +
			"customers with low retention churn early.",
		Formulas: []formula.Formula{
			{Symbol: "P(alive)", General: "1 until half a period after the renewal was due, then 0", Value: c.Prediction.PAlive},
			{Symbol: "retention", General: "(β+n−1)/(α+β+n−1)", Numbers: fmt.Sprintf("%s/(%s+%s)", n(before), n(alpha), n(before)),
				Value: before / (alpha + before)},
		}}
}

// contract is the model of the contract's period alone.
func (c *Case) contract() *Contract { return &Contract{sbg: SBGParams{Period: c.Period}} }

// renewalsToCome tells the value of those to come.
func (c *Case) renewalsToCome() formula.Step {
	n := formula.Number
	words := fmt.Sprintf("Renewals within %s, each with the retention of its period and discounted at %s a year from the day on which it is due. The margin is %s of the price.",
		formula.Count(c.Horizon.In(UnitDay), "day"), formula.Percent(c.Discount.Annual()), formula.Percent(c.Margin()))
	ifAlive := c.discountedIfAlive()
	return formula.Step{Words: words, Formulas: []formula.Formula{
		{Symbol: "renewals", General: "P(alive) · Σ of the retentions multiplied up", Value: c.ExpectedOrders, Unit: "periods"},
		{Symbol: "discounted renewals", General: "the same, each discounted", Value: ifAlive, Unit: "discounted periods"},
		c.money("predicted", "P(alive) × discounted renewals × payment × margin",
			formula.Times(n(c.PAlive), n(ifAlive), c.amount(c.SpendMinor), n(c.Margin())), c.PredictedMinor),
	}}
}
