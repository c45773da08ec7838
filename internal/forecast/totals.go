// Package forecast says how sure the totals are that a fitted model expects of a holdout, and
// the difference of two models' totals.
//
//	fit.Result, fit.Holdout ──► Totals ──► Limits of orders and revenue ──► backtest
//	                              │ └────► Above: by how much one expects more than another ──► fit
//	                              └── parameters' covariance, customers' own chance
package forecast

import (
	"math"
	"math/rand/v2"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/interval"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/calibrate"
)

// Limits are the ends of an interval.
type Limits struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Totals says within which limits the totals of a holdout lie if a model is right: its
// parameters are uncertain, and customers do not do exactly what is expected of them.
type Totals struct {
	fitting   calibrate.Fitting
	entry     catalog.Entry
	purchases *fit.Result
	spend     *fit.Result // nil: revenue is not predicted
	held      *fit.Holdout
	every     int // of so many customers one is looked at
	looked    []fit.Held

	gradient [][]float64 // of the totals of those looked at, by the purchase model's parameters
	moves    []float64   // what each of those looked at moves their total of orders by
}

// leastDraws is how many futures are drawn at least, over all customers.
const leastDraws = 20_000

// The totals.
const (
	OfOrders = iota
	OfRevenue
	Figures
)

// Of is the totals that a fit expects of a holdout; spend is nil where revenue is not
// predicted. It looks at so many customers at most, each of which takes a millisecond: an
// interval's width is sure to a few percent with 1,000, and to one with 20,000.
func Of(fitting calibrate.Fitting, purchases, spend *fit.Result, held *fit.Holdout, most int) *Totals {
	entry, _ := catalog.Find(purchases.Model)
	t := &Totals{fitting: fitting, entry: entry, purchases: purchases, spend: spend, held: held}
	customers := 0
	for range held.Customers {
		customers++
	}
	t.every = max(1, (customers+most-1)/most)
	n := 0
	for c := range held.Customers {
		if n%t.every == 0 {
			t.looked = append(t.looked, c)
		}
		n++
	}
	return t
}

// Limits are the intervals of both totals around what is predicted; none where the fit has
// no covariance or draws no futures.
func (t *Totals) Limits(predicted [Figures]float64) (limits [Figures]*Limits, err error) {
	own, drawn, err := t.ownVariance()
	if err != nil || !drawn || t.purchases.LogCovariance == nil {
		return limits, err
	}
	byParameters, err := t.parameterVariance()
	if err != nil {
		return limits, err
	}
	scale := float64(t.every)
	for k := range Figures {
		if predicted[k] > 0 && (k == OfOrders || t.spend != nil && t.spend.LogCovariance != nil) {
			l := Limits(interval.Positive(predicted[k], math.Sqrt(scale*own[k]+scale*scale*byParameters[k])))
			limits[k] = &l
		}
	}
	return limits, nil
}

// parameterVariance is that of the totals of those looked at, as the parameters vary.
func (t *Totals) parameterVariance() (variance [Figures]float64, err error) {
	purchases := uncertain(t.entry.ParameterNames(), t.purchases)
	values := t.purchases.Values()
	spend := interval.Uncertain{}
	if t.spend != nil {
		of := catalog.Spend()
		spend = uncertain(of.ParameterNames(), t.spend)
	}
	byPurchases, err := t.byPurchases()
	if err != nil {
		return variance, err
	}
	bySpend, err := spend.Gradient(func(v model.Values) ([]float64, error) { return t.expected(values, v.GammaGamma()) })
	if err != nil {
		return variance, err
	}
	for k := range Figures {
		variance[k] = purchases.Variance(byPurchases, k) + spend.Variance(bySpend, k)
	}
	return variance, nil
}

// byPurchases is found once: it takes most of the time.
func (t *Totals) byPurchases() (gradient [][]float64, err error) {
	if t.gradient == nil {
		var spend model.GammaGammaParams
		if t.spend != nil {
			spend = t.spend.Values().GammaGamma()
		}
		u := uncertain(t.entry.ParameterNames(), t.purchases)
		t.gradient, err = u.Gradient(func(v model.Values) ([]float64, error) { return t.expected(v, spend) })
	}
	return t.gradient, err
}

func uncertain(names []string, r *fit.Result) interval.Uncertain {
	return interval.Of(names, r.Values(), r.LogCovariance)
}

func (t *Totals) model(values model.Values) (model.Purchases, error) {
	return t.entry.Purchases(model.Inputs{Values: values, Unit: t.purchases.Unit, Period: t.fitting.Period})
}

// expected is the totals of those looked at by other parameters.
func (t *Totals) expected(values model.Values, spend model.GammaGammaParams) ([]float64, error) {
	purchases, err := t.model(values)
	if err != nil {
		return nil, err
	}
	p := t.held.Modelled("", purchases, &spend)
	sums := make([]float64, Figures)
	for i := range t.looked {
		sums[OfOrders] += p.Orders(&t.looked[i])
		if t.spend != nil {
			sums[OfRevenue] += p.Revenue(&t.looked[i])
		}
	}
	return sums, nil
}

// ownVariance is the sum of the variances of what each of those looked at does by chance,
// from futures that are always the same; drawn is false of a model without futures.
func (t *Totals) ownVariance() (variance [Figures]float64, drawn bool, err error) {
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
			variance[OfOrders] += (o - orders) * (o - orders) / float64(rounds)
			variance[OfRevenue] += (r - revenue) * (r - revenue) / float64(rounds)
		}
	}
	return variance, true, nil
}

// future is one of a customer who is alive.
func (t *Totals) future(rng *rand.Rand, futures model.Futures, c *fit.Held, spend model.GammaGammaParams) (orders, revenue float64) {
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
