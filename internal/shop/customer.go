package shop

import (
	"math"
	"math/rand/v2"
)

const microsPerDay = 24 * 60 * 60 * 1e6

// customer is what one customer is like, drawn once.
type customer struct {
	ratePerDay  float64 // λ; 0 when Gamma(r, α) underflows: never orders again
	leave       float64 // p of BG and MBG; for Pareto the instant of leaving, microseconds
	spendRate   float64 // ν: orders are Gamma(p, ν) major units
	channel     uint8
	firstMicros int64
	leftMicros  int64 // when the customer left; math.MaxInt64 until then
}

// meet draws customer i.
func (r *run) meet(i uint32) customer {
	rnd := r.draws.of(forTraits, i, 0)
	b := r.Buying
	c := customer{
		firstMicros: r.startMicros + int64(rnd.Float64()*r.AcquisitionDays*microsPerDay),
		ratePerDay:  gamma(rnd, b.R, b.Alpha) / b.UnitDays,
		spendRate:   gamma(rnd, r.Spend.Q, r.Spend.Gamma),
		channel:     r.pickChannel(rnd),
		leftMicros:  math.MaxInt64,
	}
	switch b.Model {
	case BGNBD, MBGNBD:
		c.leave = beta(rnd, b.A, b.B)
	case ParetoNBD:
		perDay := gamma(rnd, b.S, b.Beta) / b.UnitDays
		c.leave = float64(c.firstMicros) + rnd.ExpFloat64()/perDay*microsPerDay
	}
	return c
}

func (r *run) pickChannel(rnd *rand.Rand) uint8 {
	u := rnd.Float64() * r.channelWeight
	for i, ch := range r.Channels {
		if u -= ch.Weight; u < 0 {
			return uint8(i)
		}
	}
	return 0
}

// next decides what follows the order at atMicros, the customer's nth (the first
// is 0): another order at nextMicros, or a departure at leftMicros. Either is
// math.MaxInt64 when it does not happen within the simulated span.
func (r *run) next(i uint32, c *customer, n uint32, atMicros int64) (nextMicros, leftMicros int64) {
	rnd := r.draws.of(forNext, i, n)
	wait := rnd.ExpFloat64() / c.ratePerDay * microsPerDay // +Inf for a rate of 0
	switch r.Buying.Model {
	case BGNBD:
		if n > 0 && rnd.Float64() < c.leave {
			return math.MaxInt64, atMicros
		}
	case MBGNBD:
		if rnd.Float64() < c.leave {
			return math.MaxInt64, atMicros
		}
	case ParetoNBD:
		if float64(atMicros)+wait >= c.leave {
			return math.MaxInt64, r.within(c.leave)
		}
	}
	return r.within(float64(atMicros) + wait), math.MaxInt64
}

// within is the instant as an integer, or math.MaxInt64 at or after the end.
func (r *run) within(micros float64) int64 {
	if micros < float64(r.endMicros) {
		return int64(micros)
	}
	return math.MaxInt64
}

// amountMinor is what customer i's nth order is worth.
func (r *run) amountMinor(i uint32, c *customer, n uint32) int64 {
	return r.minor(gamma(r.draws.of(forAmount, i, n), r.Spend.P, c.spendRate))
}

// maxMinor keeps a draw from a heavy tail (spendRate near 0) an amount that a
// shop could have charged: ten billion minor units.
const maxMinor = 10_000_000_000

func (r *run) minor(major float64) int64 {
	return int64(math.Round(min(major*float64(r.MinorPerMajor), maxMinor)))
}
