package shop

import (
	"fmt"
	"math"
	"strings"

	"github.com/clvstream/clvstream/clv/model"
)

// The stories of how customers stop buying. In each, while active, a customer
// orders as a Poisson process with a rate λ ~ Gamma(r, α).
var (
	NBD       = model.DescribeNBD().Name       // nobody ever leaves (Ehrenberg 1959)
	BGNBD     = model.DescribeBGNBD().Name     // leaves after a repeat order with probability p ~ Beta(a, b) (Fader, Hardie & Lee 2005)
	MBGNBD    = model.DescribeMBGNBD().Name    // leaves after any order, the first included (Batislam, Denizel & Filiztekin 2007)
	ParetoNBD = model.DescribeParetoNBD().Name // leaves after a time ~ Exponential(μ), μ ~ Gamma(s, β) (Schmittlein, Morrison & Colombo 1987)
)

// Models are the stories by name.
func Models() []string { return []string{BGNBD, MBGNBD, ParetoNBD, NBD} }

// Buying says how often customers order and when they leave. Rates are per time
// unit; α and β are rates too, so that E[λ] = r/α and E[μ] = s/β.
type Buying struct {
	Model    string  // NBD, BGNBD, MBGNBD or ParetoNBD
	UnitDays float64 // the time unit in days, > 0; 7 for weeks

	R, Alpha float64 // λ ~ Gamma(r, α), > 0
	A, B     float64 // p ~ Beta(a, b), > 0; BGNBD and MBGNBD
	S, Beta  float64 // μ ~ Gamma(s, β), > 0; ParetoNBD
}

// CDNOW is the fit of the model to the 2,357 customers of the CDNOW sample in
// weeks, calibrated to 1997-09-30: for BG/NBD the figures of Fader, Hardie & Lee
// (2005), for the others the maximum of the same data's likelihood.
func CDNOW(name string) (Buying, error) {
	switch name {
	case NBD:
		return Buying{Model: name, UnitDays: 7, R: .385, Alpha: 12.072}, nil
	case BGNBD:
		return Buying{Model: name, UnitDays: 7, R: .243, Alpha: 4.414, A: .793, B: 2.426}, nil
	case MBGNBD:
		return Buying{Model: name, UnitDays: 7, R: .525, Alpha: 6.183, A: .891, B: 1.614}, nil
	case ParetoNBD:
		return Buying{Model: name, UnitDays: 7, R: .553, Alpha: 10.578, S: .606, Beta: 11.669}, nil
	}
	return Buying{}, fmt.Errorf("choose buying model: %q is none of %s", name, strings.Join(Models(), ", "))
}

// MeanRate is E[λ] = r/α, orders per time unit while active.
func (b Buying) MeanRate() float64 { return b.R / b.Alpha }

func (b Buying) validate() error {
	want := []parameter{{"time unit in days", b.UnitDays}, {"r", b.R}, {"alpha", b.Alpha}}
	switch b.Model {
	case NBD:
	case BGNBD, MBGNBD:
		want = append(want, parameter{"a", b.A}, parameter{"b", b.B})
	case ParetoNBD:
		want = append(want, parameter{"s", b.S}, parameter{"beta", b.Beta})
	default:
		return fmt.Errorf("buying model %q is none of %s", b.Model, strings.Join(Models(), ", "))
	}
	return allPositive(want)
}

// Spend says what an order is worth, in major units of the currency: z ~
// Gamma(p, ν) per order with ν ~ Gamma(q, γ) per customer (Fader, Hardie & Lee
// 2005, "RFM and CLV").
type Spend struct {
	P, Q, Gamma float64 // p > 0, q > 1 (else the mean is infinite), γ > 0
}

// CDNOWSpend is the Gamma-Gamma fit to the 946 repeaters of the CDNOW sample, US
// dollars (Fader, Hardie & Lee 2005).
var CDNOWSpend = Spend{P: 6.25, Q: 3.74, Gamma: 15.44}

// Mean is the population's mean order, p·γ/(q−1), major units.
func (s Spend) Mean() float64 { return s.P * s.Gamma / (s.Q - 1) }

func (s Spend) validate() error {
	if s.Q <= 1 {
		return fmt.Errorf("q is %v: it must be above 1, or the mean order is infinite", s.Q)
	}
	return allPositive([]parameter{{"p", s.P}, {"q", s.Q}, {"gamma", s.Gamma}})
}

type parameter struct {
	name  string
	value float64
}

func allPositive(all []parameter) error {
	for _, p := range all {
		if !(p.value > 0) || math.IsInf(p.value, 1) {
			return fmt.Errorf("%s is %v: it must be a finite number above 0", p.name, p.value)
		}
	}
	return nil
}
