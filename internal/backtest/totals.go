package backtest

import (
	"io"
	"math"
	"math/rand/v2"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/interval"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/terminal"
)

// Limits are the ends of an interval.
type Limits struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// totals says within which limits the totals of a holdout lie if a model is right: its
// parameters are uncertain, and customers do not do exactly what is expected of them.
type totals struct {
	fitting   calibrate.Fitting
	entry     catalog.Entry
	purchases *fit.Result
	spend     *fit.Result // nil: revenue is not predicted
	held      *fit.Holdout
	every     int // of so many customers one is looked at
	looked    []fit.Held
}

// mostLooked is how many customers are looked at: an interval's width is then sure to a
// few percent, which is no more than it means.
const mostLooked = 20_000

// leastDraws is how many futures are drawn at least, over all customers.
const leastDraws = 20_000

// The totals.
const (
	ofOrders = iota
	ofRevenue
	figures
)

func newTotals(fitting calibrate.Fitting, purchases, spend *fit.Result, held *fit.Holdout) *totals {
	entry, _ := catalog.Find(purchases.Model)
	t := &totals{fitting: fitting, entry: entry, purchases: purchases, spend: spend, held: held}
	customers := 0
	for range held.Customers {
		customers++
	}
	t.every = max(1, (customers+mostLooked-1)/mostLooked)
	n := 0
	for c := range held.Customers {
		if n%t.every == 0 {
			t.looked = append(t.looked, c)
		}
		n++
	}
	return t
}

// limits are the intervals of both totals around what is predicted; none where the fit has
// no covariance or draws no futures.
func (t *totals) limits(predicted [figures]float64) (limits [figures]*Limits, err error) {
	own, drawn, err := t.ownVariance()
	if err != nil || !drawn || t.purchases.LogCovariance == nil {
		return limits, err
	}
	byParameters, err := t.parameterVariance()
	if err != nil {
		return limits, err
	}
	scale := float64(t.every)
	for k := range figures {
		if predicted[k] > 0 && (k == ofOrders || t.spend != nil && t.spend.LogCovariance != nil) {
			l := Limits(interval.Positive(predicted[k], math.Sqrt(scale*own[k]+scale*scale*byParameters[k])))
			limits[k] = &l
		}
	}
	return limits, nil
}

// parameterVariance is that of the totals of those looked at, as the parameters vary.
func (t *totals) parameterVariance() (variance [figures]float64, err error) {
	purchases := uncertain(t.entry.ParameterNames(), t.purchases)
	values := t.purchases.Values()
	spend := interval.Uncertain{}
	var spends model.GammaGammaParams
	if t.spend != nil {
		of := catalog.Spend()
		spend, spends = uncertain(of.ParameterNames(), t.spend), t.spend.Values().GammaGamma()
	}
	byPurchases, err := purchases.Gradient(func(v model.Values) ([]float64, error) { return t.expected(v, spends) })
	if err != nil {
		return variance, err
	}
	bySpend, err := spend.Gradient(func(v model.Values) ([]float64, error) { return t.expected(values, v.GammaGamma()) })
	if err != nil {
		return variance, err
	}
	for k := range figures {
		variance[k] = purchases.Variance(byPurchases, k) + spend.Variance(bySpend, k)
	}
	return variance, nil
}

func uncertain(names []string, r *fit.Result) interval.Uncertain {
	return interval.Of(names, r.Values(), r.LogCovariance)
}

func (t *totals) model(values model.Values) (model.Purchases, error) {
	return t.entry.Purchases(model.Inputs{Values: values, Unit: t.purchases.Unit, Period: t.fitting.Period})
}

// expected is the totals of those looked at by other parameters.
func (t *totals) expected(values model.Values, spend model.GammaGammaParams) ([]float64, error) {
	purchases, err := t.model(values)
	if err != nil {
		return nil, err
	}
	p := t.held.Modelled("", purchases, &spend)
	sums := make([]float64, figures)
	for i := range t.looked {
		sums[ofOrders] += p.Orders(&t.looked[i])
		if t.spend != nil {
			sums[ofRevenue] += p.Revenue(&t.looked[i])
		}
	}
	return sums, nil
}

// ownVariance is the sum of the variances of what each of those looked at does by chance,
// from futures that are always the same; drawn is false of a model without futures.
func (t *totals) ownVariance() (variance [figures]float64, drawn bool, err error) {
	purchases, err := t.model(t.purchases.Values())
	if err != nil || len(t.looked) == 0 {
		return variance, false, err
	}
	futures, drawn := purchases.(model.Futures)
	if !drawn {
		return variance, false, nil
	}
	var spend model.GammaGammaParams
	if t.spend != nil {
		spend = t.spend.Values().GammaGamma()
	}
	p := t.held.Modelled("", purchases, &spend)
	rng := rand.New(rand.NewPCG(2, 2))
	rounds := (leastDraws + len(t.looked) - 1) / len(t.looked)
	for i := range t.looked {
		c := &t.looked[i]
		alive, orders := purchases.PAlive(c.Summary), p.Orders(c)
		revenue := 0.0
		if t.spend != nil {
			revenue = p.Revenue(c)
		}
		for range rounds {
			o, r := 0.0, 0.0
			if rng.Float64() < alive {
				o, r = t.future(rng, futures, c, spend)
			}
			variance[ofOrders] += (o - orders) * (o - orders) / float64(rounds)
			variance[ofRevenue] += (r - revenue) * (r - revenue) / float64(rounds)
		}
	}
	return variance, true, nil
}

// future is one of a customer who is alive.
func (t *totals) future(rng *rand.Rand, futures model.Futures, c *fit.Held, spend model.GammaGammaParams) (orders, revenue float64) {
	amount := func() float64 { return 0 }
	if t.spend != nil {
		amount = spend.Amounts(rng, c.Summary.Frequency(), c.MeanSpend)
	}
	futures.Future(rng, c.Summary, t.held.Length, func(model.Span) {
		orders++
		revenue += amount()
	})
	return orders, revenue
}

// text is the interval for people; nothing where there is none.
func (l *Limits) text() string {
	if l == nil {
		return ""
	}
	return fixed(l.Low, 0) + " to " + fixed(l.High, 0)
}

// writeInterval says what the column of intervals means.
func (r *Report) writeInterval(w io.Writer) {
	for _, m := range r.Models {
		if m.Interval != nil {
			terminal.Line(w, "\n90 OF 100: where the total lies in 90 of 100 cases if the model is right, by the uncertainty of its\n"+
				"parameters and the customers' own chance. An actual total beyond it is due to what the model does not know.")
			return
		}
	}
}
