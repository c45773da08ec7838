package shop

import (
	"math"
	"math/rand/v2"
)

// purpose keeps the draws of one order apart, so that asking for one kind of
// event never moves another.
type purpose uint64

const (
	forTraits purpose = iota + 1
	forAmount
	forNext
	forAftermath
	forRefund
	forPrediction
	forDeparture
	forAcquisition
	forCost
)

// draws hands out random numbers that are a function of (seed, customer, order
// number, purpose). One generator is reseeded for each, which costs less than
// keeping one per customer.
type draws struct {
	seed uint64
	pcg  rand.PCG
	rnd  *rand.Rand
}

func newDraws(seed uint64) *draws {
	d := &draws{seed: seed}
	d.rnd = rand.New(&d.pcg)
	return d
}

// of is valid until the next call of it.
func (d *draws) of(p purpose, customer, order uint32) *rand.Rand {
	h := mix64(d.seed ^ uint64(p)<<56)
	d.pcg.Seed(mix64(h^(uint64(customer)<<32|uint64(order))), h)
	return d.rnd
}

// mix64 is SplitMix64's finaliser (Steele, Lea & Flood 2014): neighbouring
// inputs give unrelated outputs.
func mix64(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// gamma draws from Gamma(shape, rate), both > 0, by Marsaglia & Tsang (2000);
// shapes below 1 by Gamma(shape+1)·U^(1/shape), which may underflow to 0.
func gamma(rnd *rand.Rand, shape, rate float64) float64 {
	boost := 1.0
	if shape < 1 {
		boost = math.Pow(1-rnd.Float64(), 1/shape)
		shape++
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rnd.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-rnd.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return boost * d * v / rate
		}
	}
}

// beta draws from Beta(a, b), both > 0, as x/(x+y) of two gammas. Where both
// underflow, which only tiny a and b do, the draw is 0 or 1 with the odds a : b
// that the distribution tends to.
func beta(rnd *rand.Rand, a, b float64) float64 {
	x, y := gamma(rnd, a, 1), gamma(rnd, b, 1)
	if x+y > 0 {
		return x / (x + y)
	}
	if rnd.Float64()*(a+b) < a {
		return 1
	}
	return 0
}
