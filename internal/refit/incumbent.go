package refit

import (
	"context"

	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/calibrate"
)

// incumbent is the model in force, which the new one must be better than, and the
// terms that it takes over from it.
type incumbent struct {
	model.Model
	purchases model.Purchases // nil for a model that is not fitted

	unit    model.TimeUnit
	fitting calibrate.Fitting // with its period, if it has one
	terms   calibrate.Terms
}

func (j *Job) inForce(ctx context.Context) (*incumbent, error) {
	m, err := j.Models.ModelInForce(ctx, j.Store)
	if err != nil {
		return nil, err
	}
	r := &incumbent{Model: m.Model, unit: model.UnitWeek, terms: calibrate.UsualTerms}
	file := m.File
	if file == nil {
		return r, nil
	}
	if r.purchases, err = file.Purchases(); err != nil {
		return nil, notFitted("the model in force cannot be compared with a fitted one: %v", err)
	}
	r.unit, r.fitting.Period = file.Unit, file.Unit.Span(file.PeriodUnits)
	r.terms = calibrate.Terms{HorizonDays: file.HorizonDays, AnnualDiscount: file.AnnualDiscount, MarginRatio: file.MarginRatio}
	return r, nil
}

// predictor says what the model in force expects over a holdout. One that is not
// fitted knows only its own horizon, of which the holdout is a part.
func (r *incumbent) predictor(held *fit.Holdout) fit.Predictor {
	if r.purchases != nil {
		return held.Modelled(r.Name(), r.purchases, nil)
	}
	return fit.Predictor{Name: r.Name(), Orders: func(c *fit.Held) float64 {
		p := r.Predict(factsOf(c))
		if p.HorizonDays == 0 {
			return 0
		}
		return p.PAlive * p.OrdersIfAlive * held.Length.In(model.UnitDay) / p.HorizonDays
	}}
}

// factsOf is what such a model needs to count orders.
func factsOf(c *fit.Held) history.Facts {
	x := c.Summary.Frequency()
	return history.Facts{
		Orders: x + 1, PurchaseDays: x + 1, Frequency: x,
		RecencyDays: int(c.Summary.Recency().In(model.UnitDay)), AgeDays: int(c.Summary.Age().In(model.UnitDay)),
	}
}
