package fitting

import (
	"fmt"
	"io"
	"strings"

	"github.com/clvstream/clvstream/internal/forecast"
	"github.com/clvstream/clvstream/internal/terminal"
)

// writeText shows the candidates, and beside them the forecasts without a model.
func (c *Choice) writeText(w io.Writer) error {
	if err := terminal.Table(w, c.head(), c.rows(), terminal.Texts("WARNINGS")); err != nil {
		return err
	}
	if c.Split != "" {
		terminal.Line(w, "RMSE and MAE: orders per customer after %s, predicted from the orders up to then.%s\n"+
			"ABOVE: the RMSE less that of the one taken; in 90 of 100 cases within the limits, had other customers bought.\n"+
			"The rest: fitted to all orders.", c.Split, c.laterText())
		if err := c.writeTotals(w); err != nil {
			return err
		}
	}
	for _, warning := range c.Warnings {
		terminal.Line(w, "warning %s: %s", warning.Name, warning.Text)
	}
	terminal.Line(w, "")
	return nil
}

func (c *Choice) laterText() string {
	if c.LaterSplit == "" {
		return ""
	}
	return " LATER: the RMSE after " + c.LaterSplit + ",\nfrom those up to then."
}

func (c *Choice) head() []string {
	head := []string{"CANDIDATE"}
	if c.Split != "" {
		head = append(head, "RMSE", "ABOVE", "MAE")
	}
	if c.LaterSplit != "" {
		head = append(head, "LATER")
	}
	return append(head, "LOG-LIKELIHOOD", "BIC", "WARNINGS")
}

func (c *Choice) rows() (rows [][]string) {
	for _, one := range c.Candidates {
		row := append([]string{one.Model}, c.errors(&one.Errors, one.LaterRMSE)...)
		rows = append(rows, append(row, fmt.Sprintf("%.1f", one.LogLikelihood), fmt.Sprintf("%.1f", one.BIC), strings.Join(one.Warnings, " ")))
	}
	for _, one := range c.Naive {
		rows = append(rows, append(append([]string{one.Name}, c.errors(&one.Errors, 0)...), "", "", ""))
	}
	return rows
}

func (c *Choice) errors(e *Errors, later float64) (cells []string) {
	if c.Split != "" {
		above := ""
		if l := e.RMSELimits; l != nil {
			above = fmt.Sprintf("%+.4f (%+.4f to %+.4f)", e.RMSEAbove, l.Low, l.High)
		}
		cells = []string{fmt.Sprintf("%.5f", e.RMSE), above, fmt.Sprintf("%.5f", e.MAE)}
	}
	if c.LaterSplit != "" {
		text := ""
		if later > 0 {
			text = fmt.Sprintf("%.5f", later)
		}
		cells = append(cells, text)
	}
	return cells
}

// writeTotals shows what the candidates expected of all customers together.
func (c *Choice) writeTotals(w io.Writer) error {
	var rows [][]string
	for _, one := range c.Candidates {
		if t := one.Total; t != nil {
			above := ""
			if t.AboveLimits != nil {
				above = fmt.Sprintf("%+.1f", t.Above)
			}
			rows = append(rows, []string{one.Model, fmt.Sprintf("%.1f", t.Predicted), limits(t.Interval, "%.0f to %.0f"), above, limits(t.AboveLimits, "%+.1f to %+.1f")})
		}
	}
	if rows == nil {
		return nil
	}
	terminal.Line(w, "")
	if err := terminal.Table(w, []string{"ORDERS OF ALL", "EXPECTED", "90 OF 100", "MORE", "90 OF 100"}, rows); err != nil {
		return err
	}
	terminal.Line(w, "%.0f orders came after %s. 90 OF 100: where the total lies in 90 of 100 cases if the model is right.\n"+
		"MORE: than the one taken expects. Where its limits hold 0, the two do not surely differ: only the parameters\n"+
		"are uncertain in it.", c.Actual, c.Split)
	return nil
}

func limits(l *forecast.Limits, format string) string {
	if l == nil {
		return ""
	}
	return fmt.Sprintf(format, l.Low, l.High)
}
