package calibrate

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
)

// Auto stands for the best of the models that can be compared.
const Auto = "auto"

// CheckModel refuses what is none of the models.
func CheckModel(name string, allowed ...string) error {
	if slices.Contains(allowed, name) {
		return nil
	}
	return fmt.Errorf("%q cannot be fitted here: choose from %s", name, strings.Join(allowed, ", "))
}

// Fitting is how purchase models are fitted: a periodic one needs the length of
// its period.
type Fitting struct{ Period model.Span }

// PeriodUnits is how many time units a period of a model has; 0 of one that is not
// periodic.
func (f Fitting) PeriodUnits(name string, unit model.TimeUnit) float64 {
	if entry, _ := catalog.Find(name); entry.Periodic {
		return f.Period.In(unit)
	}
	return 0
}

func purchaseModel(name string) (catalog.Entry, error) {
	entry, ok := catalog.Find(name)
	if !ok || entry.FitPurchases == nil {
		return entry, CheckModel(name, catalog.Names(model.KindPurchases)...)
	}
	return entry, nil
}

// Fit fits a purchase model on all processors.
func (f Fitting) Fit(name string, sample *fit.Sample) (fit.Result, error) {
	entry, err := purchaseModel(name)
	if err != nil {
		return fit.Result{}, err
	}
	return entry.FitPurchases(sample, fit.Options{Lend: lend, Period: f.Period})
}

// FitOrNested fits a purchase model. If the fit finds no dropout, the result is that of
// the nested model, with its name.
func (f Fitting) FitOrNested(name string, sample *fit.Sample) (fit.Result, error) {
	result, err := f.Fit(name, sample)
	if nested := Nested(&result); err == nil && nested != "" {
		return f.Fit(nested, sample)
	}
	return result, err
}

// Purchases is the fitted purchase model.
func (f Fitting) Purchases(r *fit.Result) (model.Purchases, error) {
	entry, err := purchaseModel(r.Model)
	if err != nil {
		return nil, err
	}
	return entry.Purchases(model.Inputs{Values: r.Values(), Unit: r.Unit, Period: f.Period})
}

// Nested is the nested model that a fit is equivalent to, because it finds no dropout;
// "" if there is none.
func Nested(r *fit.Result) string {
	if !slices.Contains(r.Warnings, fit.WarnRidge) {
		return ""
	}
	entry, _ := catalog.Find(r.Model)
	return entry.Nested
}

// Spend fits the model of spend on all processors.
func Spend(sample *fit.SpendSample) (fit.Result, error) {
	return catalog.Spend().FitSpend(sample, fit.Options{Lend: lend})
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
