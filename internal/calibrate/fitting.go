package calibrate

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
)

// Models are the purchase models that can be fitted.
var Models = []string{"bgnbd", "mbgnbd", "paretonbd", "nbd"}

// Auto stands for the best of them.
const Auto = "auto"

// CheckModel refuses what is none of the models.
func CheckModel(name string, allowed ...string) error {
	if slices.Contains(allowed, name) {
		return nil
	}
	return fmt.Errorf("%q is no model that can be fitted here: choose from %s", name, strings.Join(allowed, ", "))
}

// Fit fits a purchase model on all processors.
func Fit(model string, sample *fit.Sample) (fit.Result, error) {
	options := fit.Options{Lend: lend}
	switch model {
	case "bgnbd":
		return fit.BGNBD(sample, options)
	case "mbgnbd":
		return fit.MBGNBD(sample, options)
	case "paretonbd":
		return fit.ParetoNBD(sample, options)
	case "nbd":
		return fit.NBD(sample, options)
	default:
		return fit.Result{}, CheckModel(model, Models...)
	}
}

// Spend fits Gamma-Gamma on all processors.
func Spend(sample *fit.SpendSample) (fit.Result, error) {
	return fit.GammaGamma(sample, fit.Options{Lend: lend})
}

// lend runs tasks on all processors.
func lend(tasks int, run func(task int)) {
	workers := min(runtime.GOMAXPROCS(0), tasks)
	next := make(chan int, tasks)
	for task := range tasks {
		next <- task
	}
	close(next)
	var working sync.WaitGroup
	for range workers {
		working.Go(func() {
			for task := range next {
				run(task)
			}
		})
	}
	working.Wait()
}

// Purchases is the fitted purchase model.
func Purchases(r *fit.Result) (model.Purchases, error) {
	switch r.Model {
	case "bgnbd":
		return r.BGNBDParams().Purchases()
	case "mbgnbd":
		return r.MBGNBDParams().Purchases()
	case "paretonbd":
		return r.ParetoNBDParams().Purchases()
	case "nbd":
		return r.NBDParams().Purchases()
	default:
		return nil, CheckModel(r.Model, Models...)
	}
}

// Degenerate says that a model has become NBD: its fit sees nobody leave.
func Degenerate(r *fit.Result) bool { return slices.Contains(r.Warnings, fit.WarnRidge) }
