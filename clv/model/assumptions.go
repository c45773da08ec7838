package model

import (
	"math"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// Assumptions are the choices that turn expected purchases into money. They belong
// to whoever pays, not to the data.
type Assumptions struct {
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

func (a Assumptions) check() error {
	horizonDays := a.Horizon.days
	switch {
	case !(horizonDays > 0 && horizonDays <= maxHorizonYears*daysPerYear):
		return &RangeError{What: "horizon in days", Value: horizonDays, Allowed: "above 0 and at most 36525 (100 years)"}
	case !(a.MarginRatio >= 0 && a.MarginRatio <= 1):
		return &RangeError{What: "margin", Value: a.MarginRatio, Allowed: "a share of the price: above 0 and at most 1"}
	case a.Currency == money.Currency{}:
		return money.ErrUnknownCurrency
	}
	return nil
}

// minorPerMajor is how many minor units make a major one: 100 cents a dollar.
func (a *Assumptions) minorPerMajor() float64 { return math.Pow10(a.Currency.Exponent()) }

// margin is the ratio in force for a customer.
func (a *Assumptions) margin(f *history.Facts) float64 {
	if a.MarginRatio > 0 {
		return a.MarginRatio
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

// check says which of the values, in the order of their parameters, is out of
// range.
func check(parameters []Parameter, values ...float64) error {
	for i, p := range parameters {
		if v := values[i]; !(v >= p.Least && v <= p.Most) {
			return &RangeError{What: p.Name, Value: v, Allowed: p.Allowed()}
		}
	}
	return nil
}

func errNoUnit(u TimeUnit) error {
	return &RangeError{What: "time unit", Value: float64(u), Allowed: "day, week or month"}
}

// yearsCounted is a customer's age in years, at least one: a first order is not
// read as one order a day.
func yearsCounted(f *history.Facts) float64 {
	return math.Max(float64(f.AgeDays)/daysPerYear, 1)
}
