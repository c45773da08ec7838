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
	FallbackFrom string      // the model that was asked for and has become a simpler one; empty: none
	Spend        *fit.Result // Gamma-Gamma; nil: none
	Unit         model.TimeUnit
	PeriodUnits  float64   // of a period; 0: the model is not periodic
	From, Until  time.Time // first and last day observed; zero: not known
}

// Terms are what turns expected orders into money, which no data say.
type Terms struct {
	HorizonDays    float64 // how far ahead value is counted, (0, 36525]
	AnnualDiscount float64 // effective rate a year, [0, 10]
	MarginRatio    float64 // margin on future revenue, (0, 1]; 0: the customer's own
}

// UsualTerms are the default assumptions.
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
	p := modelfile.Parameters{Values: map[string]float64{}, StandardErrors: map[string]float64{}, LogCovariance: r.LogCovariance}
	for _, one := range r.Parameters {
		p.Values[one.Name], p.StandardErrors[one.Name] = one.Value, one.StandardError
	}
	return p
}

// Bound is a parameter that ended at a limit, as JSON shows it.
type Bound struct {
	Parameter string  `json:"parameter"`
	Limit     float64 `json:"limit"`
	Means     string  `json:"means"`
}

// Bounds are those of a fit.
func Bounds(r *fit.Result) (bounds []Bound) {
	for _, b := range r.Bounds {
		bounds = append(bounds, Bound(b))
	}
	return bounds
}

// Names are the names of warnings.
func Names(warnings []fit.Warning) []string {
	names := make([]string, len(warnings))
	for i, w := range warnings {
		names[i] = string(w)
	}
	return names
}
