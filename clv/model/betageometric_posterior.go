package model

import "github.com/clvstream/clvstream/clv/numeric"

// posterior is what is known of a customer of BG/NBD or MBG/NBD who is alive:
// λ ~ Gamma(shape, rate) and p ~ Beta(a, b). Purchases to come have the rate
// λe^(−λpt) at time t; with κ = t/rate the mean of that is shape/rate · Φ(κ),
// Φ(κ) = E[(1+pκ)^−(shape+1)].
type posterior struct{ shape, rate, a, b float64 }

func (c *betaGeometric) posterior(x, age float64) posterior {
	return posterior{shape: c.r + x, rate: c.alpha + age, a: c.a, b: c.b + x + float64(c.firstChance)}
}

// rule is the quadrature over p for times up to longest.
func (l *posterior) rule(longest float64) numeric.BetaQuadrature {
	order := l.shape + 1
	return numeric.NewBetaQuadrature(l.a, l.b, order, order*longest/l.rate)
}

// decline is Φ, how the rate of purchases to come falls.
func (l *posterior) decline(rule *numeric.BetaQuadrature) numeric.Decline {
	return numeric.Decline{
		H:     func(kappa float64) float64 { return rule.MeanPower(l.shape+1, kappa) },
		Slope: l.slope(),
	}
}

// slope is −Φ′(0).
func (l *posterior) slope() float64 { return (l.shape + 1) * l.a / (l.a + l.b) }

// orders is E[Y(t)] given alive.
func (l *posterior) orders(t float64) float64 {
	rule := l.rule(t)
	return rule.MeanPowerIntegral(l.shape, t/l.rate)
}
