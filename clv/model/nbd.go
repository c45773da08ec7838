package model

import "math"

// NBDParams is the NBD model (Ehrenberg 1959, "The Pattern of Consumer
// Purchases"): buying at rate λ ~ Gamma(r, α), with mean r/α per unit of time,
// and nobody ever leaves. It is what the other models become on data without
// visible dropout.
type NBDParams struct {
	Unit     TimeUnit // what α counts in
	R, Alpha float64  // shape, and rate in units of time; both > 0
}

// Purchases is the model for analysts, with a formula for every question. A
// *RangeError says which parameter is not allowed.
func (p NBDParams) Purchases() (Purchases, error) {
	n, err := p.nbd()
	if err != nil {
		return nil, err
	}
	return n, nil
}

func (p NBDParams) nbd() (*nbd, error) {
	if err := checkParameters(p.Unit, parameter{"r", p.R}, parameter{"alpha", p.Alpha}); err != nil {
		return nil, err
	}
	return &nbd{unit: p.Unit, r: p.R, alpha: p.Alpha}, nil
}

// NewNBD joins the purchase model to a spend model under the given terms, ready
// to value customers; version identifies them all. A *RangeError says which
// number is not allowed.
func NewNBD(purchases NBDParams, spend GammaGammaParams, terms Terms, version string) (*Fitted, error) {
	n, err := purchases.nbd()
	if err != nil {
		return nil, err
	}
	return newFitted("nbd", version, n.unit, spend, terms, func(f future) tabulated {
		return &liveNBD{nbd: *n, perRate: f.discountedPerRate(), future: f}
	})
}

type nbd struct {
	unit     TimeUnit
	r, alpha float64
}

// LogLikelihood is of the times of the purchases, like the other models'.
func (n *nbd) LogLikelihood(s Summary) float64 {
	x, _, age := s.in(n.unit)
	return logPochhammer(n.r, s.frequency) - n.r*math.Log1p(age/n.alpha) - x*math.Log(n.alpha+age)
}

// PAlive is 1: nobody leaves.
func (n *nbd) PAlive(Summary) float64 { return 1 }

// rate is E[λ | x, T].
func (n *nbd) rate(x, age float64) float64 { return (n.r + x) / (n.alpha + age) }

// ExpectedOrders is t(r+x) ÷ (α+T).
func (n *nbd) ExpectedOrders(s Summary, t Span) float64 {
	x, _, age := s.in(n.unit)
	return n.rate(x, age) * t.In(n.unit)
}

// NoOrder is ((α+T)/(α+T+t))^(r+x).
func (n *nbd) NoOrder(s Summary, t Span) float64 {
	x, _, age := s.in(n.unit)
	return math.Exp(-(n.r + x) * math.Log1p(t.In(n.unit)/(n.alpha+age)))
}

// MedianWait is (α+T)(2^(1/(r+x)) − 1).
func (n *nbd) MedianWait(s Summary) Span {
	x, _, age := s.in(n.unit)
	return n.unit.Span((n.alpha + age) * medianWaitFactor(n.r+x))
}

// DiscountedOrders is (1 − e^(−δt))/δ · (r+x)/(α+T).
func (n *nbd) DiscountedOrders(s Summary, horizon Span, d Discount) float64 {
	x, _, age := s.in(n.unit)
	f := future{horizon: horizon.In(n.unit), discount: d.Per(n.unit)}
	return n.rate(x, age) * f.discountedPerRate()
}

// ResidualOrders is (r+x)/(α+T)/δ, exactly.
func (n *nbd) ResidualOrders(s Summary, d Discount) (orders, errBound float64, err error) {
	if d.perDay == 0 {
		return 0, 0, ErrNoDiscount
	}
	x, _, age := s.in(n.unit)
	return n.rate(x, age) / d.Per(n.unit), 0, nil
}

// MeanOrders is tr/α.
func (n *nbd) MeanOrders(t Span) float64 { return n.r / n.alpha * t.In(n.unit) }

// OrdersPMF is the negative binomial distribution.
func (n *nbd) OrdersPMF(k int, t Span) float64 {
	if k < 0 {
		return 0
	}
	return negativeBinomial{r: n.r, alpha: n.alpha}.pmf(k, t.In(n.unit))
}

// liveNBD is the NBD model for one future: it needs no table.
type liveNBD struct {
	nbd
	future
	perRate float64 // discounted purchases within the horizon at rate 1
}

// discountedPerRate is ∫ e^(−δt) dt over the horizon.
func (f future) discountedPerRate() float64 { return decayed(f.discount, f.horizon) }

// decayed is ∫ e^(−rate·u) du for u from 0 to length; the rate may be negative.
func decayed(rate, length float64) float64 {
	if rate == 0 {
		return length
	}
	return -math.Expm1(-rate*length) / rate
}

func (n *liveNBD) pAlive(_, _, _ float64) float64 { return 1 }

func (n *liveNBD) expect(x, age float64) expected {
	rate := n.rate(x, age)
	e := expected{
		orders:     rate * n.horizon,
		discounted: rate * n.perRate,
		wait:       (n.alpha + age) * medianWaitFactor(n.r+x),
	}
	if n.discount > 0 {
		e.residual = rate / n.discount
	}
	return e
}

func (n *nbd) buying() gammaRhythm { return gammaRhythm{n.r, n.alpha} }
