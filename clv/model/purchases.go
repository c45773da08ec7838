package model

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Purchases is a model of when customers buy and when they silently leave,
// fitted to a population. All quantities are finite for every valid summary and
// span, and none is negative; probabilities lie in [0, 1].
type Purchases interface {
	// LogLikelihood is ln L(parameters | x, t_x, T), up to no constant.
	LogLikelihood(Summary) float64
	// PAlive is the probability that the customer has not left by T.
	PAlive(Summary) float64
	// ExpectedOrders is E[Y(t) | x, t_x, T], purchase days in the next t.
	ExpectedOrders(s Summary, t Span) float64
	// NoOrder is the probability of no purchase in the next t.
	NoOrder(s Summary, t Span) float64
	// MedianWait is the median time to the next purchase if the customer stays.
	MedianWait(Summary) Span
	// DiscountedOrders is ExpectedOrders with each purchase discounted from the
	// instant at which it is expected.
	DiscountedOrders(s Summary, horizon Span, d Discount) float64
	// ResidualOrders is the same over the infinite horizon (DERT) and the bound
	// of its numerical error; ErrNoDiscount without a discount.
	ResidualOrders(s Summary, d Discount) (orders, errBound float64, err error)
	// MeanOrders is E[X(t)], repeat purchase days of a new customer in their
	// first t.
	MeanOrders(t Span) float64
	// OrdersPMF is P(X(t) = n) for a new customer; 0 for n < 0.
	OrdersPMF(n int, t Span) float64
}

// ErrNoDiscount refuses an infinite horizon without a discount, over which the
// value may be infinite.
var ErrNoDiscount = errors.New("expected orders over the infinite horizon need a discount above 0")

// logPochhammer is ln (z(z+1)…(z+n−1)) = ln Γ(z+n) − ln Γ(z), multiplied out,
// since the difference of two log gammas loses digits when z is large.
func logPochhammer(z float64, n int) float64 {
	const several = 16 // factors up to 1e9 + 1e6: their product stays finite
	sum := 0.0
	for i := 0; i < n; i += several {
		product := 1.0
		for j := i; j < min(i+several, n); j++ {
			product *= z + float64(j)
		}
		sum += math.Log(product)
	}
	return sum
}

// logAddExp is ln(e^a + e^b).
func logAddExp(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// negativeBinomial is buying without leaving: λ ~ Gamma(r, α) over a time t.
type negativeBinomial struct{ r, alpha float64 }

// pmf is the probability of n purchases in t.
func (b negativeBinomial) pmf(n int, t float64) float64 {
	if t == 0 {
		if n == 0 {
			return 1
		}
		return 0
	}
	log := logPochhammer(b.r, n) - logPochhammer(1, n) - b.r*math.Log1p(t/b.alpha)
	return math.Exp(log - float64(n)*math.Log1p(b.alpha/t))
}

// atLeast is the probability of n purchases or more in t.
func (b negativeBinomial) atLeast(n int, t float64) float64 {
	if n == 0 {
		return 1
	}
	return mathext.RegIncBeta(float64(n), b.r, t/(b.alpha+t))
}
