package numeric

import "math"

// BetaQuadrature is a quadrature rule for p ~ Beta(a, b): E[h(p)] ≈ Σ weight·h(p).
//
// It is the trapezoid rule in y = ln(p/(1−p)), where the density and every
// (1+pκ)^−n are analytic in |Im y| < π, so that the error falls as e^(−2π²/step)
// and neither mean below is singular, however small a or b. Where p or 1−p is
// too small to matter the terms left over are a geometric series, whose sum
// becomes the weight of p = 0 or p = 1. See Trefethen and Weideman 2014, "The
// Exponentially Convergent Trapezoidal Rule".
type BetaQuadrature struct{ p, weight []float64 }

const (
	// betaStep and betaStepWidths (a part of the density's standard deviation)
	// hold the trapezoid error below 1e-15 where the density of y falls like a
	// gamma density, for which the strip is narrowest, of half-width π/2.
	betaStep       = 0.2
	betaStepWidths = 0.5
	// betaNegligible is the share of a term, or of p, that is left out.
	betaNegligible = 1e-18
)

// BetaQuadratureError bounds the relative error of what is computed from a
// BetaQuadrature, rounding included; the models' tests measure less against exact
// sums.
const BetaQuadratureError = 1e-12

// NewBetaQuadrature makes the rule for a, b > 0 and integrands that vary no faster
// than (1+pκ)^−order with order·κ up to reach, both ≥ 0. It allocates.
func NewBetaQuadrature(a, b, order, reach float64) BetaQuadrature {
	density := betaDensity{a: a, b: b, centre: math.Log(a / b)}
	_, density.peak = density.log(density.centre)
	step := math.Min(betaStep, betaStepWidths*math.Sqrt(1/a+1/b))

	var rule BetaQuadrature
	rule.add(density.at(density.centre))
	rule.addBelow(&density, step, math.Log(betaNegligible/math.Max(1, reach)))
	rule.addAbove(&density, step, math.Log(math.Max(1, order)/betaNegligible))
	rule.normalise()
	return rule
}

// addBelow walks from the centre towards p = 0, down to lowest.
func (r *BetaQuadrature) addBelow(d *betaDensity, step, lowest float64) {
	mid := r.p[0]
	for y := d.centre - step; ; y -= step {
		p, weight := d.at(y)
		if y < lowest {
			r.add(0, weight/-math.Expm1(-d.a*step))
			return
		}
		if weight*mid < betaNegligible*p { // integrands grow at most as 1/p
			return
		}
		r.add(p, weight)
	}
}

// addAbove walks from the centre towards p = 1, up to highest.
func (r *BetaQuadrature) addAbove(d *betaDensity, step, highest float64) {
	for y := d.centre + step; ; y += step {
		p, weight := d.at(y)
		if y > highest {
			r.add(1, weight/-math.Expm1(-d.b*step))
			return
		}
		if weight < betaNegligible {
			return
		}
		r.add(p, weight)
	}
}

func (r *BetaQuadrature) add(p, weight float64) {
	r.p = append(r.p, p)
	r.weight = append(r.weight, weight)
}

func (r *BetaQuadrature) normalise() {
	sum := 0.0
	for _, w := range r.weight {
		sum += w
	}
	for i := range r.weight {
		r.weight[i] /= sum
	}
}

// betaDensity is the density of y = ln(p/(1−p)), relative to its centre.
type betaDensity struct{ a, b, centre, peak float64 }

func (d *betaDensity) log(y float64) (logP, logWeight float64) {
	logP = -math.Log1p(math.Exp(-y))
	return logP, d.a*logP - d.b*math.Log1p(math.Exp(y))
}

func (d *betaDensity) at(y float64) (p, weight float64) {
	logP, logWeight := d.log(y)
	return math.Exp(logP), math.Exp(logWeight - d.peak)
}

// MeanPower is E[(1+pκ)^−order], in (0, 1], which is ₂F₁(order, a; a+b; −κ)
// (Abramowitz and Stegun 15.3.1), for κ ≥ 0.
func (r *BetaQuadrature) MeanPower(order, kappa float64) float64 {
	sum := 0.0
	for i, p := range r.p {
		sum += r.weight[i] * math.Exp(-order*math.Log1p(p*kappa))
	}
	return sum
}

// MeanPowerIntegral is E[(1 − (1+pκ)^−shape) ÷ p] ≥ 0, the integral of
// shape·E[(1+pu)^−(shape+1)] for u from 0 to κ ≥ 0. Written so, nothing cancels:
// it needs no limit at a = 1 and none at a+b < 1, where the closed form by ₂F₁ is
// 0/0.
func (r *BetaQuadrature) MeanPowerIntegral(shape, kappa float64) float64 {
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
