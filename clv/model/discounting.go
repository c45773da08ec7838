package model

import (
	"math"

	"github.com/clvstream/clvstream/clv/numeric"
)

// negligibleDecay is where the infinite horizon is cut: e^−42 is 6e-19.
const negligibleDecay = 42

// discounting is over which time to come purchases count, and how much: a horizon
// in the model's unit and a continuous discount per unit, δ.
type discounting struct{ horizon, discount float64 }

// longest is the time up to which purchases matter.
func (d discounting) longest() float64 {
	if d.discount == 0 {
		return d.horizon
	}
	return math.Max(d.horizon, negligibleDecay/d.discount)
}

// discounted is ∫ e^(−δt) h(t/rate) dt ÷ rate over the horizon, h being how the
// rate of purchases falls as customers leave: each purchase is discounted from the
// instant at which it is expected.
func (d discounting) discounted(rate float64, h numeric.Decline) (value, errBound float64) {
	return h.Laplace(d.discount*rate, d.horizon/rate)
}

// residual is the same over the infinite horizon; it wants a discount above 0.
func (d discounting) residual(rate float64, h numeric.Decline) (value, errBound float64) {
	decay := d.discount * rate
	return h.Laplace(decay, negligibleDecay/decay)
}

// medianWaitFactor is 2^(1/shape) − 1, the median wait for the next purchase of
// λ ~ Gamma(shape, rate) in units of the rate.
func medianWaitFactor(shape float64) float64 {
	return math.Min(math.Expm1(math.Ln2/shape), math.MaxFloat32)
}

// discountedPerRate is ∫ e^(−δt) dt over the horizon.
func (d discounting) discountedPerRate() float64 { return numeric.ExpIntegral(d.discount, d.horizon) }
