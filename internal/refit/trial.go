package refit

import (
	"context"
	"fmt"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/internal/calibrate"
)

// trial is how the new model did on the days held out, and the one in force:
// root mean squared errors of orders per customer.
type trial struct {
	window            calibrate.Window
	model, inForce    string
	newError, oldErr  float64
	customers, orders int
	cautions          []calibrate.Caution // of the choice of the new model
}

// try fits to what was known at the split, and predicts what came after it.
func (j *Job) try(ctx context.Context, whole *summary, window calibrate.Window, inForce *incumbent) (*trial, error) {
	p, err := calibrate.FromState(ctx, j.Store, &j.Rules, window, func(int64, int64) {})
	if err != nil {
		return nil, err
	}
	choice, err := j.choose(whole, p, inForce)
	if err != nil {
		return nil, err
	}
	held := p.Holdout(j.Currency)
	old := held.Errors(inForce.predictor(&held))
	t := &trial{
		window: window, model: choice.Model, inForce: inForce.Name() + " " + inForce.Version(),
		oldErr: old.RMSE, customers: old.Customers, orders: int(old.Actual), cautions: choice.Cautions,
	}
	if chosen := choice.Chosen(); chosen != nil {
		t.newError = chosen.Orders.RMSE
	}
	return t, nil
}

// choose takes the best of all models, or the configured one, unless it is equivalent to
// its nested model.
func (j *Job) choose(whole *summary, p *calibrate.Population, inForce *incumbent) (calibrate.Choice, error) {
	fitting, names, held := inForce.fitting, catalog.Candidates(), []*calibrate.Population{p}
	if j.Model != calibrate.Auto {
		names = []string{j.Model}
		if entry, _ := catalog.Find(j.Model); entry.Periodic && fitting == (calibrate.Fitting{}) {
			return calibrate.Choice{}, notFitted("%s needs the length of a period, which it takes from the model in force, and %s has none", j.Model, inForce.Name())
		}
	}
	choice, err := fitting.ChooseFrom(whole.sample, held, j.Currency, names...)
	if err != nil || j.Model == calibrate.Auto {
		return choice, err
	}
	if nested := calibrate.Nested(&choice.Candidates[0].Result); nested != "" {
		return fitting.ChooseFrom(whole.sample, held, j.Currency, nested)
	}
	return choice, nil
}

// better says whether the new error is smaller by the margin.
func (t *trial) better(margin float64) bool {
	return t.oldErr > 0 && t.newError <= t.oldErr*(1-margin) && t.newError < t.oldErr
}

// sentence says how both did.
func (t *trial) sentence(margin float64) string {
	gain := 0.0
	if t.oldErr > 0 {
		gain = 100 * (1 - t.newError/t.oldErr)
	}
	text := fmt.Sprintf("over %s to %s, when %d customers made %d orders, %s has an error of %.5f per customer and %s, in force, %.5f: %+.2f %% better, %g %% required",
		t.window.Split+1, t.window.Until, t.customers, t.orders, t.model, t.newError, t.inForce, t.oldErr, gain, 100*margin)
	for _, caution := range t.cautions {
		text += "; " + caution.Text
	}
	return text
}
