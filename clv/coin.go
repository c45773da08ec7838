package clv

import "math"

// coinParams are the coin-toss models of buying: a customer buys at random with
// rate λ ~ Gamma(r, α) and after a purchase leaves with probability
// p ~ Beta(a, b). BG/NBD tosses after each repeat purchase; MBG/NBD also after
// the first purchase of all, which is one toss more.
type coinParams struct {
	unit           TimeUnit
	r, alpha, a, b float64
	extraTosses    float64 // 0 for BG/NBD, 1 for MBG/NBD
}

func (c *coinParams) check() error {
	return checkParameters(c.unit, parameter{"r", c.r}, parameter{"alpha", c.alpha}, parameter{"a", c.a}, parameter{"b", c.b})
}

// pAlive is P(alive | x, t_x, T): with x tosses survived, either the last one
// was survived too and the silence is chance, or it was not.
func (c *coinParams) pAlive(x, recency, age float64) float64 {
	tosses := x + c.extraTosses
	if tosses == 0 {
		return 1
	}
	silence := (c.r + x) * math.Log1p((age-recency)/(c.alpha+recency))
	return 1 / (1 + c.a/(c.b+tosses-1)*math.Exp(silence))
}

// living is what is known of λ and p given that the customer lives at T.
func (c *coinParams) living(x, age float64) living {
	return living{shape: c.r + x, rate: c.alpha + age, a: c.a, b: c.b + x + c.extraTosses}
}

// living is a customer known to be alive: λ ~ Gamma(shape, rate) and
// p ~ Beta(a, b). Purchases to come have the rate λe^(−λpt) at time t, and
// in κ = t/rate the mean of that is shape/rate · Φ(κ),
// Φ(κ) = E[(1+pκ)^−(shape+1)].
type living struct{ shape, rate, a, b float64 }

// rule is the quadrature over p for times up to longest.
func (l *living) rule(longest float64) betaRule {
	order := l.shape + 1
	return newBetaRule(l.a, l.b, order, order*longest/l.rate)
}

// rateShape is Φ(κ) at s = ln(1+κ).
func (r *betaRule) rateShape(shape, s float64) float64 {
	kappa := math.Expm1(s)
	sum := 0.0
	for i, p := range r.p {
		sum += r.weight[i] * math.Exp(-(shape+1)*math.Log1p(p*kappa))
	}
	return sum
}

// orders is the expected number of purchases in the next t, E[Y(t)] given
// alive: E[(1 − (1+pκ)^−shape) ÷ p]. Written so, nothing cancels: it needs no
// limit at a = 1 and none at a+b < 1, where the papers' closed form has 0/0.
func (r *betaRule) orders(shape, kappa float64) float64 {
	sum := 0.0
	for i, p := range r.p {
		if p == 0 {
			sum += r.weight[i] * shape * kappa
			continue
		}
		sum += r.weight[i] * -math.Expm1(-shape*math.Log1p(p*kappa)) / p
	}
	return sum
}

// negligibleDecay is where the infinite horizon is cut: e^−42 is 6e-19.
const negligibleDecay = 42

// future is what to expect of living customers: their purchases within a
// horizon, in the model's unit, under a continuous discount per unit.
type future struct{ horizon, discount float64 }

// longest is the time up to which purchases matter.
func (f future) longest() float64 {
	if f.discount == 0 {
		return f.horizon
	}
	return math.Max(f.horizon, negligibleDecay/f.discount)
}

// discountedOrders is shape·∫ e^(−decay·κ) Φ(κ) dκ up to longest: expected
// purchases, each discounted from the instant at which it is expected. The
// integral is taken over s = ln(1+κ), in which Φ is smooth.
func discountedOrders(phi func(s float64) float64, shape, decay, longest float64) (orders, errBound float64) {
	orders, errBound = integrate(func(s float64) float64 {
		return math.Exp(s-decay*math.Expm1(s)) * phi(s)
	}, 0, math.Log1p(longest))
	return orders * shape, errBound * shape
}

// discounted is the discounted number of purchases within the horizon.
func (f future) discounted(l *living, phi func(s float64) float64) float64 {
	orders, _ := discountedOrders(phi, l.shape, f.discount*l.rate, f.horizon/l.rate)
	return orders
}

// residual is the same over the infinite horizon (the literature's DERT, given
// alive) and the bound of its numerical error; it wants a discount above 0.
func (f future) residual(l *living, phi func(s float64) float64) (orders, errBound float64) {
	decay := f.discount * l.rate
	return discountedOrders(phi, l.shape, decay, negligibleDecay/decay)
}

// medianWait is the median time to the next purchase of a customer who stays
// alive: (α+T)(2^(1/(r+x)) − 1).
func (l *living) medianWait() float64 { return l.rate * medianWaitFactor(l.shape) }

func medianWaitFactor(shape float64) float64 {
	return math.Min(math.Expm1(math.Ln2/shape), math.MaxFloat32)
}
