package backtest

import (
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/internal/calibrate"
)

// surely is how many standard errors apart two errors are more than chance.
const surely = 2

// cautionNaive tells of a baseline whose orders are nearer to what happened than those of
// every model; the models come first.
func (r *Report) cautionNaive(errors fit.Comparison, models int) {
	model, naive := r.leastError(0, models), r.leastError(models, len(r.Models))
	if r.Models[naive].RMSE < r.Models[model].RMSE {
		below, standardError := errors.Difference(model, naive)
		r.Cautions = append(r.Cautions, calibrate.Caution{Name: calibrate.CautionNaive, Text: "orders: " + calibrate.BeatenText(
			r.Models[naive].Model, r.Models[naive].RMSE, r.Models[model].Model, r.Models[model].RMSE, below > surely*standardError)})
	}
}

// leastError is the model or baseline from low to high whose orders are off the least.
func (r *Report) leastError(low, high int) int {
	least := low
	for i := low; i < high; i++ {
		if r.Models[i].RMSE < r.Models[least].RMSE {
			least = i
		}
	}
	return least
}
