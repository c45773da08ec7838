package model

import (
	"math"

	"github.com/clvstream/clvstream/clv/history"
)

// Summary is what the purchase models know of a customer: the literature's
// (x, t_x, T). It is valid by construction.
type Summary struct {
	frequency    int
	recency, age Span
}

// maxFrequency bounds x: a purchase on every day of the longest span.
const maxFrequency = 366_000

// NewSummary makes the summary of a customer with x repeat purchase days (0 to
// 366,000), the last of them t_x after the first purchase, seen until T after
// it: 0 ≤ t_x ≤ T, and t_x is 0 exactly when x is 0.
func NewSummary(x int, recency, age Span) (Summary, error) {
	switch {
	case x < 0 || x > maxFrequency:
		return Summary{}, &RangeError{What: "x", Value: float64(x), Allowed: "0 to 366000 repeat purchase days"}
	case recency.days > age.days:
		return Summary{}, &RangeError{What: "t_x in days", Value: recency.days, Allowed: "at most T: the last purchase is not after the end of the observation"}
	case x == 0 && recency.days > 0:
		return Summary{}, &RangeError{What: "t_x in days", Value: recency.days, Allowed: "0 where x is 0: without a repeat purchase the last one is the first"}
	case x > 0 && recency.days == 0:
		return Summary{}, &RangeError{What: "t_x in days", Value: 0, Allowed: "above 0 where x is above 0"}
	}
	return Summary{frequency: x, recency: recency, age: age}, nil
}

// Frequency is x, the number of repeat purchase days, ≥ 0.
func (s Summary) Frequency() int { return s.frequency }

// Recency is t_x, the time from the first purchase day to the last.
func (s Summary) Recency() Span { return s.recency }

// Age is T, the time from the first purchase day to the end of the observation.
func (s Summary) Age() Span { return s.age }

// in is the summary as numbers in a model's unit.
func (s Summary) in(u TimeUnit) (x, recency, age float64) {
	return float64(s.frequency), s.recency.In(u), s.age.In(u)
}

// counts are the facts as numbers in a model's unit, whatever the facts: the
// live path must not fail on a customer.
func counts(f *history.Facts, u TimeUnit) (x, recency, age float64) {
	ageDays := math.Min(math.Max(0, float64(f.AgeDays)), maxSpanDays)
	recencyDays := math.Min(math.Max(0, float64(f.RecencyDays)), ageDays)
	x = math.Min(math.Max(0, float64(f.Frequency)), maxFrequency)
	if x == 0 {
		recencyDays = 0
	}
	perDay := 1 / u.Days()
	return x, recencyDays * perDay, ageDays * perDay
}
