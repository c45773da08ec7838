package model

import (
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/formula"
)

// explainPurchases is the way of every purchase model; alive and orders are the
// model's own steps, and discounted is how it discounts each order.
func (c *Case) explainPurchases(alive, orders formula.Step, discounted string) Explanation {
	return Explanation{
		Alive:  []formula.Step{c.did(), alive},
		Orders: []formula.Step{orders, c.spent(), c.discounted(discounted)},
		Value:  c.fittedValue(),
	}
}

// did sums up the orders as x, t_x, T and m.
func (c *Case) did() formula.Step {
	f, unit := &c.Facts, c.Unit.String()
	words := "Orders of one day count as one purchase day, and their amounts add up. The first day starts the clock and is no repeat: " +
		"it counts neither in x nor in m, because a first order is about acquisition, not about repeat buying."
	if c.Dated {
		words += fmt.Sprintf(" This customer has %s on %s, the first on %s, the last on %s.",
			formula.Count(float64(f.Orders), "order"), formula.Count(float64(f.PurchaseDays), "day"), c.FirstDay, c.FirstDay+calendar.Day(f.RecencyDays))
	}
	mean := c.money("m", "net amount of the repeat days ÷ x",
		formula.Over(c.amount(f.RepeatMeanMinor*float64(f.Frequency)), formula.Number(float64(f.Frequency))), f.RepeatMeanMinor)
	if f.Frequency == 0 {
		mean = c.money("m", "0, since there is no repeat day", "", 0)
	}
	days := func(s Span) string {
		if c.Unit == UnitDay {
			return ""
		}
		return formula.Over(formula.Number(s.In(UnitDay))+" days", formula.Number(c.Unit.Days()))
	}
	return formula.Step{Title: "The customer's purchases", Words: words, Formulas: []formula.Formula{
		{Symbol: "x", General: "purchase days − 1", Numbers: fmt.Sprintf("%d − 1", f.PurchaseDays), Value: float64(f.Frequency), Unit: "repeat purchase days"},
		{Symbol: "t_x", General: "first to last purchase day", Numbers: days(c.Summary.Recency()), Value: c.in(c.Summary.Recency()), Unit: unit + "s"},
		{Symbol: "T", General: "first purchase day to now", Numbers: days(c.Summary.Age()), Value: c.in(c.Summary.Age()), Unit: unit + "s"},
		mean,
	}}
}

// silence begins the words of P(alive).
func (c *Case) silence() string {
	return fmt.Sprintf("The last purchase was %s ago.", formula.Count(c.in(c.Summary.Age())-c.in(c.Summary.Recency()), c.Unit.String()))
}

// ordersTitle is that of the step that tells the orders to come.
func (c *Case) ordersTitle() string {
	title := "Orders within t = " + formula.Count(c.in(c.Horizon), c.Unit.String())
	if c.Unit != UnitDay {
		title += fmt.Sprintf(" (%s)", formula.Count(c.Horizon.In(UnitDay), "day"))
	}
	return title
}

// nextOrder ends the words of the orders to come.
func (c *Case) nextOrder() string {
	if c.NextOrderDays <= 0 {
		return ""
	}
	return fmt.Sprintf(" If the customer is alive, the next order comes within %s with a probability of one half.", formula.Count(c.NextOrderDays, "day"))
}

// ordersExpected is P(alive) times what a living customer is expected to order.
func (c *Case) ordersExpected() formula.Formula {
	return formula.Formula{
		Symbol: "orders", General: "P(alive) · Y", Numbers: formula.Times(formula.Number(c.PAlive), formula.Number(c.Prediction.OrdersIfAlive)),
		Value: c.ExpectedOrders, Unit: "purchase days",
	}
}

// spent tells the expected amount of a purchase day: between the customer's own
// mean and everybody's.
func (c *Case) spent() formula.Step {
	g, x := c.Spend, float64(c.Facts.Frequency)
	population := g.PopulationMean() * math.Pow10(c.Currency.Exponent())
	own := g.OwnWeight(x)
	n := formula.Number
	words := fmt.Sprintf("A few orders say little about a customer's spend, so the customer's own mean has a weight of %s and the population mean %s; "+
		"each repeat purchase increases the weight of the customer's own.", formula.Percent(own), formula.Percent(1-own))
	if x == 0 {
		words = "Without a repeat purchase the customer's own spend is unknown, so the population mean is used."
	}
	return formula.Step{Title: "Spend per purchase day", Words: words, Formulas: []formula.Formula{
		c.money("population mean", "p·γ/(q−1)", fmt.Sprintf("%s·%s/(%s−1)", n(g.P), n(g.Gamma), n(g.Q)), population),
		{Symbol: "w", General: "p·x/(p·x+q−1)", Numbers: fmt.Sprintf("%s·%s/(%s·%s+%s−1)", n(g.P), n(x), n(g.P), n(x), n(g.Q)), Value: own},
		c.money("spend", "w · m + (1−w) · population mean",
			fmt.Sprintf("%s × %s + %s × %s", n(own), c.amount(c.Facts.RepeatMeanMinor), n(1-own), c.amount(population)), c.SpendMinor),
	}}
}

// discounted tells what waiting costs.
func (c *Case) discounted(general string) formula.Step {
	rate, ifAlive := c.Discount.Annual(), c.discountedIfAlive()
	orders := formula.Formula{
		Symbol: "discounted orders", General: "P(alive) · " + general, Numbers: formula.Times(formula.Number(c.PAlive), formula.Number(ifAlive)),
		Value: c.PAlive * ifAlive, Unit: "discounted purchase days",
	}
	if rate == 0 {
		orders.General = "P(alive) · Y"
		return formula.Step{Title: "Discount", Words: "The model file sets no discount: an order in a year is worth as much as one today.", Formulas: []formula.Formula{orders}}
	}
	perYear := c.Unit.PerYear()
	words := fmt.Sprintf("Money that comes later is worth less: %s a year, so that an order a year from now counts as %s of one today. "+
		"Each order is discounted from the time at which it is expected.", formula.Percent(rate), formula.Rough(1/(1+rate)))
	return formula.Step{Title: "Discount", Words: words, Formulas: []formula.Formula{
		{Symbol: "δ", General: fmt.Sprintf("ln(1+d) ÷ %ss a year", c.Unit), Numbers: fmt.Sprintf("ln(1+%s) ÷ %s", formula.Number(rate), formula.Number(perYear)),
			Value: math.Log1p(rate) / perYear, Unit: "a " + c.Unit.String()},
		orders,
	}}
}

// fittedValue puts the margin on.
func (c *Case) fittedValue() formula.Step {
	margin := formula.Percent(c.Margin())
	words := fmt.Sprintf("The model file sets the margin on future orders to %s of the price.", margin)
	if c.MarginRatio == 0 {
		words = fmt.Sprintf("The model file sets no margin, so the customer's own margin to date applies to future orders: %s of the price.", margin)
	}
	return formula.Step{Words: words, Formulas: []formula.Formula{c.money("predicted", "discounted orders × spend × margin",
		formula.Times(formula.Number(c.PAlive*c.discountedIfAlive()), c.amount(c.SpendMinor), formula.Number(c.Margin())), c.PredictedMinor)}}
}
