package clv

import "math"

// legendreNodes is the order of the Gauss-Legendre rule on each panel: exact
// for polynomials of degree 31.
const legendreNodes = 16

type legendreRule struct{ node, weight [legendreNodes]float64 }

var legendre = newLegendreRule()

// newLegendreRule finds the roots of the Legendre polynomial on [−1, 1] by
// Newton's method from Chebyshev's guess.
func newLegendreRule() (rule legendreRule) {
	const n = legendreNodes
	for i := range rule.node {
		x := math.Cos(math.Pi * (float64(i) + 0.75) / (n + 0.5))
		var slope float64
		for range 8 { // quadratic convergence: 5 steps reach double precision
			p0, p1 := 1.0, x
			for k := 2.0; k <= n; k++ {
				p0, p1 = p1, ((2*k-1)*x*p1-(k-1)*p0)/k
			}
			slope = n * (x*p1 - p0) / (x*x - 1)
			x -= p1 / slope
		}
		rule.node[i], rule.weight[i] = x, 2/((1-x*x)*slope*slope)
	}
	return rule
}

// maxPanels ends the refinement of integrate; smooth integrands need 1 to 16.
const maxPanels = 1 << 11

// integrate is ∫ f over [lo, hi], refined until two rules agree to 1e-13, with
// their difference as the bound of its error.
func integrate(f func(float64) float64, lo, hi float64) (value, errBound float64) {
	panels := int(math.Ceil((hi-lo)/2)) + 1
	value = integratePanels(f, lo, hi, panels)
	for {
		panels *= 2
		finer := integratePanels(f, lo, hi, panels)
		errBound = math.Abs(finer - value)
		value = finer
		if errBound <= 1e-13*math.Abs(value) || panels >= maxPanels {
			return value, errBound
		}
	}
}

func integratePanels(f func(float64) float64, lo, hi float64, panels int) float64 {
	half := (hi - lo) / float64(2*panels)
	sum := 0.0
	for i := range panels {
		mid := lo + half*float64(2*i+1)
		for j, x := range legendre.node {
			sum += legendre.weight[j] * f(mid+half*x)
		}
	}
	return sum * half
}
