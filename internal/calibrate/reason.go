package calibrate

import (
	"fmt"
	"slices"
	"strings"

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
		return fmt.Sprintf("%s cannot be told apart on this file: with a BIC within %d of the lowest they fit the orders about equally well, and nothing could be held out to compare predictions; of equals %s comes first", c.listed(best), fitAlike, name)
	case c.nobodyLeft(taken) && len(best) > 1:
		return fmt.Sprintf("up to %s nobody had visibly left, so that all models predict the days after it alike; all orders show that customers leave, but %s cannot be told apart on this file: they fit all orders about equally well, with a BIC within %d of the lowest; of equals %s comes first", c.Window.Split, c.listed(best), fitAlike, name)
	case c.nobodyLeft(taken):
		return fmt.Sprintf("up to %s nobody had visibly left, so that all models predict the days after it alike; all orders show that customers leave, and speak for %s: BIC %.1f", c.Window.Split, name, one.Result.BIC)
	case len(fitting) == 1:
		return fmt.Sprintf("%s fits all orders best: BIC %.1f, all others more than %d above", name, one.Result.BIC, fitAlike)
	case len(best) == 1:
		return fmt.Sprintf("of %d models that fit all orders about equally well, with a BIC within %d of the lowest, %s predicted %s best: root mean squared error %.4f per customer, each of the others above another by more than chance and 1 %%",
			len(fitting), fitAlike, name, c.heldOutText(), one.Orders.RMSE)
	default:
		return fmt.Sprintf("%s cannot be told apart on this file: with a BIC within %d of the lowest they fit all orders about equally well, and none of them predicted %s worse than another by more than chance and 1 %%; of equals %s comes first",
			c.listed(best), fitAlike, c.heldOutText(), name)
	}
}

// heldOutText names the days that were predicted.
func (c *Choice) heldOutText() string {
	text := fmt.Sprintf("the orders from %s to %s", c.Window.Split+1, c.Window.Until)
	if c.Later != (Window{}) {
		return fmt.Sprintf("both %s and those from %s on", text, c.Later.Split+1)
	}
	return text
}

// listed are the names of some candidates, as a sentence has them.
func (c *Choice) listed(of []int) string {
	names := make([]string, len(of))
	for k, i := range of {
		names[k] = c.Candidates[i].Result.Model
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// cautionDisagreement tells of a model that fits all orders worse than the one taken, and
// predicted the first holdout better by more than chance.
func (c *Choice) cautionDisagreement(taken int, best []int) {
	rival := taken
	for i := range c.Candidates {
		if c.rmse(i) < c.rmse(rival) {
			rival = i
		}
	}
	if slices.Contains(best, rival) || !c.worseIn(0, taken, rival) {
		return
	}
	t, r := &c.Candidates[taken], &c.Candidates[rival]
	c.Cautions = append(c.Cautions, Caution{CautionDisagree, fmt.Sprintf(
		"the holdout and the likelihood disagree: %s predicted the orders from %s to %s better (error %.4f, %s %.4f), but its log-likelihood on all orders is %.1f, %s's %.1f. The last third differs from the time before, by a season, a campaign or customers who had not left yet: compare them at another --split with `clvstream backtest`",
		r.Known.Model, c.Window.Split+1, c.Window.Until, r.Orders.RMSE, t.Result.Model, t.Orders.RMSE, r.Result.LogLikelihood, t.Result.Model, t.Result.LogLikelihood)})
}

// cautionNaive tells of a forecast without a model that beats every model.
func (c *Choice) cautionNaive(usable []int) {
	model := c.least(usable)
	best := -1
	for i := range c.Naive {
		if c.Naive[i].Orders.RMSE < c.rmse(model) && (best < 0 || c.Naive[i].Orders.RMSE < c.Naive[best].Orders.RMSE) {
			best = i
		}
	}
	if best < 0 {
		return
	}
	below, standardError := c.errors[0].Difference(model, len(c.Candidates)+best)
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
