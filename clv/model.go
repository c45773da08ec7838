package clv

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
	Predict(Facts) Prediction
}

// Facts are what a model may know about a customer at one instant. Times are
// whole days of the business's time zone; money is minor units.
type Facts struct {
	Orders       int // orders that stand, ≥ 0
	PurchaseDays int // distinct days with a standing order, ≥ 0

	Frequency   int // x = PurchaseDays − 1, never below 0
	RecencyDays int // t_x = last purchase day − first, ≥ 0
	AgeDays     int // T = as-of day − first purchase day, ≥ t_x

	RevenueMinor    int64   // net of refunds
	MarginMinor     int64   // net margin to date
	RepeatMeanMinor float64 // m = net amount of the repeat days ÷ x; 0 when x = 0
	MarginRatio     float64 // margin ÷ revenue to date; the default rate when there is no revenue
}

// Prediction is what a model expects of a customer from the as-of instant on.
// Quantities "if alive" are conditional on the customer not having left; the
// estimate multiplies them by the probability in force, so that a churn event
// may replace PAlive without asking the model again.
type Prediction struct {
	PAlive            float64 // probability that the customer is still alive, [0, 1]
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
}
