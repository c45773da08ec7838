package refit

import (
	"context"
	"fmt"

	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/state"
)

// rival is the model in force, which the new one must be better than, and the
// terms that it takes over from it.
type rival struct {
	version   string
	model     model.Model
	purchases model.Purchases // nil for a model that is not fitted

	unit           model.TimeUnit
	horizonDays    float64
	annualDiscount float64
	marginRatio    float64
}

// Terms where the model in force states none: those of `clvstream fit --out`.
const (
	usualHorizonDays    = 365
	usualAnnualDiscount = 0.1
)

func (j *Job) inForce(ctx context.Context) (*rival, error) {
	active, err := j.Store.Active(ctx)
	if err != nil {
		return nil, err
	}
	if active.Number == 0 || active.Version == state.Configured {
		return j.configured()
	}
	text, err := j.Store.ModelFile(ctx, active.Version)
	if err != nil {
		return nil, err
	}
	file, err := modelfile.ParseFor(text, j.Currency)
	if err != nil {
		return nil, fmt.Errorf("read the model in force, %s: %w", active.Version, err)
	}
	return ofFile(file)
}

func (j *Job) configured() (*rival, error) {
	if j.Configured.File != "" {
		file, err := modelfile.Load(j.Configured.File)
		if err != nil {
			return nil, err
		}
		return ofFile(file)
	}
	m, err := modelfile.Build(j.Configured, j.Currency)
	if err != nil {
		return nil, err
	}
	return &rival{
		version: m.Version(), model: m,
		unit: model.UnitWeek, horizonDays: usualHorizonDays, annualDiscount: usualAnnualDiscount,
	}, nil
}

func ofFile(file *modelfile.File) (*rival, error) {
	purchases, err := file.Purchases()
	if err != nil {
		return nil, notFitted("the model in force can not be compared with a fitted one: %v", err)
	}
	model, err := file.NewModel()
	if err != nil {
		return nil, err
	}
	return &rival{
		version: file.Version(), model: model, purchases: purchases,
		unit: file.Unit, horizonDays: file.HorizonDays, annualDiscount: file.AnnualDiscount, marginRatio: file.MarginRatio,
	}, nil
}

// predictor says what the model in force expects over a holdout. One that is not
// fitted knows only its own horizon, of which the holdout is a part.
func (r *rival) predictor(held *fit.Holdout) fit.Predictor {
	if r.purchases != nil {
		return held.Modelled(r.model.Name(), r.purchases, nil)
	}
	return fit.Predictor{Name: r.model.Name(), Orders: func(c *fit.Held) float64 {
		p := r.model.Predict(factsOf(c))
		if p.HorizonDays == 0 {
			return 0
		}
		return p.PAlive * p.OrdersIfAlive * held.Length.In(model.UnitDay) / p.HorizonDays
	}}
}

// factsOf is what such a model looks at to count orders.
func factsOf(c *fit.Held) history.Facts {
	x := c.Summary.Frequency()
	return history.Facts{
		Orders: x + 1, PurchaseDays: x + 1, Frequency: x,
		RecencyDays: int(c.Summary.Recency().In(model.UnitDay)), AgeDays: int(c.Summary.Age().In(model.UnitDay)),
	}
}
