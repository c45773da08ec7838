package calibrate

import (
	"fmt"

	"github.com/clvstream/clvstream/clv/fit"
)

// Caution is a reason to look twice at a choice.
type Caution struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// The cautions.
const (
	CautionDisagree = "holdout_disagrees" // the holdout would take another model than all orders
	CautionNaive    = "naive_better"      // a forecast without a model beats every model
)

// why says how a candidate was taken: of those that fit all orders, those that predicted
// the holdout best.
func (c *Choice) why(taken int, fitting, best []int) string {
	one := &c.Candidates[taken]
	name := one.Result.Model
	switch {
	case !c.heldOut() && len(fitting) == 1:
		return fmt.Sprintf("%s fits the orders best: BIC %.1f, all others more than %d above; nothing could be held out to compare predictions", name, one.Result.BIC, fitAlike)
	case !c.heldOut():
		return fmt.Sprintf("%d models fit the orders about equally well, with a BIC within %d of the lowest, and nothing could be held out to compare predictions: of equals %s comes first", len(fitting), fitAlike, name)
	case c.nobodyLeft(taken):
		return fmt.Sprintf("up to %s nobody had visibly left, so that all models predict the days after it alike; all orders show that customers leave, and speak for %s: BIC %.1f", c.Window.Split, name, one.Result.BIC)
	case len(fitting) == 1:
		return fmt.Sprintf("%s fits all orders best: BIC %.1f, all others more than %d above", name, one.Result.BIC, fitAlike)
	case len(best) == 1:
		return fmt.Sprintf("of %d models that fit all orders about equally well, with a BIC within %d of the lowest, %s predicted the orders from %s to %s best: root mean squared error %.4f per customer, all others more than 0.5 %% above",
			len(fitting), fitAlike, name, c.Window.Split+1, c.Window.Until, one.Orders.RMSE)
	default:
		return fmt.Sprintf("of %d models that fit all orders about equally well, with a BIC within %d of the lowest, %d predicted the orders from %s to %s equally well: root mean squared error %.4f per customer, within 0.5 %% of one another; of equals %s comes first",
			len(fitting), fitAlike, len(best), c.Window.Split+1, c.Window.Until, c.least(best), name)
	}
}

// surely is how many standard errors two holdout errors must be apart to differ by more
// than chance.
const surely = 2

// cautionDisagreement tells of a model that predicted the holdout better than the one
// taken, by more than chance.
func (c *Choice) cautionDisagreement(taken int) {
	rival := taken
	for i := range c.Candidates {
		if c.rmse(i) < c.rmse(rival) {
			rival = i
		}
	}
	above, standardError := c.errors.Difference(taken, rival)
	if c.rmse(taken) <= predictAlike*c.rmse(rival) || above <= surely*standardError {
		return
	}
	t, r := &c.Candidates[taken], &c.Candidates[rival]
	c.Cautions = append(c.Cautions, Caution{CautionDisagree, fmt.Sprintf(
		"the holdout and the likelihood disagree: %s predicted the orders from %s to %s better (error %.4f, %s %.4f), but its log-likelihood on all orders is %.1f, %s's %.1f. The last third differs from the time before, by a season, a campaign or customers who had not left yet: compare them at another --split with `clvstream backtest`",
		r.Known.Model, c.Window.Split+1, c.Window.Until, r.Orders.RMSE, t.Result.Model, t.Orders.RMSE, r.Result.LogLikelihood, t.Result.Model, t.Result.LogLikelihood)})
}

// cautionNaive tells of a forecast without a model that beats every model.
func (c *Choice) cautionNaive(usable []int) {
	model := usable[0]
	for _, i := range usable {
		if c.rmse(i) < c.rmse(model) {
			model = i
		}
	}
	best := -1
	for i := range c.Naive {
		if c.Naive[i].Orders.RMSE < c.rmse(model) && (best < 0 || c.Naive[i].Orders.RMSE < c.Naive[best].Orders.RMSE) {
			best = i
		}
	}
	if best < 0 {
		return
	}
	below, standardError := c.errors.Difference(model, len(c.Candidates)+best)
	c.Cautions = append(c.Cautions, Caution{CautionNaive, BeatenText(c.Naive[best].Name, c.Naive[best].Orders.RMSE, c.Candidates[model].Known.Model, c.rmse(model), below > surely*standardError)})
}

// BeatenText says that a forecast without a model has a smaller error than every model,
// and whether that is more than chance.
func BeatenText(naive string, error float64, model string, modelError float64, sure bool) string {
	chance := "which may be chance"
	if sure {
		chance = "by more than chance"
	}
	return fmt.Sprintf("%s (%s) beats every model, %s: its error is %.4f, that of the best model, %s, %.4f. No model here knows seasons, campaigns or growth: expect totals to be off by as much as those move them",
		naive, fit.NaiveMeans(naive), chance, error, model, modelError)
}
