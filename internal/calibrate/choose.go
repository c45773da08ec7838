package calibrate

import (
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
)

// Choice is a model chosen among the candidates, and why.
type Choice struct {
	Model      string
	Reason     string
	Window     Window // that they were compared on; zero where no holdout was possible
	Candidates []Candidate
}

// Candidate is a model as it did on the customers known at the split.
type Candidate struct {
	Result fit.Result
	Orders fit.Accuracy // errors over the holdout, without ranks
}

// alike is by how much the errors of two models may differ and still say the
// same about them; another holdout would move them by more.
const alike = 1.001

// ChooseFrom compares some of the models on what the population holds out: the smallest
// root mean squared error of orders wins, which rewards getting the mean right, and among
// those within 0.1 % of it the best BIC. A model that has become a simpler one is out.
func (f Fitting) ChooseFrom(p *Population, unit model.TimeUnit, currency money.Currency, models ...string) (Choice, error) {
	sample, _, err := p.Sample(unit, currency)
	if err != nil {
		return Choice{}, err
	}
	candidates, err := f.fitAll(sample, models...)
	if err != nil {
		return Choice{}, err
	}
	held := p.Holdout(currency)
	for i := range candidates {
		c := &candidates[i]
		purchases, err := f.Purchases(&c.Result)
		if err != nil {
			return Choice{}, fmt.Errorf("use the fitted %s: %w", c.Result.Model, err)
		}
		c.Orders = held.Errors(held.Modelled(c.Result.Model, purchases, nil))
	}
	choice := Choice{Window: p.window, Candidates: candidates}
	choice.decide()
	return choice, nil
}

// ChooseByBIC compares the models on the sample alone.
func (f Fitting) ChooseByBIC(sample *fit.Sample) (Choice, error) {
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

func (c *Choice) decide() {
	least := math.Inf(1)
	for i := range c.Candidates {
		if one := &c.Candidates[i]; Nested(&one.Result) == "" {
			least = math.Min(least, one.Orders.RMSE)
		}
	}
	var best *Candidate
	rivals := 0
	for i := range c.Candidates {
		one := &c.Candidates[i]
		if Nested(&one.Result) != "" || one.Orders.RMSE > alike*least {
			continue
		}
		rivals++
		if best == nil || one.Result.BIC < best.Result.BIC {
			best = one
		}
	}
	if best == nil { // the one that was to be tried has become another
		best = &c.Candidates[0]
	}
	c.Model = best.Result.Model
	c.Reason = c.why(best, rivals)
}

func (c *Choice) why(best *Candidate, rivals int) string {
	switch {
	case c.Window == (Window{}):
		return fmt.Sprintf("%s has the lowest BIC, %.1f; nothing could be held out to compare predictions", best.Result.Model, best.Result.BIC)
	case rivals == 1:
		return fmt.Sprintf("%s predicted the orders from %s to %s best: root mean squared error %.4f per customer, all others more than 0.1 %% above",
			best.Result.Model, c.Window.Split+1, c.Window.Until, best.Orders.RMSE)
	default:
		return fmt.Sprintf("%s has the lowest BIC, %.1f, of the %d models that predicted the orders from %s to %s best: root mean squared error %.4f per customer, within 0.1 %% of one another",
			best.Result.Model, best.Result.BIC, rivals, c.Window.Split+1, c.Window.Until, best.Orders.RMSE)
	}
}
