package calibrate

import (
	"fmt"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/money"
)

// Choice is a model chosen among the candidates, and why.
type Choice struct {
	Model      string
	Reason     string
	Cautions   []Caution
	Window     Window // that they were compared on; zero where no holdout was possible
	Candidates []Candidate
	Naive      []Naive // forecasts without a model, on the same holdout

	errors fit.Comparison // of the candidates, then of the naive forecasts
}

// Candidate is a model as it fits all customers, and as it predicts the holdout.
type Candidate struct {
	Result fit.Result   // fitted to all orders
	Known  fit.Result   // fitted to what was known at the split; zero where nothing was held out
	Orders fit.Accuracy // errors of Known over the holdout, without ranks
}

// Naive is a forecast that needs no model.
type Naive struct {
	Name   string
	Orders fit.Accuracy
}

// ChooseFrom compares some of the models by how they fit the whole sample, and by how they
// predict what the population holds out once they are fitted to what comes before.
func (f Fitting) ChooseFrom(whole *fit.Sample, p *Population, currency money.Currency, models ...string) (Choice, error) {
	known, _, err := p.Sample(whole.Unit(), currency)
	if err != nil {
		return Choice{}, err
	}
	choice := Choice{Window: p.window}
	if choice.Candidates, err = f.fitAll(whole, models...); err != nil {
		return Choice{}, err
	}
	held := p.Holdout(currency)
	var predictors []fit.Predictor
	for i := range choice.Candidates {
		c := &choice.Candidates[i]
		if c.Known, err = f.Fit(c.Result.Model, known); err != nil {
			return Choice{}, err
		}
		purchases, err := f.Purchases(&c.Known)
		if err != nil {
			return Choice{}, fmt.Errorf("use the fitted %s: %w", c.Known.Model, err)
		}
		predictors = append(predictors, held.Modelled(c.Known.Model, purchases, nil))
	}
	predictors = append(predictors, held.Naive()...)
	choice.take(held.Compare(predictors...), predictors)
	choice.decide()
	return choice, nil
}

// take notes the errors of candidates and naive forecasts.
func (c *Choice) take(errors fit.Comparison, of []fit.Predictor) {
	c.errors = errors
	for i := range of {
		if i < len(c.Candidates) {
			c.Candidates[i].Orders = errors.Orders[i]
			continue
		}
		c.Naive = append(c.Naive, Naive{of[i].Name, errors.Orders[i]})
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
