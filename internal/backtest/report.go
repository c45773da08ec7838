package backtest

import (
	"fmt"
	"io"
	"strconv"

	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/internal/forecast"
	"github.com/clvstream/clvstream/internal/terminal"
)

// Report is a backtest, as JSON and text show it.
type Report struct {
	From        string  `json:"from"`
	Split       string  `json:"split"`
	Until       string  `json:"until"`
	HoldoutDays int     `json:"holdout_days"`
	Customers   int     `json:"customers"`
	Actual      float64 `json:"actual"`
	// Cautions are about the comparison, not about a model.
	Cautions []calibrate.Caution `json:"warnings,omitempty"`
	Models   []Scored            `json:"models"`
	// Spend is the model by which all purchase models predict revenue; nil: none could be
	// fitted.
	Spend   *Spend           `json:"spend,omitempty"`
	Weeks   []Week           `json:"weeks"`
	Seconds float64          `json:"seconds"`
	Input   *dataset.Summary `json:"file,omitempty"` // what became of a file's rows
}

// Week is the repeat purchases up to the end of a week. The models' stand at the same
// place of their Tracking.
type Week struct {
	Week   int     `json:"week"`
	Until  string  `json:"until"`
	Actual float64 `json:"actual"`
}

// Scored is a model or baseline and how well it did: errors are of orders per customer.
type Scored struct {
	Model string `json:"model"`
	*Fitted
	Customers int     `json:"customers"`
	Predicted float64 `json:"predicted"`
	// Interval is where the total lies in 90 of 100 cases if the model is right: by the
	// uncertainty of its parameters and the customers' own chance. Nil of a baseline.
	Interval        *forecast.Limits `json:"predicted_interval,omitempty"`
	Actual          float64          `json:"actual"`
	Bias            float64          `json:"bias"`
	MAE             float64          `json:"mae"`
	RMSE            float64          `json:"rmse"`
	RankCorrelation float64          `json:"rank_correlation"`
	TopLift         float64          `json:"top20_lift"`
	Gains           []float64        `json:"gains"`
	*Revenue
	Calibration []Bin     `json:"calibration"`
	Tracking    []float64 `json:"tracking,omitempty"`
}

// Fitted is what a fit found; a baseline has none.
type Fitted struct {
	Parameters map[string]float64 `json:"parameters"`
	Warnings   []string           `json:"warnings,omitempty"`
	Bounds     []calibrate.Bound  `json:"bounds,omitempty"`

	explained []string // the warnings in words
}

// Spend is a fitted model of spend.
type Spend struct {
	Model string `json:"model"`
	Fitted
}

func newFitted(r *fit.Result) *Fitted {
	f := &Fitted{Parameters: calibrate.Parameters(r).Values, Warnings: calibrate.Names(r.Warnings), Bounds: calibrate.Bounds(r)}
	for _, w := range r.Warnings {
		f.explained = append(f.explained, string(w)+": "+r.Explain(w))
	}
	return f
}

// Revenue is the same for revenue, in major units.
type Revenue struct {
	Predicted       float64          `json:"revenue_predicted"`
	Interval        *forecast.Limits `json:"revenue_predicted_interval,omitempty"`
	Actual          float64          `json:"revenue_actual"`
	Bias            float64          `json:"revenue_bias"`
	MAE             float64          `json:"revenue_mae"`
	RMSE            float64          `json:"revenue_rmse"`
	RankCorrelation float64          `json:"revenue_rank_correlation"`
	TopLift         float64          `json:"revenue_top20_lift"`
	Gains           []float64        `json:"revenue_gains"`
}

// Bin is the customers of one number of repeat purchases.
type Bin struct {
	Frequency string  `json:"frequency"` // "7+" for 7 and more
	Customers int     `json:"customers"`
	Predicted float64 `json:"predicted"` // mean
	Actual    float64 `json:"actual"`
}

func newScored(s fit.Score) Scored {
	o := &s.Orders
	r := Scored{
		Model: s.Model, Customers: o.Customers, Predicted: o.Predicted, Actual: o.Actual, Bias: o.Bias, MAE: o.MAE, RMSE: o.RMSE,
		RankCorrelation: o.RankCorrelation, TopLift: o.TopLift, Gains: o.Gains[:], Tracking: s.Cumulative,
	}
	if m := s.Revenue; m != nil {
		r.Revenue = &Revenue{m.Predicted, nil, m.Actual, m.Bias, m.MAE, m.RMSE, m.RankCorrelation, m.TopLift, m.Gains[:]}
	}
	for _, b := range s.Bins {
		r.Calibration = append(r.Calibration, Bin{binName(b), b.Customers, b.Predicted, b.Actual})
	}
	return r
}

func binName(b fit.Bin) string {
	if b.OrMore {
		return strconv.Itoa(b.Frequency) + "+"
	}
	return strconv.Itoa(b.Frequency)
}

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
	r.writeInterval(w)
	terminal.Line(w, "\nMean orders by repeat purchases before the split")
	if err := r.writeCalibration(w); err != nil {
		return err
	}
	terminal.Line(w, "\nRepeat purchases of all, cumulated")
	if err := r.writeTracking(w); err != nil {
		return err
	}
	for _, caution := range r.Cautions {
		terminal.Line(w, "warning %s: %s", caution.Name, caution.Text)
	}
	r.writeWarnings(w)
	return nil
}

// writeWarnings says of each fit whether it is of purchases or of spend.
func (r *Report) writeWarnings(w io.Writer) {
	for _, m := range r.Models {
		if m.Fitted != nil {
			m.writeWarnings(w, "purchases, "+m.Model)
		}
	}
	if r.Spend != nil {
		r.Spend.writeWarnings(w, "spend, "+r.Spend.Model)
	}
}

func (f *Fitted) writeWarnings(w io.Writer, of string) {
	for _, explained := range f.explained {
		terminal.Line(w, "%s: warning %s", of, explained)
	}
}

func (r *Report) writeOrders(w io.Writer) error {
	var rows [][]string
	for _, m := range r.Models {
		rows = append(rows, scoreRow(m.Model, m.Predicted, m.Interval, m.Actual, 5, m.Bias, m.MAE, m.RMSE, m.RankCorrelation, m.TopLift))
	}
	return scoreTable(w, "ORDERS", rows)
}

func (r *Report) writeRevenue(w io.Writer) error {
	var rows [][]string
	for _, one := range r.Models {
		if m := one.Revenue; m != nil {
			rows = append(rows, scoreRow(one.Model, m.Predicted, m.Interval, m.Actual, 3, m.Bias, m.MAE, m.RMSE, m.RankCorrelation, m.TopLift))
		}
	}
	if rows == nil {
		return nil
	}
	terminal.Line(w, "")
	return scoreTable(w, "REVENUE", rows)
}

// scoreRow writes errors with so many decimals.
func scoreRow(model string, predicted float64, within *forecast.Limits, actual float64, decimals int, bias, mae, rmse, rank, lift float64) []string {
	off := 0.0
	if actual != 0 {
		off = 100 * (predicted/actual - 1)
	}
	return []string{
		model, fixed(predicted, 2), limitsText(within), fmt.Sprintf("%+.1f %%", off), fixed(bias, decimals), fixed(mae, decimals), fixed(rmse, decimals),
		fixed(rank, 4), fixed(lift, 2),
	}
}

func scoreTable(w io.Writer, of string, rows [][]string) error {
	return terminal.Table(w, []string{of, "PREDICTED", "90 OF 100", "OFF", "BIAS", "MAE", "RMSE", "RANK CORRELATION", "TOP-20 % LIFT"}, rows)
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
