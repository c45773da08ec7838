package fit

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// constant predicts the same of everybody.
func constant(v float64) Predictor {
	return Predictor{Orders: func(*Held) float64 { return v }}
}

// Four customers, reckoned by hand: squared errors 1 0 1 4 and 0 1 4 9.
func TestDifferenceOfErrorsByHand(t *testing.T) {
	h := Holdout{Customers: slices.Values([]Held{
		held(t, 0, 0, 9, 0, 0, 0), held(t, 0, 0, 9, 1, 0, 0), held(t, 0, 0, 9, 2, 0, 0), held(t, 0, 0, 9, 3, 0, 0),
	})}
	c := h.Compare(constant(1), constant(0))
	if c.Orders[0] != h.Errors(constant(1)) || c.Orders[1] != h.Errors(constant(0)) {
		t.Errorf("errors %+v are not those of each alone", c.Orders)
	}
	a, b := math.Sqrt(1.5), math.Sqrt(3.5) // √(6/4), √(14/4)
	difference, standardError := c.Difference(0, 1)
	near(t, "difference", difference, a-b, 1e-12)
	near(t, "standard error", standardError, math.Sqrt((9+25+1+1-16)/4./3)/(a+b), 1e-12) // of 1 −1 −3 −5, mean −2
	if other, same := c.Difference(1, 0); other != -difference || same != standardError {
		t.Errorf("the other way round it is %v ± %v", other, same)
	}
	if none, sure := c.Difference(1, 1); none != 0 || sure != 0 {
		t.Errorf("from itself it is %v ± %v", none, sure)
	}
}

// The standard error is that of repeated samples of customers.
func TestStandardErrorOfADifference(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var differences []float64
	claimed := 0.0
	const samples = 400
	for range samples {
		customers := make([]Held, 300)
		for i := range customers {
			customers[i] = held(t, 0, 0, 9, int(3*gammaDraw(rng, .5)), 0, 0)
		}
		c := (&Holdout{Customers: slices.Values(customers)}).Compare(constant(1), constant(1.6))
		difference, standardError := c.Difference(0, 1)
		differences = append(differences, difference)
		claimed += standardError / samples
	}
	m, sum := mean(differences), 0.0
	for _, d := range differences {
		sum += (d - m) * (d - m)
	}
	if actual := math.Sqrt(sum / (samples - 1)); math.Abs(claimed/actual-1) > .12 {
		t.Errorf("the standard error is said to be %v and is %v", claimed, actual)
	}
}
