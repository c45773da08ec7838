package model

import (
	"fmt"
	"math"
)

const (
	daysPerWeek  = 7
	daysPerYear  = 365.25
	daysPerMonth = daysPerYear / 12
)

// TimeUnit is the unit in which a model's parameters count time. A model fitted
// on weeks and read as days is wrong by a factor that no check of its output
// can see, so every model carries its unit.
type TimeUnit uint8

// The units of time that a model may be fitted in.
const (
	UnitDay   TimeUnit = iota + 1 // 1 day
	UnitWeek                      // 7 days
	UnitMonth                     // 365.25/12 days
)

var unitNames = [...]string{UnitDay: "day", UnitWeek: "week", UnitMonth: "month"}

// String is the unit's name in a model file: day, week or month.
func (u TimeUnit) String() string {
	if u < UnitDay || u > UnitMonth {
		return "unknown"
	}
	return unitNames[u]
}

// ParseTimeUnit is the inverse of TimeUnit.String; ok is false for any other name.
func ParseTimeUnit(name string) (u TimeUnit, ok bool) {
	for u := UnitDay; u <= UnitMonth; u++ {
		if unitNames[u] == name {
			return u, true
		}
	}
	return 0, false
}

// Days is the unit's length in days; 0 for no unit.
func (u TimeUnit) Days() float64 {
	switch u {
	case UnitDay:
		return 1
	case UnitWeek:
		return daysPerWeek
	case UnitMonth:
		return daysPerMonth
	default:
		return 0
	}
}

// PerYear is how many of the unit make a year of 365.25 days.
func (u TimeUnit) PerYear() float64 { return daysPerYear / u.Days() }

// Span is a length of time. It is made with a unit and read with a unit, so
// weeks cannot be taken for days.
type Span struct{ days float64 }

// maxSpanDays bounds every length of time: a millennium.
const maxSpanDays = 1000 * daysPerYear

// Span is n of the unit, held within [0, 1000 years]; NaN is 0.
func (u TimeUnit) Span(n float64) Span {
	days := n * u.Days()
	if !(days > 0) {
		return Span{}
	}
	return Span{days: math.Min(days, maxSpanDays)}
}

// In is the length counted in the unit.
func (s Span) In(u TimeUnit) float64 { return s.days / u.Days() }

// Discount is the rate at which money to come loses value, compounding
// continuously. It is converted once from an annual rate, never applied per
// period.
type Discount struct{ annual, perDay float64 }

// MostAnnualDiscount is 1000 % a year: more is a typing error.
const MostAnnualDiscount = 10

// AnnualDiscount is the discount of an effective annual rate in [0, 10]: 0.10
// takes a year's delay to cost 1 − 1/1.10.
func AnnualDiscount(rate float64) (Discount, error) {
	if !(rate >= 0 && rate <= MostAnnualDiscount) {
		return Discount{}, &RangeError{What: "annual discount", Value: rate, Allowed: "0 to 10 (0.10 is 10 % a year)"}
	}
	return Discount{annual: rate, perDay: math.Log1p(rate) / daysPerYear}, nil
}

// ContinuousDiscount is the discount δ per unit of time, the form that the
// literature's DERT takes: δ = ln(1 + annual rate) ÷ units per year.
func ContinuousDiscount(delta float64, u TimeUnit) (Discount, error) {
	return AnnualDiscount(math.Expm1(delta * u.PerYear()))
}

// Annual is the effective annual rate, [0, 10].
func (d Discount) Annual() float64 { return d.annual }

// Per is the continuous rate per unit of time.
func (d Discount) Per(u TimeUnit) float64 { return d.perDay * u.Days() }

// PeriodRate is the effective rate of one of n equal periods in a year, for an
// effective annual rate: 10 % a year is 0.797414 % in each of 12 months.
func PeriodRate(annual float64, periodsPerYear float64) float64 {
	return math.Expm1(math.Log1p(annual) / periodsPerYear)
}

// RangeError is a number outside what a model allows.
type RangeError struct {
	What    string // the quantity's name, such as "alpha"
	Value   float64
	Allowed string // what would be accepted, in words
}

// Error says what was wrong and what is allowed.
func (e *RangeError) Error() string {
	return fmt.Sprintf("%s is %v: allowed is %s", e.What, e.Value, e.Allowed)
}
