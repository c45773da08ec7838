package fitting

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/calibrate"
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
	AIC           float64  `json:"aic"`
	BIC           float64  `json:"bic"`
	Warnings      []string `json:"warnings"` // of the purchase or contract model
	DistinctRows  int      `json:"distinct_rows"`
	Spend         *Spend   `json:"spend,omitempty"`
	RefusedRows   int      `json:"refused_rows"`             // that are no event
	RefusedEvents int      `json:"refused_events,omitempty"` // that their history does not take
	ModelFile     string   `json:"model_file,omitempty"`
	ModelVersion  string   `json:"model_version,omitempty"`
	ReadSeconds   float64  `json:"read_seconds"` // from the first byte to distinct rows in memory
	Seconds       float64  `json:"seconds"`      // from there to parameters with errors

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

// Choice is why calibrate.Auto took what it took.
type Choice struct {
	Reason     string              `json:"reason"`
	Warnings   []calibrate.Caution `json:"warnings,omitempty"`
	Split      string              `json:"split,omitempty"`
	Candidates []Candidate         `json:"candidates"`
	Naive      []Naive             `json:"naive,omitempty"`
}

// Candidate is a model that was compared. Errors are of orders per customer over what was
// held out, by the model fitted to what came before; 0 where nothing was. The rest is of
// the model fitted to all orders.
type Candidate struct {
	Model         string   `json:"model"`
	RMSE          float64  `json:"rmse,omitempty"`
	MAE           float64  `json:"mae,omitempty"`
	LogLikelihood float64  `json:"log_likelihood"`
	BIC           float64  `json:"bic"`
	Warnings      []string `json:"warnings"`
}

// Naive is a forecast without a model, with the same errors.
type Naive struct {
	Name string  `json:"name"`
	RMSE float64 `json:"rmse"`
	MAE  float64 `json:"mae"`
}

func (r *Report) choose(choice *calibrate.Choice) {
	r.Model = choice.Model
	r.Choice = &Choice{Reason: choice.Reason, Warnings: choice.Cautions}
	if choice.Window != (calibrate.Window{}) {
		r.Choice.Split = choice.Window.Split.String()
	}
	for _, c := range choice.Candidates {
		r.Choice.Candidates = append(r.Choice.Candidates, Candidate{
			Model: c.Result.Model, RMSE: c.Orders.RMSE, MAE: c.Orders.MAE,
			LogLikelihood: c.Result.LogLikelihood, BIC: c.Result.BIC, Warnings: calibrate.Names(c.Result.Warnings),
		})
	}
	for _, n := range choice.Naive {
		r.Choice.Naive = append(r.Choice.Naive, Naive{n.Name, n.Orders.RMSE, n.Orders.MAE})
	}
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

// writeText shows the candidates, and beside them the forecasts without a model.
func (c *Choice) writeText(w io.Writer) error {
	held := len(c.Naive) > 0
	head := []string{"CANDIDATE", "LOG-LIKELIHOOD", "BIC", "WARNINGS"}
	if held {
		head = []string{"CANDIDATE", "RMSE", "MAE", "LOG-LIKELIHOOD", "BIC", "WARNINGS"}
	}
	var rows [][]string
	for _, one := range c.Candidates {
		row := []string{one.Model}
		if held {
			row = append(row, fmt.Sprintf("%.5f", one.RMSE), fmt.Sprintf("%.5f", one.MAE))
		}
		rows = append(rows, append(row, fmt.Sprintf("%.1f", one.LogLikelihood), fmt.Sprintf("%.1f", one.BIC), strings.Join(one.Warnings, " ")))
	}
	for _, one := range c.Naive {
		rows = append(rows, []string{one.Name, fmt.Sprintf("%.5f", one.RMSE), fmt.Sprintf("%.5f", one.MAE), "", "", ""})
	}
	if err := terminal.Table(w, head, rows, terminal.Texts("WARNINGS")); err != nil {
		return err
	}
	if held {
		terminal.Line(w, "RMSE and MAE: orders per customer after %s, predicted from the orders up to then. The rest: fitted to all orders.", c.Split)
	}
	for _, warning := range c.Warnings {
		terminal.Line(w, "warning %s: %s", warning.Name, warning.Text)
	}
	terminal.Line(w, "")
	return nil
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
