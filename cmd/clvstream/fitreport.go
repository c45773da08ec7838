package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/modelfile"
)

// fitReport is a fit as the command tells it.
type fitReport struct {
	Model          string             `json:"model"`
	FallbackFrom   string             `json:"fallback_from,omitempty"` // asked for, and found to be NBD
	Choice         *choiceReport      `json:"choice,omitempty"`
	Customers      int                `json:"customers"`
	Repeaters      int                `json:"repeaters"`
	From           string             `json:"from,omitempty"`
	Until          string             `json:"until,omitempty"`
	TimeUnit       string             `json:"time_unit"`
	PeriodUnits    float64            `json:"period_units,omitempty"`
	Parameters     map[string]float64 `json:"parameters"`
	StandardErrors map[string]float64 `json:"standard_errors"`
	LogLikelihood  float64            `json:"log_likelihood"`
	AIC            float64            `json:"aic"`
	BIC            float64            `json:"bic"`
	Warnings       []string           `json:"warnings"`
	DistinctRows   int                `json:"distinct_rows"`
	Spend          *spendReport       `json:"spend,omitempty"`
	RefusedRows    int                `json:"refused_rows"`             // that are no event
	RefusedEvents  int                `json:"refused_events,omitempty"` // that their history does not take
	ModelFile      string             `json:"model_file,omitempty"`
	ModelVersion   string             `json:"model_version,omitempty"`
	ReadSeconds    float64            `json:"read_seconds"` // from the first byte to distinct rows in memory
	Seconds        float64            `json:"seconds"`      // from there to parameters with errors

	names []string // of the parameters, in the literature's order
}

// spendReport is the Gamma-Gamma model that goes with a purchase model.
type spendReport struct {
	Parameters     map[string]float64 `json:"parameters"`
	StandardErrors map[string]float64 `json:"standard_errors"`
	LogLikelihood  float64            `json:"log_likelihood"`
	Customers      int                `json:"customers"`
	Warnings       []string           `json:"warnings"`
	Seconds        float64            `json:"seconds"`

	names []string
}

// choiceReport is why --model auto took what it took.
type choiceReport struct {
	Reason     string            `json:"reason"`
	Split      string            `json:"split,omitempty"`
	Candidates []candidateReport `json:"candidates"`
}

type candidateReport struct {
	Model    string   `json:"model"`
	RMSE     float64  `json:"rmse,omitempty"`
	MAE      float64  `json:"mae,omitempty"`
	BIC      float64  `json:"bic"`
	Warnings []string `json:"warnings"`
}

func (r *fitReport) choose(choice *calibrate.Choice) {
	r.Model = choice.Model
	r.Choice = &choiceReport{Reason: choice.Reason}
	if choice.Window != (calibrate.Window{}) {
		r.Choice.Split = choice.Window.Split.String()
	}
	for _, c := range choice.Candidates {
		r.Choice.Candidates = append(r.Choice.Candidates, candidateReport{
			Model: c.Result.Model, RMSE: c.Orders.RMSE, MAE: c.Orders.MAE, BIC: c.Result.BIC, Warnings: words(c.Result.Warnings),
		})
	}
}

// take fills in the purchase or contract model.
func (r *fitReport) take(result *fit.Result, took time.Duration) {
	r.Model, r.Repeaters, r.DistinctRows, r.Seconds = result.Model, result.Repeaters, result.DistinctRows, took.Seconds()
	r.Customers = result.Customers
	r.LogLikelihood, r.AIC, r.BIC = result.LogLikelihood, result.AIC, result.BIC
	r.Parameters, r.StandardErrors, r.names = byName(result)
	r.Warnings = words(result.Warnings)
	if r.FallbackFrom != "" {
		r.Warnings = append(r.Warnings, string(fit.WarnRidge))
	}
}

// fallBack fits NBD where a model has become it.
func (r *fitReport) fallBack(from string, sample *fit.Sample) (fit.Result, error) {
	r.FallbackFrom = from
	return calibrate.Fit("nbd", sample)
}

// takeSpend fits the spend of repeat buyers. Where they spent nothing, or are
// too few, there is no spend model.
func (r *fitReport) takeSpend(spend *fit.SpendSample) error {
	began := time.Now()
	result, err := calibrate.Spend(spend)
	if errors.Is(err, fit.ErrTooFew) {
		return nil
	}
	if err != nil {
		return err
	}
	r.Spend = &spendReport{LogLikelihood: result.LogLikelihood, Customers: result.Customers, Warnings: words(result.Warnings), Seconds: time.Since(began).Seconds()}
	r.Spend.Parameters, r.Spend.StandardErrors, r.Spend.names = byName(&result)
	return nil
}

func byName(result *fit.Result) (values, errs map[string]float64, names []string) {
	values, errs = map[string]float64{}, map[string]float64{}
	for _, p := range result.Parameters {
		values[p.Name], errs[p.Name] = p.Value, p.StandardError
		names = append(names, p.Name)
	}
	return values, errs, names
}

func words(warnings []fit.Warning) []string {
	all := make([]string, len(warnings))
	for i, w := range warnings {
		all[i] = string(w)
	}
	return all
}

// file is the fit as a model file.
func (r *fitReport) file(currency money.Currency, terms *termsFlags) *modelfile.File {
	unit, _ := model.ParseTimeUnit(r.TimeUnit)
	f := &modelfile.File{
		Model: r.Model, Unit: unit, Parameters: modelfile.Parameters{Values: r.Parameters, StandardErrors: r.StandardErrors},
		PeriodUnits: r.PeriodUnits, HorizonDays: terms.horizonDays, AnnualDiscount: terms.discount, MarginRatio: terms.margin,
		Currency: currency, FittedOn: modelfile.FittedOn{Customers: r.Customers, Repeaters: r.Repeaters},
		Warnings: slices.Clone(r.Warnings),
	}
	f.FittedOn.From, _ = time.Parse(time.DateOnly, r.From)
	f.FittedOn.Until, _ = time.Parse(time.DateOnly, r.Until)
	if r.Spend != nil {
		f.Spend = modelfile.Parameters{Values: r.Spend.Parameters, StandardErrors: r.Spend.StandardErrors}
		for _, w := range r.Spend.Warnings {
			if !slices.Contains(f.Warnings, w) {
				f.Warnings = append(f.Warnings, w)
			}
		}
	}
	return f
}

// print writes the report for people.
func (r *fitReport) print(w io.Writer) error {
	if r.Choice != nil {
		line(w, "%s\n", r.Choice.Reason)
		if err := r.Choice.print(w); err != nil {
			return err
		}
	}
	if r.FallbackFrom != "" {
		line(w, "%s sees nobody leave and is the same as nbd: nbd is fitted in its place\n", r.FallbackFrom)
	}
	line(w, "%s on %d customers, %d of them repeaters, %s, in %d distinct rows", r.Model, r.Customers, r.Repeaters, r.span(), r.DistinctRows)
	if err := parameterTable(w, r.names, r.Parameters, r.StandardErrors); err != nil {
		return err
	}
	line(w, "log-likelihood %.4f, AIC %.2f, BIC %.2f", r.LogLikelihood, r.AIC, r.BIC)
	explainWarnings(w, r.Warnings)
	if r.Spend != nil {
		line(w, "\ngammagamma on the %d of them who spent something on a repeat day", r.Spend.Customers)
		if err := parameterTable(w, r.Spend.names, r.Spend.Parameters, r.Spend.StandardErrors); err != nil {
			return err
		}
		explainWarnings(w, r.Spend.Warnings)
	}
	if r.ModelFile != "" {
		line(w, "\nwritten to %s, version %s", r.ModelFile, r.ModelVersion)
	}
	line(w, "\nread in %.2f s, fitted in %.3f s", r.ReadSeconds, r.Seconds)
	return nil
}

func (r *fitReport) span() string {
	if r.PeriodUnits > 0 {
		return fmt.Sprintf("by periods of %g %ss", r.PeriodUnits, r.TimeUnit)
	}
	return fmt.Sprintf("from %s to %s, time in %ss", r.From, r.Until, r.TimeUnit)
}

func (c *choiceReport) print(w io.Writer) error {
	var rows [][]string
	for _, one := range c.Candidates {
		rows = append(rows, []string{one.Model, fmt.Sprintf("%.5f", one.RMSE), fmt.Sprintf("%.5f", one.MAE), fmt.Sprintf("%.2f", one.BIC), fmt.Sprint(one.Warnings)})
	}
	err := table(w, []string{"CANDIDATE", "RMSE", "MAE", "BIC", "WARNINGS"}, rows)
	line(w, "")
	return err
}

func parameterTable(w io.Writer, names []string, values, errs map[string]float64) error {
	var rows [][]string
	for _, name := range names {
		rows = append(rows, []string{"  " + name, significant(values[name]), "± " + errorOf(errs[name])})
	}
	return table(w, []string{"  PARAMETER", "ESTIMATE", "STANDARD ERROR"}, rows)
}

// warningMeans says what a warning means for who uses the model.
var warningMeans = map[fit.Warning]string{
	fit.WarnRidge:           "the orders do not show customers leaving; predictions are those of nbd",
	fit.WarnBound:           "a parameter ended at the edge of its range, so the orders do not determine it",
	fit.WarnFewRepeaters:    "fewer than 50 customers bought again: expect wide errors",
	fit.WarnSpendCorrelated: "customers who buy more often spend more, or less, each time, which Gamma-Gamma takes for unrelated",
	fit.WarnQBelowOne:       "spend varies so much that its mean is all but infinite; q is held at its least value",
	fit.WarnNotConverged:    "the search did not end at a maximum: do not use these parameters",
}

func explainWarnings(w io.Writer, warnings []string) {
	for _, name := range warnings {
		line(w, "warning %s: %s", name, warningMeans[fit.Warning(name)])
	}
}
