package model

import "math"

// coin is the coin-toss model of buying: a customer buys at random with rate
// λ ~ Gamma(r, α) and after a purchase leaves with probability p ~ Beta(a, b).
// BG/NBD tosses after each repeat purchase; MBG/NBD also after the first
// purchase of all, which is one toss more.
type coin struct {
	unit           TimeUnit
	r, alpha, a, b float64
	extraTosses    int // 0 for BG/NBD, 1 for MBG/NBD
}

func (c *coin) check() error {
	return checkParameters(c.unit, parameter{"r", c.r}, parameter{"alpha", c.alpha}, parameter{"a", c.a}, parameter{"b", c.b})
}

// logOdds is ln of how much likelier it is that the last toss was lost than
// that all were won and the silence since is chance; −∞ without a toss.
func (c *coin) logOdds(x, recency, age float64) float64 {
	tosses := x + float64(c.extraTosses)
	if tosses == 0 {
		return math.Inf(-1)
	}
	silence := (c.r + x) * math.Log1p((age-recency)/(c.alpha+recency))
	return silence + math.Log(c.a/(c.b+tosses-1))
}

func (c *coin) pAlive(x, recency, age float64) float64 {
	return 1 / (1 + math.Exp(c.logOdds(x, recency, age)))
}

// logWon is ln of the probability that n tosses are won: (b)ₙ ÷ (a+b)ₙ.
func (c *coin) logWon(n int) float64 {
	return logPochhammer(c.b, n) - logPochhammer(c.a+c.b, n)
}

// LogLikelihood is equation 6 of the BG/NBD paper with the alive and the lost
// term joined by their odds.
func (c *coin) LogLikelihood(s Summary) float64 {
	x, recency, age := s.in(c.unit)
	alive := c.logWon(s.frequency+c.extraTosses) + logPochhammer(c.r, s.frequency) -
		c.r*math.Log1p(age/c.alpha) - x*math.Log(c.alpha+age)
	return alive + logAddExp(0, c.logOdds(x, recency, age))
}

// PAlive is 1 ÷ (1 + a/(b+x−1) · ((α+T)/(α+t_x))^(r+x)); under BG/NBD a customer
// without a repeat purchase has met no toss and is alive.
func (c *coin) PAlive(s Summary) float64 { return c.pAlive(s.in(c.unit)) }

// ExpectedOrders is equation 10 of the BG/NBD paper, as an integral over p.
func (c *coin) ExpectedOrders(s Summary, t Span) float64 {
	x, recency, age := s.in(c.unit)
	l := c.living(x, age)
	return c.pAlive(x, recency, age) * l.orders(t.In(c.unit))
}

// NoOrder is 1 − Pₐ + Pₐ·((α+T)/(α+T+t))^(r+x).
func (c *coin) NoOrder(s Summary, t Span) float64 {
	x, recency, age := s.in(c.unit)
	l := c.living(x, age)
	silent := math.Exp(-l.shape * math.Log1p(t.In(c.unit)/l.rate))
	odds := c.logOdds(x, recency, age)
	return 1/(1+math.Exp(-odds)) + silent/(1+math.Exp(odds))
}

// MedianWait is (α+T)(2^(1/(r+x)) − 1).
func (c *coin) MedianWait(s Summary) Span {
	x, _, age := s.in(c.unit)
	l := c.living(x, age)
	return c.unit.Span(l.rate * medianWaitFactor(l.shape))
}

// DiscountedOrders integrates the rate of purchases to come.
func (c *coin) DiscountedOrders(s Summary, horizon Span, d Discount) float64 {
	x, recency, age := s.in(c.unit)
	l := c.living(x, age)
	f := future{horizon: horizon.In(c.unit), discount: d.Per(c.unit)}
	rule := l.rule(f.horizon)
	value, _ := f.discounted(l.rate, l.fading(&rule))
	return c.pAlive(x, recency, age) * l.shape * value
}

// ResidualOrders integrates the same to infinity.
func (c *coin) ResidualOrders(s Summary, d Discount) (orders, errBound float64, err error) {
	if d.perDay == 0 {
		return 0, 0, ErrNoDiscount
	}
	x, recency, age := s.in(c.unit)
	l := c.living(x, age)
	f := future{discount: d.Per(c.unit)}
	rule := l.rule(f.longest())
	value, errBound := f.residual(l.rate, l.fading(&rule))
	scale := c.pAlive(x, recency, age) * l.shape
	return scale * value, scale * (errBound + betaRuleError*value), nil
}

// MeanOrders is equation 9 of the BG/NBD paper.
func (c *coin) MeanOrders(t Span) float64 {
	fresh := c.living(0, 0)
	return math.Exp(c.logWon(c.extraTosses)) * fresh.orders(t.In(c.unit))
}

// OrdersPMF is equation 8 of the BG/NBD paper: n purchases with every toss won,
// or at least n possible and the toss after the nth lost.
func (c *coin) OrdersPMF(n int, t Span) float64 {
	if n < 0 {
		return 0
	}
	buying := negativeBinomial{r: c.r, alpha: c.alpha}
	tosses := n + c.extraTosses
	p := math.Exp(c.logWon(tosses)) * buying.pmf(n, t.In(c.unit))
	if tosses == 0 {
		return p
	}
	lost := c.a / (c.a + c.b + float64(tosses-1)) * math.Exp(c.logWon(tosses-1))
	return p + lost*buying.atLeast(n, t.In(c.unit))
}

func (c *coin) buying() gammaRhythm { return gammaRhythm{c.r, c.alpha} }
