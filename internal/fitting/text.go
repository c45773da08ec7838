package fitting

import (
	"fmt"
	"io"
	"math"

	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/terminal"
)

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	if r.Choice != nil {
		terminal.Line(w, "%s\n", r.Choice.Reason)
		if err := r.Choice.writeText(w); err != nil {
			return err
		}
	}
	if r.FallbackFrom != "" {
		terminal.Line(w, "%s sees nobody leave and is the same as nbd: nbd is fitted in its place\n", r.FallbackFrom)
	}
	terminal.Line(w, "%s on %d customers, %d of them repeaters, %s, in %d distinct rows", r.Model, r.Customers, r.Repeaters, r.span(), r.DistinctRows)
	if err := parameterTable(w, &r.fitted.Result); err != nil {
		return err
	}
	terminal.Line(w, "log-likelihood %.4f, AIC %.2f, BIC %.2f", r.LogLikelihood, r.AIC, r.BIC)
	explainWarnings(w, r.Warnings)
	if r.Spend != nil {
		terminal.Line(w, "\ngammagamma on the %d of them who spent something on a repeat day", r.Spend.Customers)
		if err := parameterTable(w, r.fitted.Spend); err != nil {
			return err
		}
		explainWarnings(w, r.Spend.Warnings)
	}
	if r.ModelFile != "" {
		terminal.Line(w, "\nwritten to %s, version %s", r.ModelFile, r.ModelVersion)
	}
	terminal.Line(w, "\nread in %.2f s, fitted in %.3f s", r.ReadSeconds, r.Seconds)
	return nil
}

func (r *Report) span() string {
	if r.PeriodUnits > 0 {
		return fmt.Sprintf("by periods of %g %ss", r.PeriodUnits, r.TimeUnit)
	}
	return fmt.Sprintf("from %s to %s, time in %ss", r.From, r.Until, r.TimeUnit)
}

func (c *Choice) writeText(w io.Writer) error {
	var rows [][]string
	for _, one := range c.Candidates {
		rows = append(rows, []string{one.Model, fmt.Sprintf("%.5f", one.RMSE), fmt.Sprintf("%.5f", one.MAE), fmt.Sprintf("%.2f", one.BIC), fmt.Sprint(one.Warnings)})
	}
	err := terminal.Table(w, []string{"CANDIDATE", "RMSE", "MAE", "BIC", "WARNINGS"}, rows)
	terminal.Line(w, "")
	return err
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

func explainWarnings(w io.Writer, warnings []string) {
	for _, name := range warnings {
		terminal.Line(w, "warning %s: %s", name, calibrate.Meanings[fit.Warning(name)])
	}
}
