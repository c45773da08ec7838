package model

import "github.com/clvstream/clvstream/clv/history"

// Model values a customer from what is known of them. A model is a value fixed
// at construction (parameters, horizon, discount), safe for concurrent use, and
// deterministic: equal facts give equal bits.
type Model interface {
	// Name is the model's name in configuration, such as "mbgnbd".
	Name() string
	// Version identifies the parameters: a change of it changes values.
	Version() string
	// Predict values a customer who has at least one purchase day.
	// It never returns NaN or Inf.
	Predict(history.Facts) Prediction
	// SilenceDays is the silence after the last purchase day, in days, that the
	// next order would have ended with a probability in (0, 1) if the customer
	// went on in their own rhythm; 0 where the model knows of no rhythm. It
	// does not depend on T.
	SilenceDays(f history.Facts, quantile float64) float64
	// SilenceQuantile is its inverse: how likely an order would have come within a
	// silence of some days, [0, 1]; 0 where no rhythm is known.
	SilenceQuantile(f history.Facts, days float64) float64
}

// Prediction is what a model expects of a customer from the as-of instant on.
// Quantities "if alive" are conditional on the customer not having left; the
// estimate multiplies them by the probability in force, so that a churn event
// may replace PAlive without asking the model again.
type Prediction struct {
	PAlive            float64 // probability that the customer is still alive, [0, 1]
	AliveKnown        bool    // the model says so; false: it takes everybody for alive, and PAlive is 1
	OrdersIfAlive     float64 // expected purchase days within the horizon, ≥ 0
	ValueIfAliveMinor float64 // discounted expected margin within the horizon, minor units
	// ResidualIfAliveMinor is the same over the infinite horizon, where the
	// model has one (ResidualKnown).
	ResidualIfAliveMinor float64
	ResidualKnown        bool
	SpendMinor           float64 // expected amount per purchase day, minor units, ≥ 0
	// NextOrderDays is the median time to the next order given alive, days;
	// 0 when the model has none.
	NextOrderDays float64
	// HorizonDays is over how long ValueIfAliveMinor is expected, days; 0 when
	// nothing is.
	HorizonDays float64
}
