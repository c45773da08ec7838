package numeric

import (
	"math"
	"math/rand/v2"
)

// DrawGamma draws from Gamma(shape, rate) by the method of Marsaglia and Tsang (2000).
func DrawGamma(rng *rand.Rand, shape, rate float64) float64 {
	if shape < 1 {
		return DrawGamma(rng, shape+1, rate) * math.Pow(1-rng.Float64(), 1/shape)
	}
	d := shape - 1./3
	c := 1 / math.Sqrt(9*d)
	for {
		normal := rng.NormFloat64()
		v := 1 + c*normal
		v *= v * v
		if v > 0 && math.Log(1-rng.Float64()) < normal*normal/2+d-d*v+d*math.Log(v) {
			return d * v / rate
		}
	}
}

// DrawBeta draws from Beta(a, b).
func DrawBeta(rng *rand.Rand, a, b float64) float64 {
	x, y := DrawGamma(rng, a, 1), DrawGamma(rng, b, 1)
	if x+y == 0 {
		return a / (a + b) // both below what double precision holds
	}
	return x / (x + y)
}
