package model

import (
	"math"
	"math/rand/v2"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/numeric"
)

// Futures draws what a customer may do. The purchase models have it.
type Futures interface {
	// Future draws the purchases of a customer who is alive, within the horizon, and hands
	// on after how long each comes. The same rng gives the same future.
	Future(rng *rand.Rand, s Summary, horizon Span, purchase func(after Span))
}

// mostPurchases bounds a future, whatever the parameters: one for each day of the longest
// horizon.
const mostPurchases = 36_525

// buy draws purchases at a rate until an end, or until leave says that the customer has left.
func buy(rng *rand.Rand, rate, end float64, leave func() bool, purchase func(after float64)) {
	after := 0.0
	for range mostPurchases {
		if after += rng.ExpFloat64() / rate; !(after <= end) {
			return
		}
		if purchase(after); leave() {
			return
		}
	}
}

func stays() bool { return false }

// Future has no end but the horizon's.
func (n *nbd) Future(rng *rand.Rand, s Summary, horizon Span, purchase func(Span)) {
	x, _, age := s.in(n.unit)
	rate := numeric.DrawGamma(rng, n.r+x, n.alpha+age)
	buy(rng, rate, horizon.In(n.unit), stays, func(after float64) { purchase(n.unit.Span(after)) })
}

// Future draws a rate and a chance to leave from what is known of them after x purchases.
func (c *betaGeometric) Future(rng *rand.Rand, s Summary, horizon Span, purchase func(Span)) {
	x, _, age := s.in(c.unit)
	rate := numeric.DrawGamma(rng, c.r+x, c.alpha+age)
	chance := numeric.DrawBeta(rng, c.a, c.b+x+float64(c.firstChance))
	buy(rng, rate, horizon.In(c.unit), func() bool { return rng.Float64() < chance }, func(after float64) { purchase(c.unit.Span(after)) })
}

// Future draws a rate of buying and one of leaving.
func (m *pareto) Future(rng *rand.Rand, s Summary, horizon Span, purchase func(Span)) {
	x, _, age := s.in(m.unit)
	rate := numeric.DrawGamma(rng, m.r+x, m.alpha+age)
	lifetime := rng.ExpFloat64() / numeric.DrawGamma(rng, m.s, m.beta+age)
	buy(rng, rate, min(lifetime, horizon.In(m.unit)), stays, func(after float64) { purchase(m.unit.Span(after)) })
}

// Future draws a chance to buy and one to leave of a customer who is there at the next
// opportunity. One that came, and may still be taken, is taken at once or not at all.
func (m *bgbb) Future(rng *rand.Rand, s Summary, horizon Span, purchase func(Span)) {
	o, age := m.of(s)
	buys := numeric.DrawBeta(rng, m.Alpha+float64(o.Taken), m.Beta+float64(o.Over-o.Taken))
	leaving := m.leaving(o.Over)
	leaves := numeric.DrawBeta(rng, leaving.Alpha, leaving.Beta)
	next, end := m.next(o, age), horizon.In(m.Unit)
	for k := range mostPurchases {
		after := next + float64(k)*m.period
		if after > end || k > 0 && rng.Float64() < leaves {
			return
		}
		if rng.Float64() < buys {
			purchase(m.Unit.Span(math.Max(0, after)))
		}
	}
}

// Future draws a chance to leave at the end of a period, and hands on after how long each
// renewal within the horizon comes, of a customer who has not left.
func (c *Contract) Future(rng *rand.Rand, f history.Facts, renewal func(after Span)) {
	period, due := c.contractOf(&f)
	_, _, ageDays := counts(&f, UnitDay)
	leaves := numeric.DrawBeta(rng, c.sbg.Alpha, c.sbg.Beta+float64(period-1))
	next := math.Max(0, float64(due)-ageDays)
	for k := range mostPurchases {
		after := next + float64(k)*c.sbg.Period.days
		if after > c.under.Horizon.days || rng.Float64() < leaves {
			return
		}
		renewal(UnitDay.Span(after))
	}
}

// Amounts draws what a customer with x repeat purchase days of mean amount m spends a
// purchase day, major units: the first draw is of the customer, each next of a purchase.
func (g GammaGammaParams) Amounts(rng *rand.Rand, x int, m float64) (next func() float64) {
	rate := numeric.DrawGamma(rng, g.Q+g.P*float64(x), g.Gamma+float64(x)*max(0, m))
	return func() float64 { return numeric.DrawGamma(rng, g.P, rate) }
}

// LogLikelihood is of x repeat purchase days with mean amount m, up to what no parameter
// changes; 0 where either is.
func (g GammaGammaParams) LogLikelihood(x int, m float64) float64 {
	if x == 0 || !(m > 0) {
		return 0
	}
	shape, sum := g.P*float64(x), float64(x)*m
	both, _ := math.Lgamma(shape + g.Q)
	own, _ := math.Lgamma(shape)
	between, _ := math.Lgamma(g.Q)
	return both - own - between + g.Q*math.Log(g.Gamma) + shape*math.Log(sum) - (shape+g.Q)*math.Log(g.Gamma+sum)
}
