// Package fitting is one fit of a model and its report, as `clvstream fit` shows it.
//
//	calibrate.Population ──► Job.Run: choose ──► fit ──► spend ──────────┐
//	survivors of a cohort ─► Contracts ──────────► fit ──────────────────┴─► Report ──► text │ JSON
//	                                                                                └──► model file
//
// It reads no source and writes no file. It refuses what cannot be fitted, with the errors
// of calibrate and fit; calibrate.DataError tells which of them the data caused.
package fitting

import (
	"errors"
	"time"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/calibrate"
)

// ErrNoAmounts refuses a fit of spend to orders that have none.
var ErrNoAmounts = errors.New("the orders have no amounts")

// Job is one fit of orders.
type Job struct {
	Model    string // calibrate.Auto, or a purchase or spend model of the catalogue
	Fitting  calibrate.Fitting
	Unit     model.TimeUnit
	Currency money.Currency
	// HoldOut sums the customers up on a window of which a part is held out, which takes
	// another reading of the orders; nil: that is not possible.
	HoldOut func(calibrate.Window) (*calibrate.Population, error)

	RefusedRows int           // of the source, that are no event
	Read        time.Duration // that reading the orders took
}

// Run chooses the model where that is asked for, and fits it and the spend.
func (j *Job) Run(p *calibrate.Population) (*Report, error) {
	r := &Report{
		Model: j.Model, TimeUnit: j.Unit.String(), From: p.First().String(), Until: p.End().String(),
		RefusedRows: j.RefusedRows, RefusedEvents: p.Refused(),
	}
	r.fitted.Unit, r.fitted.From, r.fitted.Until = j.Unit, p.First().Date(), p.End().Date()
	began := time.Now()
	sample, spend, err := p.Sample(j.Unit, j.Currency)
	if err != nil {
		return nil, err
	}
	r.ReadSeconds = (j.Read + time.Since(began)).Seconds()
	if j.Model == calibrate.Auto {
		choice, held, err := j.choose(p, sample)
		if err != nil {
			return nil, err
		}
		r.choose(&choice)
		if err := r.Choice.compare(j, &choice, held); err != nil {
			return nil, err
		}
	}
	return r, r.fit(j.Fitting, sample, spend)
}

// choose compares the models on all orders and on the last third and the last sixth of the
// days, which are held out, or on all orders alone where those days are too few.
func (j *Job) choose(p *calibrate.Population, sample *fit.Sample) (calibrate.Choice, []*calibrate.Population, error) {
	held, err := j.holdOut(p)
	if err != nil {
		return calibrate.Choice{}, nil, err
	}
	if len(held) > 0 {
		choice, err := j.Fitting.ChooseFrom(sample, held, j.Currency, catalog.Candidates()...)
		if err == nil || !calibrate.DataError(err) {
			return choice, held, err
		}
	}
	choice, err := j.Fitting.ChooseByLikelihood(sample)
	return choice, nil, err
}

// holdOut reads the orders again for each holdout; none where that is not possible, or the
// data are too few for it.
func (j *Job) holdOut(p *calibrate.Population) (held []*calibrate.Population, err error) {
	window, err := calibrate.Halved(p.First(), p.End())
	for possible := err == nil && j.HoldOut != nil; possible && len(held) < holdouts; window, possible = window.Later() {
		part, err := j.HoldOut(window)
		switch {
		case err == nil:
			held = append(held, part)
		case calibrate.DataError(err):
			return held, nil
		default:
			return nil, err
		}
	}
	return held, nil
}

// holdouts is how many parts of the days models are compared on: which of them predicts
// best often changes from one to the next, which one alone would not show.
const holdouts = 2

func (r *Report) fit(models calibrate.Fitting, sample *fit.Sample, spend *fit.SpendSample) (err error) {
	began := time.Now()
	if entry, _ := catalog.Find(r.Model); entry.Kind == model.KindSpend {
		if spend == nil {
			return ErrNoAmounts
		}
		r.fitted.Result, err = calibrate.Spend(spend)
		r.take(time.Since(began))
		return err
	}
	if r.fitted.Result, err = models.FitOrNested(r.Model, sample); err != nil {
		return err
	}
	if r.fitted.Result.Model != r.Model {
		r.fitted.FallbackFrom = r.Model
	}
	r.fitted.PeriodUnits = models.PeriodUnits(r.fitted.Result.Model, r.fitted.Unit)
	r.take(time.Since(began))
	if spend == nil {
		return nil
	}
	began = time.Now()
	result, err := calibrate.Spend(spend)
	switch {
	case err == nil:
		r.takeSpend(&result, time.Since(began))
	case errors.Is(err, fit.ErrTooFew): // they spent nothing, or are too few: there is no spend model
		return nil
	}
	return err
}

// Contracts fits a model of contracts to how many of a cohort were left after each
// contract period of so many time units.
func Contracts(entry catalog.Entry, survivors []float64, unit model.TimeUnit, periodUnits float64) (*Report, error) {
	began := time.Now()
	result, err := entry.FitSurvival(survivors, fit.Options{})
	if err != nil {
		return nil, err
	}
	r := &Report{TimeUnit: unit.String()}
	r.fitted = calibrate.Fitted{Result: result, Unit: unit, PeriodUnits: periodUnits}
	r.take(time.Since(began))
	return r, nil
}
