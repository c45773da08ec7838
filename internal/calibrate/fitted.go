package calibrate

import (
	"slices"
	"time"

	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/modelfile"
)

// Fitted is a fitted model, with what a model file says of it.
type Fitted struct {
	Result       fit.Result
	FallbackFrom string      // the model that was asked for and has become NBD; empty: none
	Spend        *fit.Result // Gamma-Gamma; nil: none
	Unit         model.TimeUnit
	PeriodUnits  float64   // of a contract period; 0: a purchase model
	From, Until  time.Time // first and last day observed; zero: not known
}

// FitOrNBD fits a purchase model, or NBD where that has become NBD; fallbackFrom names
// it then.
func FitOrNBD(model string, sample *fit.Sample) (result fit.Result, fallbackFrom string, err error) {
	result, err = Fit(model, sample)
	if err == nil && Degenerate(&result) {
		fallbackFrom = result.Model
		result, err = Fit("nbd", sample)
	}
	return result, fallbackFrom, err
}

// Terms are what turns expected orders into money, which no data say.
type Terms struct {
	HorizonDays    float64 // how far ahead value is counted, (0, 36525]
	AnnualDiscount float64 // effective rate a year, [0, 10]
	MarginRatio    float64 // margin on future revenue, (0, 1]; 0: the customer's own
}

// UsualTerms hold where nobody has said otherwise.
var UsualTerms = Terms{HorizonDays: 365, AnnualDiscount: 0.1}

// File is the model file of the fit.
func (f *Fitted) File(terms Terms, currency money.Currency) *modelfile.File {
	file := &modelfile.File{
		Model: f.Result.Model, Unit: f.Unit, Parameters: Parameters(&f.Result), PeriodUnits: f.PeriodUnits,
		HorizonDays: terms.HorizonDays, AnnualDiscount: terms.AnnualDiscount, MarginRatio: terms.MarginRatio, Currency: currency,
		FittedOn: modelfile.FittedOn{From: f.From, Until: f.Until, Customers: f.Result.Customers, Repeaters: f.Result.Repeaters},
		Warnings: f.Warnings(),
	}
	if f.Spend != nil {
		file.Spend = Parameters(f.Spend)
		for _, w := range Names(f.Spend.Warnings) {
			if !slices.Contains(file.Warnings, w) {
				file.Warnings = append(file.Warnings, w)
			}
		}
	}
	return file
}

// Warnings are the names of what to know of the purchase or contract model.
func (f *Fitted) Warnings() []string {
	names := Names(f.Result.Warnings)
	if f.FallbackFrom != "" {
		names = append(names, string(fit.WarnRidge))
	}
	return names
}

// Parameters are estimates by name.
func Parameters(r *fit.Result) modelfile.Parameters {
	p := modelfile.Parameters{Values: map[string]float64{}, StandardErrors: map[string]float64{}}
	for _, one := range r.Parameters {
		p.Values[one.Name], p.StandardErrors[one.Name] = one.Value, one.StandardError
	}
	return p
}

// Names are the names of warnings.
func Names(warnings []fit.Warning) []string {
	names := make([]string, len(warnings))
	for i, w := range warnings {
		names[i] = string(w)
	}
	return names
}

// Meanings say what each warning means for who uses the model.
var Meanings = map[fit.Warning]string{
	fit.WarnRidge:           "the orders do not show customers leaving; predictions are those of nbd",
	fit.WarnBound:           "a parameter ended at the edge of its range, so the orders do not determine it",
	fit.WarnFewRepeaters:    "fewer than 50 customers bought again: expect wide errors",
	fit.WarnSpendCorrelated: "customers who buy more often spend more, or less, each time, which Gamma-Gamma takes for unrelated",
	fit.WarnQBelowOne:       "spend varies so much that its mean is all but infinite; q is held at its least value",
	fit.WarnNotConverged:    "the search did not end at a maximum: do not use these parameters",
}
