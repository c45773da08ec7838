package explain

import (
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/model"
)

// daysPerYear is the year of all models.
var daysPerYear = model.UnitDay.PerYear()

// practitioner tells a value by a model that needs no fitting.
func (t *teller) practitioner() []Step {
	steps := []Step{t.average()}
	if said, ok := t.saidOfChurn(); ok {
		steps = append(steps, said)
	}
	switch t.Name() {
	case "simple":
		return append(steps, t.simple())
	case "margin_churn":
		return append(steps, t.marginChurn())
	case "retention_dcf":
		return append(steps, t.retention())
	default:
		predicted := t.money("predicted", "0", "", t.est.PredictedMinor)
		return append(steps, t.total("The historic model predicts nothing: a customer is worth what they have earned.", predicted))
	}
}

// years is the customer's age, at least a year.
func (t *teller) years() float64 { return math.Max(float64(t.facts.AgeDays)/daysPerYear, 1) }

func (t *teller) perYear() float64 { return float64(t.facts.PurchaseDays) / t.years() }

// average sums up the orders as practitioners do: all of them.
func (t *teller) average() Step {
	f := &t.facts
	words := "Orders of one day count as one purchase day. At least a year is counted, so that a first order is not read as one order a day."
	if t.dated {
		words = fmt.Sprintf("%s on %s since %s. ", count(float64(f.Orders), "order"), count(float64(f.PurchaseDays), "day"), t.firstDay) + words
	}
	n := number
	return Step{Title: "What the customer did", Words: words, Formulas: []Formula{
		t.money("average order", "net revenue ÷ purchase days", over(t.amount(float64(f.RevenueMinor)), n(float64(f.PurchaseDays))), t.est.SpendMinor),
		{Symbol: "years", General: "days since the first ÷ 365.25, at least 1", Numbers: over(count(float64(f.AgeDays), "day"), n(daysPerYear)), Value: t.years(), Unit: "years"},
		{Symbol: "orders a year", General: "purchase days ÷ years", Numbers: over(n(float64(f.PurchaseDays)), n(t.years())), Value: t.perYear(), Unit: "purchase days a year"},
	}}
}

// simple is average order × orders a year × lifespan × margin, less what was
// earned.
func (t *teller) simple() Step {
	lifespan := t.Spec.LifespanYears
	if lifespan == 0 {
		lifespan = model.DefaultLifespanYears
	}
	words := fmt.Sprintf("The textbook's value of a whole lifespan of %s, less what is earned of it already. The lifespan is a choice of the configuration.",
		count(lifespan, "year"))
	predicted := t.money("predicted", "P(alive) × max(0, average order × orders a year × lifespan × margin − earned)",
		fmt.Sprintf("%s × max(0, %s − %s)", number(t.est.PAlive),
			times(t.amount(t.est.SpendMinor), number(t.perYear()), number(lifespan), number(t.facts.MarginRatio)),
			t.amount(t.est.HistoricMinor)), t.est.PredictedMinor)
	return t.total(words, predicted)
}

// marginChurn is monthly revenue × margin ÷ churn.
func (t *teller) marginChurn() Step {
	churn := t.Spec.MonthlyChurn
	monthlyMinor := t.est.SpendMinor * t.perYear() / 12
	words := fmt.Sprintf("With a churn of %s a month customers stay for %s on average, and bring their monthly margin all that time. The churn is a choice of the configuration.",
		percent(churn), count(1/churn, "month"))
	predicted := t.money("predicted", "P(alive) × monthly revenue × margin ÷ churn",
		over(times(number(t.est.PAlive), t.amount(monthlyMinor), number(t.facts.MarginRatio)), number(churn)), t.est.PredictedMinor)
	step := t.total(words, predicted)
	step.Formulas = append([]Formula{
		t.money("monthly revenue", "average order × orders a year ÷ 12", over(times(t.amount(t.est.SpendMinor), number(t.perYear())), "12"), monthlyMinor),
	}, step.Formulas...)
	return step
}

// retention is Berger and Nasr's discounted cash flow.
func (t *teller) retention() Step {
	p := t.Spec.RetentionDCF
	perMargin, costs := p, p
	perMargin.RetentionCost, costs.RetentionCost = 0, 1
	margins := perMargin.Value(1)
	costFactor := -costs.Value(0)
	marginMinor := t.est.SpendMinor * t.perYear() * t.facts.MarginRatio
	costMinor := p.RetentionCost * math.Pow10(t.Currency.Exponent())
	span := "all years to come"
	if p.Years > 0 {
		span = count(float64(p.Years), "year") + " after the first"
	}
	words := fmt.Sprintf("Of all customers %s stay from one year to the next, and money loses %s a year. Summed over %s that makes the margin of a year count %s times, "+
		"and what is spent a year to keep the customer %s times.", percent(p.Retention), percent(p.AnnualDiscount), span, number(margins), number(costFactor))
	predicted := t.money("predicted", "P(alive) × (GC · Σ rⁱ/(1+d)ⁱ − M · Σ rⁱ⁻¹/(1+d)^(i−½))",
		fmt.Sprintf("%s × (%s × %s − %s × %s)", number(t.est.PAlive), t.amount(marginMinor), number(margins), t.amount(costMinor), number(costFactor)),
		t.est.PredictedMinor)
	step := t.total(words, predicted)
	step.Formulas = append([]Formula{
		t.money("GC", "average order × orders a year × margin", times(t.amount(t.est.SpendMinor), number(t.perYear()), number(t.facts.MarginRatio)), marginMinor),
	}, step.Formulas...)
	return step
}
