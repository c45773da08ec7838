package backtest

import (
	"fmt"
	"io"
	"strconv"

	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/terminal"
)

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	terminal.Line(w, "%d customers, fitted on %s to %s, predicted for the %d days to %s; they made %.0f orders then\n",
		r.Customers, r.From, r.Split, r.HoldoutDays, r.Until, r.Actual)
	if err := r.writeOrders(w); err != nil {
		return err
	}
	if err := r.writeRevenue(w); err != nil {
		return err
	}
	terminal.Line(w, "\nMean orders by repeat purchases before the split")
	if err := r.writeCalibration(w); err != nil {
		return err
	}
	terminal.Line(w, "\nRepeat purchases of all, cumulated")
	if err := r.writeTracking(w); err != nil {
		return err
	}
	for _, m := range r.Models {
		for _, name := range m.Warnings {
			terminal.Line(w, "%s: warning %s: %s", m.Model, name, calibrate.Meanings[fit.Warning(name)])
		}
	}
	return nil
}

func (r *Report) writeOrders(w io.Writer) error {
	var rows [][]string
	for _, m := range r.Models {
		rows = append(rows, []string{
			m.Model, fixed(m.Predicted, 2), fmt.Sprintf("%+.1f %%", percentOff(m.Predicted, m.Actual)), fixed(m.Bias, 5),
			fixed(m.MAE, 5), fixed(m.RMSE, 5), fixed(m.RankCorrelation, 4), fixed(m.TopLift, 2),
		})
	}
	return terminal.Table(w, []string{"ORDERS", "PREDICTED", "OFF", "BIAS", "MAE", "RMSE", "RANK CORRELATION", "TOP-20 % LIFT"}, rows)
}

func (r *Report) writeRevenue(w io.Writer) error {
	var rows [][]string
	for _, one := range r.Models {
		if m := one.Revenue; m != nil {
			rows = append(rows, []string{
				one.Model, fixed(m.Predicted, 2), fmt.Sprintf("%+.1f %%", percentOff(m.Predicted, m.Actual)), fixed(m.Bias, 3),
				fixed(m.MAE, 3), fixed(m.RMSE, 3), fixed(m.RankCorrelation, 4), fixed(m.TopLift, 2),
			})
		}
	}
	if rows == nil {
		return nil
	}
	terminal.Line(w, "")
	return terminal.Table(w, []string{"REVENUE", "PREDICTED", "OFF", "BIAS", "MAE", "RMSE", "RANK CORRELATION", "TOP-20 % LIFT"}, rows)
}

func (r *Report) writeCalibration(w io.Writer) error {
	header, actual, customers := []string{""}, []string{"actual"}, []string{"customers"}
	for _, bin := range r.Models[0].Calibration {
		header = append(header, bin.Frequency)
		actual = append(actual, fixed(bin.Actual, 3))
		customers = append(customers, strconv.Itoa(bin.Customers))
	}
	rows := [][]string{customers, actual}
	for _, m := range r.Models {
		row := []string{m.Model}
		for _, bin := range m.Calibration {
			row = append(row, fixed(bin.Predicted, 3))
		}
		rows = append(rows, row)
	}
	return terminal.Table(w, header, rows)
}

// writeTracking shows about a dozen of the weeks.
func (r *Report) writeTracking(w io.Writer) error {
	header := []string{"WEEK", "UNTIL", "ACTUAL"}
	for _, m := range r.Models {
		if m.Tracking != nil {
			header = append(header, m.Model)
		}
	}
	step := max(1, len(r.Weeks)/12)
	var rows [][]string
	for i := step - 1; i < len(r.Weeks); i += step {
		row := []string{strconv.Itoa(r.Weeks[i].Week), r.Weeks[i].Until, fixed(r.Weeks[i].Actual, 0)}
		for _, m := range r.Models {
			if m.Tracking != nil {
				row = append(row, fixed(m.Tracking[i], 0))
			}
		}
		rows = append(rows, row)
	}
	return terminal.Table(w, header, rows)
}

func fixed(v float64, decimals int) string { return strconv.FormatFloat(v, 'f', decimals, 64) }

func percentOff(predicted, actual float64) float64 {
	if actual == 0 {
		return 0
	}
	return 100 * (predicted/actual - 1)
}
