package model

import "github.com/clvstream/clvstream/clv/history"

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

// NewMarginChurn makes the model for a monthly churn rate in [1e-6, 1]: the
// share of customers who leave in a month.
func NewMarginChurn(monthlyChurn float64) (MarginChurn, error) {
	if !(monthlyChurn >= 1e-6 && monthlyChurn <= 1) {
		return MarginChurn{}, &RangeError{What: "monthly churn", Value: monthlyChurn, Allowed: "1e-6 to 1 (0.06 is 6 % a month)"}
	}
	return MarginChurn{monthlyChurn: monthlyChurn, version: "monthly_churn=" + formatParameter(monthlyChurn)}, nil
}

// Name is "margin_churn".
func (MarginChurn) Name() string { return "margin_churn" }

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
