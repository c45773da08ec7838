package explain

import (
	"fmt"
	"math"
)

// spend tells the expected amount of a purchase day: between the customer's own
// mean and everybody's.
func (t *teller) spend() Step {
	g, x := t.File.GammaGamma(), float64(t.facts.Frequency)
	minorPerMajor := math.Pow10(t.Currency.Exponent())
	population := g.PopulationMean() * minorPerMajor
	own := g.P * x / (g.P*x + g.Q - 1)
	n := number
	words := fmt.Sprintf("Few orders say little about what a customer spends, so the customer's own mean counts for %s and everybody's for %s; "+
		"with every repeat purchase the customer's own counts for more.", percent(own), percent(1-own))
	if x == 0 {
		words = "Without a repeat purchase nothing is known of the customer's own spend, so everybody's mean is taken."
	}
	return Step{Title: "Spend per purchase day", Words: words, Formulas: []Formula{
		t.money("population mean", "p·γ/(q−1)", fmt.Sprintf("%s·%s/(%s−1)", n(g.P), n(g.Gamma), n(g.Q)), population),
		{Symbol: "w", General: "p·x/(p·x+q−1)", Numbers: fmt.Sprintf("%s·%s/(%s·%s+%s−1)", n(g.P), n(x), n(g.P), n(x), n(g.Q)), Value: own},
		t.money("spend", "w · m + (1−w) · population mean",
			fmt.Sprintf("%s × %s + %s × %s", n(own), t.amount(t.facts.RepeatMeanMinor), n(1-own), t.amount(population)), t.est.SpendMinor),
	}}
}

// discounted tells what waiting costs.
func (t *teller) discounted() Step {
	rate := t.File.AnnualDiscount
	ifAlive := t.discountedIfAlive()
	orders := Formula{
		Symbol: "discounted orders", General: "P(alive) · ∫ from 0 to t of pace at u · e^(−δu) du", Numbers: times(number(t.est.PAlive), number(ifAlive)),
		Value: t.est.PAlive * ifAlive, Unit: "purchase days of today's worth",
	}
	if rate == 0 {
		orders.General = "P(alive) · Y"
		return Step{Title: "Discount", Words: "The model file asks for none: an order in a year is worth as much as one today.", Formulas: []Formula{orders}}
	}
	perYear := t.Unit().PerYear()
	words := fmt.Sprintf("Money that comes later is worth less: %s a year, so that an order a year from now counts as %s of one today. "+
		"Each order is discounted from the time at which it is expected.", percent(rate), rough(1/(1+rate)))
	return Step{Title: "Discount", Words: words, Formulas: []Formula{
		{Symbol: "δ", General: fmt.Sprintf("ln(1+d) ÷ %ss a year", t.unit()), Numbers: fmt.Sprintf("ln(1+%s) ÷ %s", number(rate), number(perYear)),
			Value: math.Log1p(rate) / perYear, Unit: "a " + t.unit()},
		orders,
	}}
}

// discountedIfAlive is the discounted purchase days of a customer who is there.
func (t *teller) discountedIfAlive() float64 {
	if perOrder := t.prediction.SpendMinor * t.margin(); perOrder != 0 {
		return t.prediction.ValueIfAliveMinor / perOrder
	}
	return 0
}

// value puts the margin on and adds what was earned.
func (t *teller) value() Step {
	words := fmt.Sprintf("The model file sets the margin on orders to come to %s of the price.", percent(t.margin()))
	if t.File.MarginRatio == 0 {
		words = fmt.Sprintf("The model file sets no margin, so the customer's own to date holds for orders to come: %s of the price.", percent(t.margin()))
	}
	general := "discounted orders × spend × margin"
	predicted := t.money("predicted", general,
		times(number(t.est.PAlive*t.discountedIfAlive()), t.amount(t.est.SpendMinor), number(t.margin())), t.est.PredictedMinor)
	return t.total(words, predicted)
}

// total is the last step of every model: earned so far, to come, and both.
func (t *teller) total(words string, predicted Formula) Step {
	formulas := []Formula{predicted, t.earned()}
	formulas = append(formulas, t.money("CLV", "historic + predicted",
		t.amount(t.est.HistoricMinor)+" + "+t.amount(t.est.PredictedMinor), t.est.CLVMinor))
	if t.est.ResidualKnown {
		formulas = append(formulas, t.money("predicted without a horizon", "the same over all the time to come", "", t.est.ResidualMinor))
	}
	if a := t.est.Acquisition; a.Known && a.CostMinor > 0 {
		formulas = append(formulas, Formula{Symbol: "CLV ÷ CAC", General: "CLV ÷ cost of acquisition",
			Numbers: over(t.amount(t.est.CLVMinor), t.amount(float64(a.CostMinor))), Value: t.est.CLVMinor / float64(a.CostMinor)})
	}
	return Step{Title: "Value", Words: words, Formulas: formulas}
}

// earned is the net margin to date.
func (t *teller) earned() Formula {
	general, numbers := "net revenue × margin to date", ""
	if t.byHand {
		general = "(first day + x·m) × margin"
		if !t.firstKnown {
			general = "(m + x·m) × margin, the first day taken for an average one"
		}
	}
	if t.facts.RevenueMinor > 0 {
		numbers = times(t.amount(float64(t.facts.RevenueMinor)), number(t.facts.MarginRatio))
	}
	return t.money("historic", general, numbers, t.est.HistoricMinor)
}
