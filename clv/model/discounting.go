package model

import "math"

// negligibleDecay is where the infinite horizon is cut: e^−42 is 6e-19.
const negligibleDecay = 42

// longest is the time up to which purchases matter.
func (f future) longest() float64 {
	if f.discount == 0 {
		return f.horizon
	}
	return math.Max(f.horizon, negligibleDecay/f.discount)
}

// shape is how the rate of purchases falls as customers leave: h(κ) from 1 at
// κ = 0, a mixture of decays, with the time κ in units of a model's rate
// parameter. slope is −h′(0), which says how soon it starts to fall.
type shape struct {
	h     func(kappa float64) float64
	slope float64
}

// discounted is ∫ e^(−discount·t) h(t/rate) dt ÷ rate over the horizon: each
// purchase is discounted from the instant at which it is expected.
func (f future) discounted(rate float64, h shape) (value, errBound float64) {
	return h.integrate(f.discount*rate, f.horizon/rate)
}

// residual is the same over the infinite horizon; it wants a discount above 0.
func (f future) residual(rate float64, h shape) (value, errBound float64) {
	decay := f.discount * rate
	return h.integrate(decay, negligibleDecay/decay)
}

const (
	// panelGrowth is how much longer each panel reaches: h on [κ, 4κ] is smooth
	// enough for 16 nodes to give double precision, wherever it bends.
	panelGrowth = 4
	// panelDecay is the most that e^(−decay·κ) may fall within a panel.
	panelDecay = 10
)

// integrate is ∫ e^(−decay·κ) h(κ) dκ for κ from 0 to longest, on panels that
// grow from where the integrand starts to fall; the bound of the error is by
// how much halving every panel changes it.
func (s shape) integrate(decay, longest float64) (value, errBound float64) {
	f := func(kappa float64) float64 { return math.Exp(-decay*kappa) * s.h(kappa) }
	low, high := 0.0, 1/(s.slope+decay)
	for low < longest {
		high = math.Min(high, longest)
		mid := (low + high) / 2
		fine := legendre.integrate(f, low, mid) + legendre.integrate(f, mid, high)
		errBound += math.Abs(fine - legendre.integrate(f, low, high))
		value += fine
		low, high = high, math.Min(high*panelGrowth, high+panelDecay/decay)
	}
	return value, errBound
}

// medianWaitFactor is 2^(1/shape) − 1, the median wait for the next purchase of
// λ ~ Gamma(shape, rate) in units of the rate.
func medianWaitFactor(shape float64) float64 {
	return math.Min(math.Expm1(math.Ln2/shape), math.MaxFloat32)
}
