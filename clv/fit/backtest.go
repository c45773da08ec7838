package fit

import (
	"iter"
	"math"

	"github.com/clvstream/clvstream/clv/model"
)

// Held is a customer of a backtest: what was known of them at the split, and
// what they did after it.
type Held struct {
	Summary       model.Summary // as of the split
	MeanSpend     float64       // m as of the split, major units
	RecentOrders  int           // purchase days in the last period, as long as the holdout, before the split
	RecentRevenue float64       // of those days, major units

	Orders  int     // purchase days in the holdout
	Revenue float64 // of those days, major units
}

// Holdout is the customers who were known at a split, and the span after it
// that no model has seen.
type Holdout struct {
	Length    model.Span // of the holdout
	Money     bool       // amounts are known
	Customers iter.Seq[Held]
	Course    Course
}

// Predictor says what it expects of a customer over the holdout.
type Predictor struct {
	Name    string
	Orders  func(*Held) float64 // purchase days
	Revenue func(*Held) float64 // major units; nil where it says nothing of money
	// NewOrders is E[X(t)], the repeat purchase days of a new customer in their
	// first t; nil where it says nothing of new customers.
	NewOrders func(model.Span) float64
}

// Modelled predicts by a purchase model, and revenue by a spend model if there
// is one: expected orders × expected spend.
func (h *Holdout) Modelled(name string, purchases model.Purchases, spend *model.GammaGammaParams) Predictor {
	known := map[model.Summary]float64{} // as many as there are distinct rows
	orders := func(c *Held) float64 {
		expected, ok := known[c.Summary]
		if !ok {
			expected = purchases.ExpectedOrders(c.Summary, h.Length)
			known[c.Summary] = expected
		}
		return expected
	}
	p := Predictor{Name: name, Orders: orders, NewOrders: purchases.MeanOrders}
	if spend != nil {
		p.Revenue = func(c *Held) float64 {
			return orders(c) * spend.Expected(c.Summary.Frequency(), c.MeanSpend)
		}
	}
	return p
}

// The names of the naive baselines.
const (
	NaiveRate       = "naive_rate"        // own rate x/T
	NaiveLastPeriod = "naive_last_period" // the last period, as long as the holdout, comes again
	NaiveAverage    = "naive_average"     // everybody buys at the population's mean rate
)

// NaiveMeans says in words what a naive baseline does; "" for none that is known.
func NaiveMeans(name string) string {
	return map[string]string{
		NaiveRate:       "each customer's own rate x/T",
		NaiveLastPeriod: "the last period repeated",
		NaiveAverage:    "the mean rate for everybody",
	}[name]
}

// Naive are the predictors that need no model. A model that does not beat them
// is not worth its parameters.
func (h *Holdout) Naive() []Predictor {
	average, spend := h.averageRate()
	rate := func(c *Held) float64 {
		if days := c.Summary.Age().In(model.UnitDay); days > 0 {
			return float64(c.Summary.Frequency()) / days * h.Length.In(model.UnitDay)
		}
		return 0
	}
	return []Predictor{
		{Name: NaiveRate, Orders: rate, Revenue: func(c *Held) float64 { return rate(c) * c.MeanSpend }},
		{
			Name:    NaiveLastPeriod,
			Orders:  func(c *Held) float64 { return float64(c.RecentOrders) },
			Revenue: func(c *Held) float64 { return c.RecentRevenue },
		},
		{
			Name:    NaiveAverage,
			Orders:  func(*Held) float64 { return average * h.Length.In(model.UnitDay) },
			Revenue: func(*Held) float64 { return average * h.Length.In(model.UnitDay) * spend },
		},
	}
}

// averageRate is Σx/ΣT in purchase days a day, and the mean amount of those
// purchases.
func (h *Holdout) averageRate() (perDay, spend float64) {
	var orders, days, amount float64
	for c := range h.Customers {
		x := float64(c.Summary.Frequency())
		orders += x
		days += c.Summary.Age().In(model.UnitDay)
		amount += x * c.MeanSpend
	}
	return quotient(orders, days), quotient(amount, orders)
}

// Score is how well a predictor did.
type Score struct {
	Model   string
	Orders  Accuracy
	Revenue *Accuracy // nil without amounts, or where the predictor says nothing of money
	Bins    []Bin     // by frequency
	// Cumulative is the expected repeat purchase days of all customers up to the
	// end of each week of the Course; nil where the predictor has none.
	Cumulative []float64
}

// Bin is the customers of one frequency.
type Bin struct {
	Frequency int  // x
	OrMore    bool // and all above
	Customers int
	Predicted float64 // mean orders in the holdout
	Actual    float64
}

// mostFrequentBin is the frequency from which customers share a bin, as in the
// literature's conditional-expectation plots.
const mostFrequentBin = 7

// Score holds a predictor to what happened.
func (h *Holdout) Score(p Predictor) Score {
	s := Score{Model: p.Name}
	bins := make([]Bin, mostFrequentBin+1)
	var predicted, actual, expectedRevenue, revenue []float64
	money := h.Money && p.Revenue != nil
	for c := range h.Customers {
		orders := p.Orders(&c)
		predicted, actual = append(predicted, orders), append(actual, float64(c.Orders))
		if money {
			expectedRevenue, revenue = append(expectedRevenue, p.Revenue(&c)), append(revenue, c.Revenue)
		}
		b := &bins[min(c.Summary.Frequency(), mostFrequentBin)]
		b.Customers++
		b.Predicted += orders
		b.Actual += float64(c.Orders)
	}
	s.Orders = newAccuracy(predicted, actual)
	if money {
		accuracy := newAccuracy(expectedRevenue, revenue)
		s.Revenue = &accuracy
	}
	for x, b := range bins {
		if n := float64(b.Customers); n > 0 {
			s.Bins = append(s.Bins, Bin{x, x == mostFrequentBin, b.Customers, b.Predicted / n, b.Actual / n})
		}
	}
	if p.NewOrders != nil {
		s.Cumulative = h.Course.expect(p.NewOrders)
	}
	return s
}

// quotient is a ÷ b, and 0 where there is nothing to divide by.
func quotient(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// Accuracy compares predictions with what happened, customer by customer.
type Accuracy struct {
	Customers         int
	Predicted, Actual float64 // sums
	Bias              float64 // mean of predicted − actual, per customer
	MAE, RMSE         float64 // per customer
	// RankCorrelation is Spearman's, in [−1, 1]; 0 where all are equal.
	RankCorrelation float64
	// Gains[i] is the share of all that happened to the best (i+1)·10 % of the
	// customers, by prediction; equal predictions share what is theirs evenly.
	Gains [10]float64
	// TopLift is what the best 20 % brought, in multiples of a fifth.
	TopLift float64
}

// Errors is how far off a predictor was in orders, without what depends on the
// ranks of customers: enough to choose a model by, in a fraction of the time.
func (h *Holdout) Errors(p Predictor) Accuracy {
	var a Accuracy
	for c := range h.Customers {
		a.add(p.Orders(&c), float64(c.Orders))
	}
	a.finish()
	return a
}

// add counts a customer; until finish, the errors are sums.
func (a *Accuracy) add(predicted, actual float64) {
	miss := predicted - actual
	a.Customers++
	a.Predicted += predicted
	a.Actual += actual
	a.MAE += math.Abs(miss)
	a.RMSE += miss * miss
}

func (a *Accuracy) finish() {
	n := float64(a.Customers)
	a.Bias, a.MAE, a.RMSE = quotient(a.Predicted-a.Actual, n), quotient(a.MAE, n), math.Sqrt(quotient(a.RMSE, n))
}

func newAccuracy(predicted, actual []float64) Accuracy {
	var a Accuracy
	for i := range predicted {
		a.add(predicted[i], actual[i])
	}
	a.finish()
	a.rank(predicted, actual)
	return a
}
