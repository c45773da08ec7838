package explain

import (
	"math"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/interval"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/modelfile"
)

// Intervals say how sure an explanation is. There are two kinds, and they answer two
// questions: what one customer will do, and how well the mean of all such customers is known.
type Intervals struct {
	Level float64 `json:"level"`
	// Missing says why there are none.
	Missing string `json:"missing,omitempty"`
	// Customer is what one customer does: their own chance, and the uncertainty of the
	// parameters.
	Customer *CustomerIntervals `json:"customer,omitempty"`
	// Mean is of the figures themselves, which are means over all such customers: the
	// uncertainty of the parameters alone.
	Mean *MeanIntervals `json:"mean,omitempty"`
}

// CustomerIntervals are of what one customer will do within the horizon.
type CustomerIntervals struct {
	Orders         Held `json:"orders"`
	PredictedMinor Held `json:"predicted_minor"`
	CLVMinor       Held `json:"clv_minor"`
}

// Held is an interval and the share of such customers that it holds: counts come in steps,
// and many customers bring nothing, so it may be above the level.
type Held struct {
	Limits
	Share float64 `json:"share"`
}

// Limits are the ends of an interval.
type Limits struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// MeanIntervals are of an explanation's figures.
type MeanIntervals struct {
	PAlive         Limits `json:"p_alive"`
	ExpectedOrders Limits `json:"expected_orders"`
	PredictedMinor Limits `json:"predicted_minor"`
	CLVMinor       Limits `json:"clv_minor"`
}

// Intervals are those of the explanation.
func (e *Explanation) Intervals() Intervals {
	t := &e.asked
	i := Intervals{Level: interval.Level}
	if i.Missing = t.missing(); i.Missing != "" {
		return i
	}
	var err error
	if i.Mean, err = t.mean(); err == nil {
		i.Customer, err = t.customer()
	}
	if err != nil {
		return Intervals{Level: interval.Level, Missing: err.Error()}
	}
	return i
}

// missing says why there is no interval; "" if there is one.
func (t *explainer) missing() string {
	switch {
	case t.facts.PurchaseDays == 0:
		return "no order stands, so nothing is predicted"
	case t.file == nil:
		return "the parameters of this model are chosen, not estimated: how far they are off is not known"
	case t.file.Parameters.LogCovariance == nil:
		return "the model file has no covariance of its parameters (log_covariance): it was written by a version before, or by hand. `clvstream fit --out` writes one that has"
	}
	return ""
}

// parameters are those of the model, and of its spend model, which is fitted apart.
func (t *explainer) parameters() (purchases, spend interval.Uncertain) {
	return Parameters(t.file)
}

// Parameters are a model file's, and those of its spend model, with what is known of their
// uncertainty.
func Parameters(f *modelfile.File) (purchases, spend interval.Uncertain) {
	entry, ofSpend := f.Entry(), catalog.Spend()
	return interval.Of(entry.ParameterNames(), f.Parameters.Values, f.Parameters.LogCovariance),
		interval.Of(ofSpend.ParameterNames(), f.Spend.Values, f.Spend.LogCovariance)
}

// The figures of which the mean has an interval.
const (
	ofAlive = iota
	ofOrders
	ofPredicted
)

func (t *explainer) mean() (*MeanIntervals, error) {
	purchases, spend := t.parameters()
	byPurchases, err := purchases.Gradient(func(v model.Values) ([]float64, error) { return t.figures(v, t.inputs.Spend) })
	if err != nil {
		return nil, err
	}
	bySpend, err := spend.Gradient(func(v model.Values) ([]float64, error) { return t.figures(t.inputs.Values, v.GammaGamma()) })
	if err != nil {
		return nil, err
	}
	deviation := func(k int) float64 { return math.Sqrt(purchases.Variance(byPurchases, k) + spend.Variance(bySpend, k)) }
	predicted := interval.Positive(t.est.PredictedMinor, deviation(ofPredicted))
	return &MeanIntervals{
		PAlive:         Limits(interval.Share(t.est.PAlive, deviation(ofAlive))),
		ExpectedOrders: Limits(interval.Positive(t.est.ExpectedOrders, deviation(ofOrders))),
		PredictedMinor: Limits(predicted),
		CLVMinor:       Limits{predicted.Low + t.est.HistoricMinor, predicted.High + t.est.HistoricMinor},
	}, nil
}

// figures are what the customer's would be by other parameters. A churn event goes on to
// override P(alive).
func (t *explainer) figures(values model.Values, spend model.GammaGammaParams) ([]float64, error) {
	other := *t
	other.inputs.Values, other.inputs.Spend = values, spend
	built, err := t.entry.Build(other.inputs)
	if err != nil {
		return nil, err
	}
	other.Model.Model = built
	if t.entry.Purchases != nil {
		if other.purchases, err = t.entry.Purchases(other.inputs); err != nil {
			return nil, err
		}
	}
	p, err := other.predict()
	if err != nil {
		return nil, err
	}
	alive := t.alive(p.PAlive)
	return []float64{alive, alive * p.OrdersIfAlive, alive * p.ValueIfAliveMinor}, nil
}

// alive is a model's P(alive), or the one of a churn event.
func (t *explainer) alive(byModel float64) float64 {
	if t.est.PAlive != t.prediction.PAlive {
		return t.est.PAlive
	}
	return byModel
}
