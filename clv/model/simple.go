package model

import (
	"fmt"
	"math"
	"strconv"

	"github.com/clvstream/clvstream/clv/formula"
	"github.com/clvstream/clvstream/clv/history"
)

// DefaultLifespanYears is how long a customer is taken to stay when nothing is
// configured, the middle of what textbooks assume for a shop.
const DefaultLifespanYears = 3

// Simple is the practitioners' formula
//
//	CLV = average order value × orders per year × lifespan in years × margin
//
// with an order per purchase day and at least a year counted, so that a first
// order is not read as one order a day. What is predicted is the formula's
// figure less the margin earned already: historic and predicted add up to the
// textbook's CLV until a customer outlives it. A customer who stops buying
// fades only as their orders per year do.
type Simple struct {
	OwnRhythm
	lifespanYears float64
	version       string
}

const simpleName = "simple"

// DescribeSimple describes the model; without a lifespan it takes the default.
func DescribeSimple() Description {
	lifespan := func(in Inputs) float64 {
		if years := in.Values["lifespan_years"]; years != 0 {
			return years
		}
		return DefaultLifespanYears
	}
	return Description{
		Name: simpleName, Title: "average order × orders a year × lifespan", Kind: KindChosen,
		Parameters: []Parameter{{Name: "lifespan_years", Meaning: "how long a customer stays, in years", Least: 0.01, Most: maxHorizonYears}},
		Build:      func(in Inputs) (Model, error) { return NewSimple(lifespan(in)) },
		Explain: func(c *Case) Explanation {
			return c.explainPractitioner(c.simpleValue(lifespan(c.Inputs)))
		},
	}
}

// simpleValue is average order × orders a year × lifespan × margin, less what was
// earned.
func (c *Case) simpleValue(lifespanYears float64) formula.Step {
	n := formula.Number
	words := fmt.Sprintf("The textbook's value of a whole lifespan of %s, less what has been earned already. The lifespan is configured.",
		formula.Count(lifespanYears, "year"))
	return formula.Step{Words: words, Formulas: []formula.Formula{
		c.money("predicted", "P(alive) × max(0, average order × orders a year × lifespan × margin − earned)",
			fmt.Sprintf("%s × max(0, %s − %s)", n(c.PAlive),
				formula.Times(c.amount(c.SpendMinor), n(c.ordersPerYear()), n(lifespanYears), n(c.Facts.MarginRatio)),
				c.amount(c.HistoricMinor)), c.PredictedMinor),
	}}
}

// NewSimple makes the model for a lifespan in years, above 0 and up to 100.
func NewSimple(lifespanYears float64) (Simple, error) {
	if !(lifespanYears > 0 && lifespanYears <= maxHorizonYears) {
		return Simple{}, &RangeError{What: "lifespan in years", Value: lifespanYears, Allowed: "above 0 and at most 100"}
	}
	return Simple{lifespanYears: lifespanYears, version: "lifespan_years=" + formatParameter(lifespanYears)}, nil
}

// Name is "simple".
func (Simple) Name() string { return simpleName }

// Version names the lifespan.
func (s Simple) Version() string { return s.version }

// Predict applies the formula to the customer's own average and frequency.
func (s Simple) Predict(f history.Facts) Prediction {
	spendMinor := meanSpendMinor(&f)
	perYear := purchaseDays(&f) / yearsCounted(&f)
	lifetimeMinor := spendMinor * perYear * s.lifespanYears * finite(f.MarginRatio)
	return Prediction{
		PAlive:            1,
		OrdersIfAlive:     math.Max(0, perYear*s.lifespanYears-purchaseDays(&f)),
		ValueIfAliveMinor: finite(math.Max(0, lifetimeMinor-float64(f.MarginMinor))),
		SpendMinor:        spendMinor,
		HorizonDays:       s.lifespanYears * daysPerYear,
	}
}

// formatParameter writes a parameter so that reading it gives the same bits.
func formatParameter(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
