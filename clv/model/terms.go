package model

import (
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"math"
)

// Terms are the choices that turn expected purchases into money. They belong to
// whoever pays, not to the data.
type Terms struct {
	// Horizon is how far ahead value is counted, above 0 and up to 100 years.
	Horizon Span
	// Discount is what waiting costs; the zero value discounts nothing.
	Discount Discount
	// MarginRatio is the margin on future revenue, in (0, 1]; 0 means the
	// customer's own ratio to date.
	MarginRatio float64
	// Currency is the business's, whose major units the spend parameters count.
	Currency money.Currency
}

const maxHorizonYears = 100

func (t Terms) check() error {
	horizonDays := t.Horizon.days
	switch {
	case !(horizonDays > 0 && horizonDays <= maxHorizonYears*daysPerYear):
		return &RangeError{What: "horizon in days", Value: horizonDays, Allowed: "above 0 and at most 36525 (100 years)"}
	case !(t.MarginRatio >= 0 && t.MarginRatio <= 1):
		return &RangeError{What: "margin", Value: t.MarginRatio, Allowed: "a share of the price: above 0 and at most 1"}
	case t.Currency == money.Currency{}:
		return money.ErrUnknownCurrency
	}
	return nil
}

// minorPerMajor is how many minor units make a major one: 100 cents a dollar.
func (t *Terms) minorPerMajor() float64 { return math.Pow10(t.Currency.Exponent()) }

// margin is the ratio in force for a customer.
func (t *Terms) margin(f *history.Facts) float64 {
	if t.MarginRatio > 0 {
		return t.MarginRatio
	}
	return finite(f.MarginRatio)
}

// finite keeps what is a number, so that nothing stored is ever NaN or infinite.
func finite(v float64) float64 {
	if v-v != 0 { // only NaN and ±Inf differ from themselves by other than 0
		return 0
	}
	return v
}

// parameter is a named number of a model, for checks and messages.
type parameter struct {
	name  string
	value float64
}

// The shape and rate parameters of the purchase models lie far inside these
// bounds; beyond them double precision no longer tells customers apart.
const (
	minParameter = 1e-9
	maxParameter = 1e9
)

func checkParameters(u TimeUnit, parameters ...parameter) error {
	if u.Days() == 0 {
		return &RangeError{What: "time unit", Value: float64(u), Allowed: "day, week or month"}
	}
	return checkPositive(parameters...)
}

func checkPositive(parameters ...parameter) error {
	for _, p := range parameters {
		if !(p.value >= minParameter && p.value <= maxParameter) {
			return &RangeError{What: p.name, Value: p.value, Allowed: "1e-9 to 1e9"}
		}
	}
	return nil
}

// yearsCounted is a customer's age in years, at least one: a first order is not
// read as one order a day.
func yearsCounted(f *history.Facts) float64 {
	return math.Max(float64(f.AgeDays)/daysPerYear, 1)
}
