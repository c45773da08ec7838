package calibrate

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/clvstream/clvstream/clv/calendar"
)

// madeUp is a shop whose customers buy at their own rate from their first day on, until
// leave says so. leave draws the last day of one who came on a day and buys at a rate a day.
type madeUp struct {
	name      string
	customers int
	days      int     // that the shop is open
	comeIn    float64 // days over which customers come
	known     float64
	rate      func(*rand.Rand) float64 // orders a day
	leave     func(rng *rand.Rand, customer int, came float64) (lastDay float64)
	lose      func(*rand.Rand) float64 // chance to leave after each order; nil: none
	season    func(day float64) float64
}

func (m *madeUp) file(seed uint64) trialFile {
	rng := rand.New(rand.NewPCG(seed, uint64(m.customers)))
	var orders []trialOrder
	for customer := range m.customers {
		day, rate := m.comeIn*rng.Float64(), m.rate(rng)
		last := math.Min(float64(m.days), m.leave(rng, customer, day))
		chance := 0.0
		if m.lose != nil {
			chance = m.lose(rng)
		}
		for day < last {
			orders = append(orders, trialOrder{fmt.Sprint(customer), calendar.Day(10_000 + int(day))})
			if rng.Float64() < chance {
				break
			}
			day = m.next(rng, day, rate)
		}
	}
	return knownUpTo(m.name, orders, m.known)[0]
}

// next is the day of the next order; a season, at most twice the rate, thins.
func (m *madeUp) next(rng *rand.Rand, day, rate float64) float64 {
	if m.season == nil {
		return day + rng.ExpFloat64()/rate
	}
	for {
		day += rng.ExpFloat64() / (2 * rate)
		if day >= float64(m.days) || 2*rng.Float64() < m.season(day) {
			return day
		}
	}
}

// gammaOf draws from Gamma(shape, rate) by Marsaglia and Tsang's method.
func gammaOf(rng *rand.Rand, shape, rate float64) float64 {
	if shape < 1 {
		return gammaOf(rng, shape+1, rate) * math.Pow(1-rng.Float64(), 1/shape)
	}
	d := shape - 1./3
	for {
		normal := rng.NormFloat64()
		v := math.Pow(1+normal/math.Sqrt(9*d), 3)
		if v > 0 && math.Log(1-rng.Float64()) < normal*normal/2+d-d*v+d*math.Log(v) {
			return d * v / rate
		}
	}
}

func never(*rand.Rand, int, float64) float64 { return math.Inf(1) }

// stopOn is who leaves on one day: a share of the customers.
func stopOn(day float64, share int) func(*rand.Rand, int, float64) float64 {
	return func(_ *rand.Rand, customer int, _ float64) float64 {
		if customer%share == 0 {
			return day
		}
		return math.Inf(1)
	}
}

// weekly draws a rate a day from Gamma(r, alpha) a week.
func weekly(r, alpha float64) func(*rand.Rand) float64 {
	return func(rng *rand.Rand) float64 { return gammaOf(rng, r, alpha) / 7 }
}

func between(low, high float64) func(*rand.Rand) float64 {
	return func(rng *rand.Rand) float64 { return low + (high-low)*rng.Float64() }
}

// atRate is who leaves at a rate from Gamma(s, beta) a week.
func atRate(s, beta float64) func(*rand.Rand, int, float64) float64 {
	return func(rng *rand.Rand, _ int, came float64) float64 {
		return came + 7*rng.ExpFloat64()/gammaOf(rng, s, beta)
	}
}

// coin draws a chance to leave after an order from Beta(a, b).
func coin(a, b float64) func(*rand.Rand) float64 {
	return func(rng *rand.Rand) float64 {
		lost, kept := gammaOf(rng, a, 1), gammaOf(rng, b, 1)
		return lost / (lost + kept)
	}
}

// yearly is a season around a mean of 1.
func yearly(swing, from float64) func(float64) float64 {
	return func(day float64) float64 { return 1 + swing*math.Sin(2*math.Pi*(day-from)/365) }
}

// shops are made-up ones: of the models' own stories, with the parameters published for
// CDNOW, and of stories that no model knows. The limits and the rule of decide were set on
// such shops, of these seeds and others, and on 180 of the same kinds and other parameters.
func shops() []madeUp {
	return []madeUp{
		{name: "nobody leaves (NBD)", customers: 2357, days: 546, comeIn: 84, known: .667, rate: weekly(.385, 12.07), leave: never},
		{name: "they leave after an order (MBG/NBD)", customers: 2357, days: 546, comeIn: 84, known: .667, rate: weekly(.525, 6.183), leave: never, lose: coin(.891, 1.614)},
		{name: "they leave at any time (Pareto/NBD)", customers: 2357, days: 546, comeIn: 84, known: .667, rate: weekly(.553, 10.578), leave: atRate(.606, 11.669)},
		{name: "the same, but 300 customers", customers: 300, days: 546, comeIn: 84, known: .667, rate: weekly(.553, 10.578), leave: atRate(.606, 11.669)},
		{name: "frequent buyers who leave after an order", customers: 500, days: 600, comeIn: 200, known: .667, rate: weekly(2, 4), leave: never, lose: coin(1, 8)},
		{name: "half of 200 stop at day 190, 280 known", customers: 200, days: 420, comeIn: 30, known: .667, rate: between(.02, .12), leave: stopOn(190, 2)},
		{name: "the same, but rarer buyers", customers: 200, days: 420, comeIn: 30, known: .667, rate: between(.01, .05), leave: stopOn(190, 2)},
		{name: "a third of 600 stop at day 240, 280 known", customers: 600, days: 420, comeIn: 30, known: .667, rate: between(.005, .08), leave: stopOn(240, 3)},
		{name: "a strong season, 16 of 24 months known", customers: 1000, days: 730, comeIn: 365, known: .667, rate: weekly(.8, 8), leave: atRate(.606, 20), season: yearly(.9, 0)},
	}
}

// otherShops are of the same kinds and of other parameters. Nothing was set on them.
func otherShops() []madeUp {
	return []madeUp{
		{name: "nobody leaves (NBD)", customers: 1800, days: 500, comeIn: 150, known: .667, rate: weekly(.6, 9), leave: never},
		{name: "they leave after an order (MBG/NBD)", customers: 1800, days: 500, comeIn: 150, known: .667, rate: weekly(.7, 5), leave: never, lose: coin(1.2, 4)},
		{name: "they leave at any time (Pareto/NBD)", customers: 1800, days: 500, comeIn: 150, known: .667, rate: weekly(1.1, 11), leave: atRate(.7, 9)},
		{name: "the same, but 350 customers", customers: 350, days: 500, comeIn: 150, known: .667, rate: weekly(1.1, 11), leave: atRate(.7, 9)},
		{name: "frequent buyers who leave after an order", customers: 600, days: 550, comeIn: 180, known: .667, rate: weekly(1.5, 2), leave: never, lose: coin(1.5, 15)},
		{name: "half of 250 stop at day 220, 300 known", customers: 250, days: 450, comeIn: 50, known: .667, rate: between(.025, .08), leave: stopOn(220, 2)},
		{name: "the same, but rarer buyers", customers: 250, days: 450, comeIn: 50, known: .667, rate: between(.01, .035), leave: stopOn(220, 2)},
		{name: "a third of 700 stop at day 260, 300 known", customers: 700, days: 450, comeIn: 50, known: .667, rate: between(.006, .07), leave: stopOn(260, 3)},
		{name: "a season, 17 of 25 months known", customers: 1200, days: 760, comeIn: 400, known: .68, rate: weekly(.6, 7), leave: atRate(.5, 15), season: yearly(.6, 60)},
	}
}
