package calibrate

import (
	"fmt"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
)

// Choice is a model chosen among the candidates, and why.
type Choice struct {
	Model      string
	Alike      []string // candidates that the orders do not tell from it
	Reason     string
	Cautions   []Caution
	Window     Window // that they were compared on; zero where no holdout was possible
	Later      Window // and once more, with fewer days held out; zero: only once
	Candidates []Candidate
	Naive      []Naive // forecasts without a model, on the holdout of Window

	errors []fit.Comparison // by holdout: of the candidates, then of the naive forecasts
}

// Candidate is a model as it fits all customers, and as it predicts the holdout.
type Candidate struct {
	Result fit.Result   // fitted to all orders
	Known  fit.Result   // fitted to what was known at the split; zero where nothing was held out
	Orders fit.Accuracy // errors of Known over the holdout, without ranks
	Later  fit.Accuracy // the same of a fit to what was known at the later split
	// Above is by how much its root mean squared error is above that of the chosen one.
	Above Above
}

// Above is how far one error is above another, and the standard error of that: by chance of
// which customers there are.
type Above struct{ Difference, StandardError float64 }

// Naive is a forecast that needs no model.
type Naive struct {
	Name   string
	Orders fit.Accuracy
	Above  Above
}

// ChooseFrom compares some of the models by how they fit the whole sample, and by how they
// predict what each population holds out once they are fitted to what comes before. There
// is one population at least; a second one holds out fewer days.
func (f Fitting) ChooseFrom(whole *fit.Sample, populations []*Population, currency money.Currency, models ...string) (choice Choice, err error) {
	if choice.Candidates, err = f.fitAll(whole, models...); err != nil {
		return Choice{}, err
	}
	for k, p := range populations {
		known, err := f.holdOut(p, whole.Unit(), currency, models, &choice)
		if err != nil {
			return Choice{}, err
		}
		for i := range choice.Candidates {
			c, accuracy := &choice.Candidates[i], choice.errors[k].Orders[i]
			if k == 0 {
				c.Known, c.Orders = known[i].Result, accuracy
			} else {
				c.Later = accuracy
			}
		}
	}
	choice.Window = populations[0].window
	if len(populations) > 1 {
		choice.Later = populations[1].window
	}
	choice.decide()
	return choice, nil
}

// holdOut fits the models to what a population knows, and notes how far off they are on
// what it holds out.
func (f Fitting) holdOut(p *Population, unit model.TimeUnit, currency money.Currency, models []string, choice *Choice) (known []Candidate, err error) {
	sample, _, err := p.Sample(unit, currency)
	if err != nil {
		return nil, err
	}
	if known, err = f.fitAll(sample, models...); err != nil {
		return nil, err
	}
	held := p.Holdout(currency)
	var predictors []fit.Predictor
	for i := range known {
		r := &known[i].Result
		purchases, err := f.Purchases(r)
		if err != nil {
			return nil, fmt.Errorf("use the fitted %s: %w", r.Model, err)
		}
		predictors = append(predictors, held.Modelled(r.Model, purchases, nil))
	}
	naive := held.Naive()
	errors := held.Compare(append(predictors, naive...)...)
	if choice.errors = append(choice.errors, errors); len(choice.errors) == 1 {
		for i := range naive {
			choice.Naive = append(choice.Naive, Naive{Name: naive[i].Name, Orders: errors.Orders[len(models)+i]})
		}
	}
	return known, nil
}

// above notes how far all errors are above that of the candidate taken.
func (c *Choice) above(taken int) {
	for i := range c.Candidates {
		c.Candidates[i].Above.Difference, c.Candidates[i].Above.StandardError = c.errors[0].Difference(i, taken)
	}
	for i := range c.Naive {
		c.Naive[i].Above.Difference, c.Naive[i].Above.StandardError = c.errors[0].Difference(len(c.Candidates)+i, taken)
	}
}

// ChooseByLikelihood compares the models by how they fit the sample alone.
func (f Fitting) ChooseByLikelihood(sample *fit.Sample) (Choice, error) {
	candidates, err := f.fitAll(sample, catalog.Candidates()...)
	if err != nil {
		return Choice{}, err
	}
	choice := Choice{Candidates: candidates}
	choice.decide()
	return choice, nil
}

func (f Fitting) fitAll(sample *fit.Sample, models ...string) ([]Candidate, error) {
	var candidates []Candidate
	for _, name := range models {
		r, err := f.Fit(name, sample)
		if err != nil {
			return nil, err
		}
		candidates = append(candidates, Candidate{Result: r})
	}
	return candidates, nil
}

// Chosen is the candidate that was taken.
func (c *Choice) Chosen() *Candidate {
	for i := range c.Candidates {
		if c.Candidates[i].Result.Model == c.Model {
			return &c.Candidates[i]
		}
	}
	return nil
}

func (c *Choice) heldOut() bool { return c.Window != (Window{}) }
