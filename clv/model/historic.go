package model

import (
	"github.com/clvstream/clvstream/clv/formula"
	"github.com/clvstream/clvstream/clv/history"
)

// Historic values a customer at what they have earned and predicts nothing. It
// assumes nothing, so it is the floor that other models are compared with.
type Historic struct{ OwnRhythm }

const historicName = "historic"

// DescribeHistoric describes the model.
func DescribeHistoric() Description {
	return Description{
		Name: historicName, Title: "historic", Kind: KindChosen,
		Build: func(Inputs) (Model, error) { return Historic{}, nil },
		Explain: func(c *Case) Explanation {
			return c.explainPractitioner(formula.Step{
				Words:    "The historic model predicts nothing: the value is the net margin to date.",
				Formulas: []formula.Formula{c.money("predicted", "0", "", c.PredictedMinor)},
			})
		},
	}
}

// Name is "historic".
func (Historic) Name() string { return historicName }

// Version is fixed: there are no parameters.
func (Historic) Version() string { return "1" }

// Predict expects nothing beyond the net margin to date.
func (Historic) Predict(f history.Facts) Prediction {
	return Prediction{PAlive: 1, SpendMinor: meanSpendMinor(&f)}
}

// meanSpendMinor is the average net amount of a purchase day, minor units, ≥ 0.
func meanSpendMinor(f *history.Facts) float64 {
	if f.PurchaseDays <= 0 || f.RevenueMinor <= 0 {
		return 0
	}
	return float64(f.RevenueMinor) / float64(f.PurchaseDays)
}

// purchaseDays is the number of purchase days, never below 0.
func purchaseDays(f *history.Facts) float64 { return float64(max(0, f.PurchaseDays)) }
