package fitting

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/internal/terminal"
)

// Report is a fit, as JSON and text show it.
type Report struct {
	Model        string  `json:"model"`
	FallbackFrom string  `json:"fallback_from,omitempty"` // asked for, and found to be no more than Model
	Choice       *Choice `json:"choice,omitempty"`
	Customers    int     `json:"customers"`
	Repeaters    int     `json:"repeaters"`
	From         string  `json:"from,omitempty"`
	Until        string  `json:"until,omitempty"`
	TimeUnit     string  `json:"time_unit"`
	PeriodUnits  float64 `json:"period_units,omitempty"`
	Estimates
	AIC           float64          `json:"aic"`
	BIC           float64          `json:"bic"`
	Warnings      []string         `json:"warnings"` // of the purchase or contract model
	DistinctRows  int              `json:"distinct_rows"`
	Spend         *Spend           `json:"spend,omitempty"`
	RefusedRows   int              `json:"refused_rows"`             // that are no event
	RefusedEvents int              `json:"refused_events,omitempty"` // that their history does not take
	Input         *dataset.Summary `json:"file,omitempty"`           // what became of a file's rows
	ModelFile     string           `json:"model_file,omitempty"`
	ModelVersion  string           `json:"model_version,omitempty"`
	ReadSeconds   float64          `json:"read_seconds"` // from the first byte to distinct rows in memory
	Seconds       float64          `json:"seconds"`      // from there to parameters with errors

	fitted calibrate.Fitted
}

// Estimates are parameters and errors by name.
type Estimates struct {
	Parameters     map[string]float64 `json:"parameters"`
	StandardErrors map[string]float64 `json:"standard_errors"`
	LogLikelihood  float64            `json:"log_likelihood"`
	Bounds         []calibrate.Bound  `json:"bounds,omitempty"`
}

func estimatesOf(r *fit.Result) Estimates {
	p := calibrate.Parameters(r)
	return Estimates{p.Values, p.StandardErrors, r.LogLikelihood, calibrate.Bounds(r)}
}

// Spend is the Gamma-Gamma model that goes with a purchase model.
type Spend struct {
	Estimates
	Customers int      `json:"customers"`
	Warnings  []string `json:"warnings"`
	Seconds   float64  `json:"seconds"`
}

// take shows what was fitted.
func (r *Report) take(took time.Duration) {
	result := &r.fitted.Result
	r.Model, r.FallbackFrom, r.Customers, r.Repeaters = result.Model, r.fitted.FallbackFrom, result.Customers, result.Repeaters
	r.PeriodUnits = r.fitted.PeriodUnits
	r.DistinctRows, r.Seconds = result.DistinctRows, took.Seconds()
	r.Estimates, r.AIC, r.BIC = estimatesOf(result), result.AIC, result.BIC
	r.Warnings = r.fitted.Warnings()
}

func (r *Report) takeSpend(result *fit.Result, took time.Duration) {
	r.fitted.Spend = result
	r.Spend = &Spend{estimatesOf(result), result.Customers, calibrate.Names(result.Warnings), took.Seconds()}
}

// File is the fit as a model file.
func (r *Report) File(terms calibrate.Terms, currency money.Currency) *modelfile.File {
	return r.fitted.File(terms, currency)
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	if r.Choice != nil {
		terminal.Line(w, "%s\n", r.Choice.Reason)
		if err := r.Choice.writeText(w); err != nil {
			return err
		}
	}
	if r.FallbackFrom != "" {
		terminal.Line(w, "%s finds no dropout, so it is equivalent to %s: %[2]s is fitted instead\n", r.FallbackFrom, r.Model)
	}
	terminal.Line(w, "%s on %d customers, %d of them repeaters, %s, in %d distinct rows", r.Model, r.Customers, r.Repeaters, r.span(), r.DistinctRows)
	if err := parameterTable(w, &r.fitted.Result); err != nil {
		return err
	}
	terminal.Line(w, "log-likelihood %.4f, AIC %.2f, BIC %.2f", r.LogLikelihood, r.AIC, r.BIC)
	explainWarnings(w, &r.fitted.Result, r.Warnings)
	if r.Spend != nil {
		terminal.Line(w, "\n%s on the %d of them who spent something on a repeat day", catalog.Spend().Name, r.Spend.Customers)
		if err := parameterTable(w, r.fitted.Spend); err != nil {
			return err
		}
		explainWarnings(w, r.fitted.Spend, r.Spend.Warnings)
	}
	if r.ModelFile != "" {
		terminal.Line(w, "\nwritten to %s, version %s", r.ModelFile, r.ModelVersion)
	}
	terminal.Line(w, "\nread in %.2f s, fitted in %.3f s", r.ReadSeconds, r.Seconds)
	return nil
}

func (r *Report) span() string {
	if r.PeriodUnits > 0 && r.From == "" {
		return fmt.Sprintf("by periods of %g %ss", r.PeriodUnits, r.TimeUnit)
	}
	if r.PeriodUnits > 0 {
		return fmt.Sprintf("from %s to %s, by periods of %g %ss", r.From, r.Until, r.PeriodUnits, r.TimeUnit)
	}
	return fmt.Sprintf("from %s to %s, time in %ss", r.From, r.Until, r.TimeUnit)
}

func parameterTable(w io.Writer, result *fit.Result) error {
	var rows [][]string
	for _, p := range result.Parameters {
		rows = append(rows, []string{"  " + p.Name, fmt.Sprintf("%.5g", p.Value), "± " + errorText(p.StandardError)})
	}
	return terminal.Table(w, []string{"  PARAMETER", "ESTIMATE", "STANDARD ERROR"}, rows)
}

// errorText writes a standard error, which is unknown where it is 0.
func errorText(v float64) string {
	if v == 0 || math.IsInf(v, 0) {
		return "unknown"
	}
	return fmt.Sprintf("%.3g", v)
}

func explainWarnings(w io.Writer, of *fit.Result, warnings []string) {
	for _, name := range warnings {
		terminal.Line(w, "warning %s: %s", name, of.Explain(fit.Warning(name)))
	}
}
