package standing

import (
	"math"
	"sort"

	"github.com/clvstream/clvstream/clv/calendar"
)

// Silence is what a customer's silence means.
type Silence struct {
	Days     int     // since the last purchase day
	Quantile float64 // how likely an order would have come by now, [0, 1]; 0: no rhythm is known
	// LossMinor is by how much the predicted value has fallen since the last
	// purchase day, and BestDay is the day on which it falls, or fell, most: the
	// best moment to speak to the customer. Both are known of the changes that
	// announce a stage of silence.
	LossMinor float64
	BestDay   calendar.Day
	LossKnown bool
}

// Silence is how long it is quiet, and how likely that is of who still buys.
func (o *Outlook) Silence() Silence {
	if o.est.Facts.PurchaseDays == 0 {
		return Silence{}
	}
	s := Silence{Days: o.est.Facts.AgeDays - o.est.Facts.RecencyDays}
	s.Quantile = o.basis.Model.SilenceQuantile(o.est.Facts, float64(s.Days))
	return s
}

// CostlySilence is the silence with what it has cost, as the stages of silence
// announce it.
func (o *Outlook) CostlySilence() Silence {
	s := o.Silence()
	last := o.sum.LastDay
	s.LossMinor = o.predictedMinor(last) - o.est.PredictedMinor
	s.BestDay, s.LossKnown = o.steepest(last), true
	return s
}

// predictedMinor is the predicted value on a day without an order until then.
func (o *Outlook) predictedMinor(day calendar.Day) float64 {
	est := o.on(day)
	return est.PredictedMinor
}

// steepest is the day, from the last purchase day on, in which the predicted value
// falls most until the next. It may stay what it is for a while, as the practitioners'
// models have it for a year, or rise, as a contract's does until the renewal is due; then
// the fall per day rises to one peak and fades, but for ripples below steepestWithin.
// Where nothing falls, the first day stands for all.
func (o *Outlook) steepest(last calendar.Day) calendar.Day {
	fall := func(day calendar.Day) float64 { return o.predictedMinor(day) - o.predictedMinor(day+1) }
	low, high := last, last+o.longestWait()
	switch whole := o.predictedMinor(low); {
	case whole <= 0, o.predictedMinor(high+1) >= whole: // what is a loss already rises to nothing
		return low
	case o.predictedMinor(low+1) >= whole:
		low += calendar.Day(sort.Search(int(high-low), func(days int) bool { return o.predictedMinor(low+calendar.Day(days)+1) < whole }))
	}
	if fall(low) > (1+steepestWithin)*fall(low+1) {
		return low
	}
	return peak(fall, low, high)
}

// peak is the day of the highest value of a function that rises to it and falls from it, by
// golden section: each step cuts off 38 % of the days for one more value.
func peak(f func(calendar.Day) float64, low, high calendar.Day) calendar.Day {
	const few = 4 // are looked at one by one
	part := func() calendar.Day { return calendar.Day(math.Ceil((math.Phi - 1) * float64(high-low))) }
	left, right := high-part(), low+part()
	atLeft, atRight := f(left), f(right)
	for high-low > few && left < right {
		if atLeft >= atRight {
			high, right, atRight = right, left, atLeft
			left = high - part()
			atLeft = f(left)
		} else {
			low, left, atLeft = left, right, atRight
			right = low + part()
			atRight = f(right)
		}
	}
	best, most := low, f(low)
	for day := low + 1; day <= high; day++ {
		if value := f(day); value > most {
			best, most = day, value
		}
	}
	return best
}

// steepestWithin is by which share the fall of another day may be larger.
const steepestWithin = 1e-3

// longestWait is how many days after a purchase the predicted value falls most at
// the latest: well beyond the wait that one customer in a hundred exceeds.
func (o *Outlook) longestWait() calendar.Day {
	const least, most = 30, 3652
	wait := 2 * o.basis.Model.SilenceDays(o.est.Facts, 0.99)
	return calendar.Day(min(max(wait, least), most))
}
