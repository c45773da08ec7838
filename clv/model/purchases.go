package model

import "errors"

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
