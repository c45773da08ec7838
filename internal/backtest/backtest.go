// Package backtest fits models to the past and compares their predictions, and those of
// naive baselines, with what happened, as `clvstream backtest` shows it.
//
//	calibrate.Population up to the split ──► fit each model ──► predict ──┐
//	                     after the split ────────────────────► compare ◄──┴► Report ──► text │ JSON
//
// The scores are those of clv/fit. It refuses what cannot be fitted, with the errors of
// calibrate and fit.
package backtest

import (
	"fmt"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/forecast"
)

// Job is one backtest.
type Job struct {
	Models   []string // purchase models of the catalogue, one at least
	Fitting  calibrate.Fitting
	Window   calibrate.Window
	Unit     model.TimeUnit
	Currency money.Currency
}

// Run fits the models to a population of the window, and scores them and the baselines.
func (j *Job) Run(p *calibrate.Population) (*Report, error) {
	began := time.Now()
	sample, spend, err := p.Sample(j.Unit, j.Currency)
	if err != nil {
		return nil, err
	}
	w := j.Window
	r := &Report{
		From: p.First().String(), Split: w.Split.String(), Until: w.Until.String(), HoldoutDays: int(w.Until - w.Split),
		Models: []Scored{}, Weeks: []Week{},
	}
	held := p.Holdout(j.Currency)
	var predictors []fit.Predictor
	spendFit := spendOf(spend)
	var gammaGamma *model.GammaGammaParams
	if spendFit != nil {
		params := spendFit.Values().GammaGamma()
		gammaGamma, r.Spend = &params, &Spend{spendFit.Model, *newFitted(spendFit)}
	}
	for _, name := range j.Models {
		result, err := j.Fitting.Fit(name, sample)
		if err != nil {
			return nil, err
		}
		purchases, err := j.Fitting.Purchases(&result)
		if err != nil {
			return nil, fmt.Errorf("use the fitted %s: %w", name, err)
		}
		predictor := held.Modelled(name, purchases, gammaGamma)
		predictors = append(predictors, predictor)
		scored := newScored(held.Score(predictor))
		scored.Fitted = newFitted(&result)
		if err := scored.limit(forecast.Of(j.Fitting, &result, spendFit, &held, mostLooked)); err != nil {
			return nil, fmt.Errorf("find how sure the totals of %s are: %w", name, err)
		}
		r.Models = append(r.Models, scored)
	}
	for _, naive := range held.Naive() {
		predictors = append(predictors, naive)
		r.Models = append(r.Models, newScored(held.Score(naive)))
	}
	r.cautionNaive(held.Compare(predictors...), len(j.Models))
	r.Customers, r.Actual = r.Models[0].Customers, r.Models[0].Actual
	for i, sum := range held.Course.Actual() {
		r.Weeks = append(r.Weeks, Week{Week: i + 1, Until: (p.First() + calendar.Day(7*i+6)).String(), Actual: sum})
	}
	r.Seconds = time.Since(began).Seconds()
	return r, nil
}

// mostLooked is how many customers the limits of totals are taken from.
const mostLooked = 20_000

// spendOf is the fit of spend, which goes with every purchase model; nil where the orders do
// not give one.
func spendOf(spend *fit.SpendSample) *fit.Result {
	if spend == nil {
		return nil
	}
	result, err := calibrate.Spend(spend)
	if err != nil {
		return nil // too few repeat buyers who spend: revenue is then not predicted
	}
	return &result
}

// limit notes within which limits the totals lie if the model is right.
func (s *Scored) limit(t *forecast.Totals) error {
	predicted := [forecast.Figures]float64{forecast.OfOrders: s.Predicted}
	if s.Revenue != nil {
		predicted[forecast.OfRevenue] = s.Revenue.Predicted
	}
	limits, err := t.Limits(predicted)
	s.Interval = limits[forecast.OfOrders]
	if s.Revenue != nil {
		s.Revenue.Interval = limits[forecast.OfRevenue]
	}
	return err
}
