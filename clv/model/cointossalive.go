package model

// living is a customer of a coin-toss model who is known to be alive:
// λ ~ Gamma(shape, rate) and p ~ Beta(a, b). Purchases to come have the rate
// λe^(−λpt) at time t; with κ = t/rate the mean of that is shape/rate · Φ(κ),
// Φ(κ) = E[(1+pκ)^−(shape+1)].
type living struct{ shape, rate, a, b float64 }

func (c *coin) living(x, age float64) living {
	return living{shape: c.r + x, rate: c.alpha + age, a: c.a, b: c.b + x + float64(c.extraTosses)}
}

// rule is the quadrature over p for times up to longest.
func (l *living) rule(longest float64) betaRule {
	order := l.shape + 1
	return newBetaRule(l.a, l.b, order, order*longest/l.rate)
}

// fading is Φ, the shape of purchases to come.
func (l *living) fading(rule *betaRule) shape {
	return shape{
		h:     func(kappa float64) float64 { return rule.meanPower(l.shape+1, kappa) },
		slope: l.slope(),
	}
}

// slope is −Φ′(0).
func (l *living) slope() float64 { return (l.shape + 1) * l.a / (l.a + l.b) }

// orders is E[Y(t)] given alive.
func (l *living) orders(t float64) float64 {
	rule := l.rule(t)
	return rule.meanOrders(l.shape, t/l.rate)
}
