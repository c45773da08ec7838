package numeric

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// NegativeBinomial is the number of events of a Poisson process whose rate is
// λ ~ Gamma(R, Alpha), R a shape and Alpha a time, both > 0 (Ehrenberg 1959).
type NegativeBinomial struct{ R, Alpha float64 }

// PMF is the probability of n ≥ 0 events in the time t ≥ 0, in Alpha's unit.
func (b NegativeBinomial) PMF(n int, t float64) float64 {
	if t == 0 {
		if n == 0 {
			return 1
		}
		return 0
	}
	log := LogPochhammer(b.R, n) - LogPochhammer(1, n) - b.R*math.Log1p(t/b.Alpha)
	return math.Exp(log - float64(n)*math.Log1p(b.Alpha/t))
}

// AtLeast is the probability of n ≥ 0 events or more in the time t ≥ 0.
func (b NegativeBinomial) AtLeast(n int, t float64) float64 {
	if n == 0 {
		return 1
	}
	return mathext.RegIncBeta(float64(n), b.R, t/(b.Alpha+t))
}
