package model

import (
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/formula"
)

const retentionDCFName = "retention_dcf"

// DescribeRetentionDCF describes the model.
func DescribeRetentionDCF() Description {
	return Description{
		Name: retentionDCFName, Title: "discounted cash flow with retention", Kind: KindChosen,
		Parameters: []Parameter{
			{Name: "retention", Meaning: "share of customers who stay from one year to the next", Most: 1},
			{Name: "retention_years", Meaning: "years counted after the first; 0: all", Most: maxHorizonYears},
			{Name: "retention_cost", Meaning: "yearly retention cost of a customer, in major units of business.currency", Counts: InMajorUnits, Most: maxParameter},
			{Name: "first_margin_after_year", Meaning: "the first margin comes at the end of the first year instead of at once", Most: 1},
			{Name: "discount_annual", Meaning: "effective annual discount rate; 0.1 is 10 %. A model file has its own", Most: MostAnnualDiscount},
		},
		Build:   func(in Inputs) (Model, error) { return NewRetentionDCF(in.Values.retentionDCF(), in.Currency) },
		Explain: func(c *Case) Explanation { return c.explainPractitioner(c.retentionValue()) },
	}
}

func (v Values) retentionDCF() RetentionDCFParams {
	return RetentionDCFParams{
		Retention: v["retention"], AnnualDiscount: v["discount_annual"], Years: int(v["retention_years"]),
		RetentionCost: v["retention_cost"], FirstAfterYear: v["first_margin_after_year"] != 0,
	}
}

// retentionValue is Berger and Nasr's discounted cash flow.
func (c *Case) retentionValue() formula.Step {
	p, n := c.Values.retentionDCF(), formula.Number
	margins, costs := p.factors()
	marginMinor := c.SpendMinor * c.ordersPerYear() * c.Facts.MarginRatio
	costMinor := p.RetentionCost * math.Pow10(c.Currency.Exponent())
	span := "all years to come"
	if p.Years > 0 {
		span = formula.Count(float64(p.Years), "year") + " after the first"
	}
	words := fmt.Sprintf("Of all customers %s stay from one year to the next, and money loses %s a year. Summed over %s that makes the margin of a year count %s times, "+
		"and the yearly retention cost %s times.", formula.Percent(p.Retention), formula.Percent(p.AnnualDiscount), span, n(margins), n(costs))
	return formula.Step{Words: words, Formulas: []formula.Formula{
		c.money("GC", "average order × orders a year × margin", formula.Times(c.amount(c.SpendMinor), n(c.ordersPerYear()), n(c.Facts.MarginRatio)), marginMinor),
		c.money("predicted", "P(alive) × (GC · Σ rⁱ/(1+d)ⁱ − M · Σ rⁱ⁻¹/(1+d)^(i−½))",
			fmt.Sprintf("%s × (%s × %s − %s × %s)", n(c.PAlive), c.amount(marginMinor), n(margins), c.amount(costMinor), n(costs)),
			c.PredictedMinor),
	}}
}
