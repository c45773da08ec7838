package numeric

import "math"

// Decline is a function that falls from h(0) = 1, a mixture of decays in κ. Slope
// is −h′(0) ≥ 0, which says how soon it starts to fall.
type Decline struct {
	H     func(kappa float64) float64
	Slope float64
}

const (
	// panelGrowth is how much longer each panel reaches: h on [κ, 4κ] is smooth
	// enough for 16 nodes to give double precision, wherever it bends.
	panelGrowth = 4
	// panelDecay is the most that e^(−decay·κ) may fall within a panel.
	panelDecay = 10
)

// Laplace is ∫ e^(−decay·κ) h(κ) dκ for κ from 0 to longest, both ≥ 0, on panels
// that grow from where the integrand starts to fall. The bound of the error is by
// how much halving every panel changes it.
func (d Decline) Laplace(decay, longest float64) (value, errBound float64) {
	f := func(kappa float64) float64 { return math.Exp(-decay*kappa) * d.H(kappa) }
	low, high := 0.0, 1/(d.Slope+decay)
	for low < longest {
		high = math.Min(high, longest)
		mid := (low + high) / 2
		fine := GaussLegendre(f, low, mid) + GaussLegendre(f, mid, high)
		errBound += math.Abs(fine - GaussLegendre(f, low, high))
		value += fine
		low, high = high, math.Min(high*panelGrowth, high+panelDecay/decay)
	}
	return value, errBound
}

// ExpIntegral is ∫ e^(−decay·u) du for u from 0 to length ≥ 0; the decay may be
// negative, or 0.
func ExpIntegral(decay, length float64) float64 {
	if decay == 0 {
		return length
	}
	return -math.Expm1(-decay*length) / decay
}
