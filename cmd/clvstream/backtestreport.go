package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/internal/calibrate"
)

// backtestReport is a backtest as the command tells it.
type backtestReport struct {
	From        string       `json:"from"`
	Split       string       `json:"split"`
	Until       string       `json:"until"`
	HoldoutDays int          `json:"holdout_days"`
	Customers   int          `json:"customers"`
	Actual      float64      `json:"actual"`
	Models      []scored     `json:"models"`
	Weeks       []weekReport `json:"weeks"`
	Seconds     float64      `json:"seconds"`
}

// weekReport is the repeat purchases up to the end of a week; the models' stand
// at the same place of their tracking.
type weekReport struct {
	Week   int     `json:"week"`
	Until  string  `json:"until"`
	Actual float64 `json:"actual"`
}

// scored is a model or baseline and how well it did.
type scored struct {
	Model           string             `json:"model"`
	Parameters      map[string]float64 `json:"parameters,omitempty"`
	Warnings        []string           `json:"warnings,omitempty"`
	Customers       int                `json:"customers"`
	Predicted       float64            `json:"predicted"`
	Actual          float64            `json:"actual"`
	Bias            float64            `json:"bias"`
	MAE             float64            `json:"mae"`
	RMSE            float64            `json:"rmse"`
	RankCorrelation float64            `json:"rank_correlation"`
	TopLift         float64            `json:"top20_lift"`
	Gains           []float64          `json:"gains"`
	*RevenueScore
	Calibration []binReport `json:"calibration"`
	Tracking    []float64   `json:"tracking,omitempty"`
}

// RevenueScore is the same for revenue; exported so that JSON can be read back.
type RevenueScore struct {
	Predicted       float64   `json:"revenue_predicted"`
	Actual          float64   `json:"revenue_actual"`
	Bias            float64   `json:"revenue_bias"`
	MAE             float64   `json:"revenue_mae"`
	RMSE            float64   `json:"revenue_rmse"`
	RankCorrelation float64   `json:"revenue_rank_correlation"`
	TopLift         float64   `json:"revenue_top20_lift"`
	Gains           []float64 `json:"revenue_gains"`
}

// binReport is the customers of one number of repeat purchases.
type binReport struct {
	Frequency string  `json:"frequency"` // "7+" for 7 and more
	Customers int     `json:"customers"`
	Predicted float64 `json:"predicted"` // mean
	Actual    float64 `json:"actual"`
}

func newBacktestReport(w calibrate.Window, first calendar.Day) *backtestReport {
	return &backtestReport{
		From: first.String(), Split: w.Split.String(), Until: w.Until.String(), HoldoutDays: int(w.Until - w.Split),
		Models: []scored{}, Weeks: []weekReport{},
	}
}

func newScored(s fit.Score) scored {
	o := &s.Orders
	r := scored{
		Model: s.Model, Customers: o.Customers, Predicted: o.Predicted, Actual: o.Actual, Bias: o.Bias, MAE: o.MAE, RMSE: o.RMSE,
		RankCorrelation: o.RankCorrelation, TopLift: o.TopLift, Gains: o.Gains[:], Tracking: s.Cumulative,
	}
	if m := s.Revenue; m != nil {
		r.RevenueScore = &RevenueScore{m.Predicted, m.Actual, m.Bias, m.MAE, m.RMSE, m.RankCorrelation, m.TopLift, m.Gains[:]}
	}
	for _, b := range s.Bins {
		r.Calibration = append(r.Calibration, binReport{binName(b), b.Customers, b.Predicted, b.Actual})
	}
	return r
}

func binName(b fit.Bin) string {
	if b.OrMore {
		return strconv.Itoa(b.Frequency) + "+"
	}
	return strconv.Itoa(b.Frequency)
}

func (r *backtestReport) track(actual []float64, first calendar.Day) {
	for i, sum := range actual {
		r.Weeks = append(r.Weeks, weekReport{Week: i + 1, Until: (first + calendar.Day(7*i+6)).String(), Actual: sum})
	}
}

// print writes the report for people.
func (r *backtestReport) print(w io.Writer) error {
	line(w, "%d customers, fitted on %s to %s, predicted for the %d days to %s; they made %.0f orders then\n",
		r.Customers, r.From, r.Split, r.HoldoutDays, r.Until, r.Actual)
	if err := r.printOrders(w); err != nil {
		return err
	}
	if err := r.printRevenue(w); err != nil {
		return err
	}
	line(w, "\nMean orders by repeat purchases before the split")
	if err := r.printCalibration(w); err != nil {
		return err
	}
	line(w, "\nRepeat purchases of all, cumulated")
	if err := r.printTracking(w); err != nil {
		return err
	}
	for _, m := range r.Models {
		for _, name := range m.Warnings {
			line(w, "%s: warning %s: %s", m.Model, name, warningMeans[fit.Warning(name)])
		}
	}
	return nil
}

func (r *backtestReport) printOrders(w io.Writer) error {
	var rows [][]string
	for _, m := range r.Models {
		rows = append(rows, []string{
			m.Model, fixed(m.Predicted, 2), fmt.Sprintf("%+.1f %%", percentOff(m.Predicted, m.Actual)), fixed(m.Bias, 5),
			fixed(m.MAE, 5), fixed(m.RMSE, 5), fixed(m.RankCorrelation, 4), fixed(m.TopLift, 2),
		})
	}
	return table(w, []string{"ORDERS", "PREDICTED", "OFF", "BIAS", "MAE", "RMSE", "RANK CORRELATION", "TOP-20 % LIFT"}, rows)
}

func (r *backtestReport) printRevenue(w io.Writer) error {
	var rows [][]string
	for _, one := range r.Models {
		if m := one.RevenueScore; m != nil {
			rows = append(rows, []string{
				one.Model, fixed(m.Predicted, 2), fmt.Sprintf("%+.1f %%", percentOff(m.Predicted, m.Actual)), fixed(m.Bias, 3),
				fixed(m.MAE, 3), fixed(m.RMSE, 3), fixed(m.RankCorrelation, 4), fixed(m.TopLift, 2),
			})
		}
	}
	if rows == nil {
		return nil
	}
	line(w, "")
	return table(w, []string{"REVENUE", "PREDICTED", "OFF", "BIAS", "MAE", "RMSE", "RANK CORRELATION", "TOP-20 % LIFT"}, rows)
}

func (r *backtestReport) printCalibration(w io.Writer) error {
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
	return table(w, header, rows)
}

// printTracking shows about a dozen of the weeks.
func (r *backtestReport) printTracking(w io.Writer) error {
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
	return table(w, header, rows)
}

func fixed(v float64, decimals int) string { return strconv.FormatFloat(v, 'f', decimals, 64) }

func percentOff(predicted, actual float64) float64 {
	if actual == 0 {
		return 0
	}
	return 100 * (predicted/actual - 1)
}
