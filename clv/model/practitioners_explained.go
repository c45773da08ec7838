package model

import (
	"fmt"

	"github.com/clvstream/clvstream/clv/formula"
)

// explainPractitioner is the way of a model that needs no fitting: the customer's
// own average and frequency, then its formula.
func (c *Case) explainPractitioner(value formula.Step) Explanation {
	return Explanation{Alive: []formula.Step{c.average()}, Value: value}
}

// ordersPerYear is over the customer's age, at least a year.
func (c *Case) ordersPerYear() float64 { return purchaseDays(&c.Facts) / yearsCounted(&c.Facts) }

// average sums up the orders as practitioners do: all of them.
func (c *Case) average() formula.Step {
	f, n := &c.Facts, formula.Number
	words := "Orders of one day count as one purchase day. The period is at least a year, so that a first order does not count as one order a day."
	if c.Dated {
		words = fmt.Sprintf("%s on %s since %s. ", formula.Count(float64(f.Orders), "order"), formula.Count(float64(f.PurchaseDays), "day"), c.FirstDay) + words
	}
	years := yearsCounted(f)
	return formula.Step{Title: "The customer's purchases", Words: words, Formulas: []formula.Formula{
		c.money("average order", "net revenue ÷ purchase days", formula.Over(c.amount(float64(f.RevenueMinor)), n(float64(f.PurchaseDays))), c.SpendMinor),
		{Symbol: "years", General: "days since the first ÷ 365.25, at least 1", Numbers: formula.Over(formula.Count(float64(f.AgeDays), "day"), n(daysPerYear)), Value: years, Unit: "years"},
		{Symbol: "orders a year", General: "purchase days ÷ years", Numbers: formula.Over(n(float64(f.PurchaseDays)), n(years)), Value: c.ordersPerYear(), Unit: "purchase days a year"},
	}}
}
