package model

import "math"

// Opportunities is what a purchase history is to a model of opportunities that come
// at regular times.
type Opportunities struct {
	Taken int // x, 0 to Last
	Last  int // t_x, the last one taken, 0 to Over
	Over  int // n
}

// opportunityRounding is by how much sooner an opportunity has come, in periods: a day
// of a month, eleven of a year. Times are whole days, and months and years differ in
// length.
const opportunityRounding = 1. / 32

// CountOpportunities reads x repeat purchase days, recency and age, valid as in a
// Summary and in one unit with the period > 0. The first purchase is opportunity 0,
// and opportunity i comes i periods after it. A purchase belongs to the nearest one,
// so that early and late ones count; two for one opportunity count once. One that is
// not taken is over when it has come, within a thirty-second of a period.
func CountOpportunities(x, recency, age, period float64) Opportunities {
	last := int(recency/period + 0.5)
	return Opportunities{Taken: min(int(x), last), Last: last, Over: max(last, int(math.Max(0, age/period)+opportunityRounding))}
}
