package numeric

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Mean and variance of the draws are those of the distributions.
func TestDraws(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const n = 200_000
	moments := func(draw func() float64) (mean, variance float64) {
		var sum, squares float64
		for range n {
			v := draw()
			sum, squares = sum+v, squares+v*v
		}
		return sum / n, squares/n - sum*sum/n/n
	}
	for _, shape := range []float64{.3, 1, 7} {
		mean, variance := moments(func() float64 { return DrawGamma(rng, shape, 2) })
		if math.Abs(mean/(shape/2)-1) > .02 || math.Abs(variance/(shape/4)-1) > .04 {
			t.Errorf("Gamma(%v, 2): mean %v, variance %v", shape, mean, variance)
		}
	}
	for _, p := range [][2]float64{{.8, 2.4}, {5, 1}} {
		a, b := p[0], p[1]
		mean, variance := moments(func() float64 { return DrawBeta(rng, a, b) })
		if math.Abs(mean/(a/(a+b))-1) > .02 || math.Abs(variance/(a*b/(a+b)/(a+b)/(a+b+1))-1) > .04 {
			t.Errorf("Beta(%v, %v): mean %v, variance %v", a, b, mean, variance)
		}
	}
	if v := DrawBeta(rng, 1e-300, 1e-300); v != .5 {
		t.Errorf("a beta of nothing is %v", v)
	}
}
