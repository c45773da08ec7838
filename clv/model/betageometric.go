package model

import (
	"math"

	"github.com/clvstream/clvstream/clv/numeric"
)

// coin is the coin-toss model of buying: a customer buys at random with rate
// λ ~ Gamma(r, α) and after a purchase leaves with probability p ~ Beta(a, b).
// BG/NBD chances after each repeat purchase; MBG/NBD also after the first
// purchase of all, which is one toss more.
type betaGeometric struct {
	unit TimeUnit
	gammaPoisson
	a, b        float64
	firstChance int // 0 for BG/NBD, 1 for MBG/NBD
}

func (c *betaGeometric) checked() (*betaGeometric, error) {
	if c.unit.Days() == 0 {
		return nil, errNoUnit(c.unit)
	}
	if err := check(betaGeometricParameters, c.r, c.alpha, c.a, c.b); err != nil {
		return nil, err
	}
	return c, nil
}

// fitted makes the model that values customers.
func (c *betaGeometric) fitted(name string, spend GammaGammaParams, under Assumptions, version string) (*Fitted, error) {
	if _, err := c.checked(); err != nil {
		return nil, err
	}
	return newFitted(name, version, c.unit, spend, under, func(d discounting) purchaseTables {
		return newBetaGeometricTables(*c, d)
	})
}

// logOdds is ln of how much likelier it is that the customer left at the last
// chance than that they stayed and the silence since is chance; −∞ without one.
func (c *betaGeometric) logOdds(x, recency, age float64) float64 {
	chances := x + float64(c.firstChance)
	if chances == 0 {
		return math.Inf(-1)
	}
	silence := (c.r + x) * math.Log1p((age-recency)/(c.alpha+recency))
	return silence + math.Log(c.a/(c.b+chances-1))
}

func (c *betaGeometric) pAlive(x, recency, age float64) float64 {
	return 1 / (1 + math.Exp(c.logOdds(x, recency, age)))
}

// logStayed is ln of the probability of staying at n chances to leave: (b)ₙ ÷ (a+b)ₙ.
func (c *betaGeometric) logStayed(n int) float64 {
	return numeric.LogPochhammer(c.b, n) - numeric.LogPochhammer(c.a+c.b, n)
}

// LogLikelihood is equation 6 of the BG/NBD paper with the alive and the lost
// term joined by their odds.
func (c *betaGeometric) LogLikelihood(s Summary) float64 {
	x, recency, age := s.in(c.unit)
	alive := c.logStayed(s.frequency+c.firstChance) + numeric.LogPochhammer(c.r, s.frequency) -
		c.r*math.Log1p(age/c.alpha) - x*math.Log(c.alpha+age)
	return alive + numeric.LogAddExp(0, c.logOdds(x, recency, age))
}

// PAlive is 1 ÷ (1 + a/(b+x−1) · ((α+T)/(α+t_x))^(r+x)); under BG/NBD a customer
// without a repeat purchase has had no chance to leave and is alive.
func (c *betaGeometric) PAlive(s Summary) float64 { return c.pAlive(s.in(c.unit)) }

// ExpectedOrders is equation 10 of the BG/NBD paper, as an integral over p.
func (c *betaGeometric) ExpectedOrders(s Summary, t Span) float64 {
	x, recency, age := s.in(c.unit)
	l := c.posterior(x, age)
	return c.pAlive(x, recency, age) * l.orders(t.In(c.unit))
}

// NoOrder is 1 − Pₐ + Pₐ·((α+T)/(α+T+t))^(r+x).
func (c *betaGeometric) NoOrder(s Summary, t Span) float64 {
	x, recency, age := s.in(c.unit)
	l := c.posterior(x, age)
	silent := math.Exp(-l.shape * math.Log1p(t.In(c.unit)/l.rate))
	odds := c.logOdds(x, recency, age)
	return 1/(1+math.Exp(-odds)) + silent/(1+math.Exp(odds))
}

// MedianWait is (α+T)(2^(1/(r+x)) − 1).
func (c *betaGeometric) MedianWait(s Summary) Span {
	x, _, age := s.in(c.unit)
	l := c.posterior(x, age)
	return c.unit.Span(l.rate * medianWaitFactor(l.shape))
}

// DiscountedOrders integrates the rate of purchases to come.
func (c *betaGeometric) DiscountedOrders(s Summary, horizon Span, d Discount) float64 {
	x, recency, age := s.in(c.unit)
	l := c.posterior(x, age)
	f := discounting{horizon: horizon.In(c.unit), discount: d.Per(c.unit)}
	rule := l.rule(f.horizon)
	value, _ := f.discounted(l.rate, l.decline(&rule))
	return c.pAlive(x, recency, age) * l.shape * value
}

// ResidualOrders integrates the same to infinity.
func (c *betaGeometric) ResidualOrders(s Summary, d Discount) (orders, errBound float64, err error) {
	if d.perDay == 0 {
		return 0, 0, ErrNoDiscount
	}
	x, recency, age := s.in(c.unit)
	l := c.posterior(x, age)
	f := discounting{discount: d.Per(c.unit)}
	rule := l.rule(f.longest())
	value, errBound := f.residual(l.rate, l.decline(&rule))
	scale := c.pAlive(x, recency, age) * l.shape
	return scale * value, scale * (errBound + numeric.BetaQuadratureError*value), nil
}

// MeanOrders is equation 9 of the BG/NBD paper.
func (c *betaGeometric) MeanOrders(t Span) float64 {
	fresh := c.posterior(0, 0)
	return math.Exp(c.logStayed(c.firstChance)) * fresh.orders(t.In(c.unit))
}

// OrdersPMF is equation 8 of the BG/NBD paper: n purchases and still there,
// or at least n possible and gone after the nth.
func (c *betaGeometric) OrdersPMF(n int, t Span) float64 {
	if n < 0 {
		return 0
	}
	buying := numeric.NegativeBinomial{R: c.r, Alpha: c.alpha}
	chances := n + c.firstChance
	p := math.Exp(c.logStayed(chances)) * buying.PMF(n, t.In(c.unit))
	if chances == 0 {
		return p
	}
	left := c.a / (c.a + c.b + float64(chances-1)) * math.Exp(c.logStayed(chances-1))
	return p + left*buying.AtLeast(n, t.In(c.unit))
}
