package model

import (
	"fmt"

	"github.com/clvstream/clvstream/clv/formula"
	"github.com/clvstream/clvstream/clv/history"
)

// MarginChurn is the subscription formula
//
//	CLV = monthly revenue × gross margin ÷ monthly churn
//
// a perpetuity without discount: 1 ÷ churn is the mean lifespan in months.
// Monthly revenue is the customer's own, over at least a year.
type MarginChurn struct {
	OwnRhythm
	monthlyChurn float64
	version      string
}

const marginChurnName = "margin_churn"

// DescribeMarginChurn describes the model.
func DescribeMarginChurn() Description {
	return Description{
		Name: marginChurnName, Title: "monthly margin ÷ churn", Kind: KindChosen,
		Parameters: []Parameter{{Name: "monthly_churn", Meaning: "share of customers who leave in a month", Least: 1e-6, Most: 1}},
		Build:      func(in Inputs) (Model, error) { return NewMarginChurn(in.Values["monthly_churn"]) },
		Explain:    func(c *Case) Explanation { return c.explainPractitioner(c.marginChurnValue()) },
	}
}

// marginChurnValue is monthly revenue × margin ÷ churn.
func (c *Case) marginChurnValue() formula.Step {
	n, churn := formula.Number, c.Values["monthly_churn"]
	monthlyMinor := c.SpendMinor * c.ordersPerYear() / 12
	words := fmt.Sprintf("With a churn of %s a month customers stay for %s on average, and bring their monthly margin all that time. The churn rate is configured.",
		formula.Percent(churn), formula.Count(1/churn, "month"))
	return formula.Step{Words: words, Formulas: []formula.Formula{
		c.money("monthly revenue", "average order × orders a year ÷ 12", formula.Over(formula.Times(c.amount(c.SpendMinor), n(c.ordersPerYear())), "12"), monthlyMinor),
		c.money("predicted", "P(alive) × monthly revenue × margin ÷ churn",
			formula.Over(formula.Times(n(c.PAlive), c.amount(monthlyMinor), n(c.Facts.MarginRatio)), n(churn)), c.PredictedMinor),
	}}
}

// NewMarginChurn makes the model for a monthly churn rate in [1e-6, 1]: the
// share of customers who leave in a month.
func NewMarginChurn(monthlyChurn float64) (MarginChurn, error) {
	if !(monthlyChurn >= 1e-6 && monthlyChurn <= 1) {
		return MarginChurn{}, &RangeError{What: "monthly churn", Value: monthlyChurn, Allowed: "1e-6 to 1 (0.06 is 6 % a month)"}
	}
	return MarginChurn{monthlyChurn: monthlyChurn, version: "monthly_churn=" + formatParameter(monthlyChurn)}, nil
}

// Name is "margin_churn".
func (MarginChurn) Name() string { return marginChurnName }

// Version names the churn rate.
func (m MarginChurn) Version() string { return m.version }

// Predict extends the customer's monthly margin over the mean lifespan.
func (m MarginChurn) Predict(f history.Facts) Prediction {
	spendMinor := meanSpendMinor(&f)
	months := 12 * yearsCounted(&f)
	orders := purchaseDays(&f) / months / m.monthlyChurn
	valueMinor := finite(spendMinor * orders * finite(f.MarginRatio))
	return Prediction{
		PAlive:               1,
		OrdersIfAlive:        orders,
		ValueIfAliveMinor:    valueMinor,
		ResidualIfAliveMinor: valueMinor,
		ResidualKnown:        true,
		SpendMinor:           spendMinor,
		HorizonDays:          daysPerYear / 12 / m.monthlyChurn,
	}
}
