package backtest

import (
	"strconv"

	"github.com/clvstream/clvstream/clv/fit"
)

// Report is a backtest, as JSON and text show it.
type Report struct {
	From        string   `json:"from"`
	Split       string   `json:"split"`
	Until       string   `json:"until"`
	HoldoutDays int      `json:"holdout_days"`
	Customers   int      `json:"customers"`
	Actual      float64  `json:"actual"`
	Models      []Scored `json:"models"`
	Weeks       []Week   `json:"weeks"`
	Seconds     float64  `json:"seconds"`
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
	*Revenue
	Calibration []Bin     `json:"calibration"`
	Tracking    []float64 `json:"tracking,omitempty"`
}

// Revenue is the same for revenue, in major units.
type Revenue struct {
	Predicted       float64   `json:"revenue_predicted"`
	Actual          float64   `json:"revenue_actual"`
	Bias            float64   `json:"revenue_bias"`
	MAE             float64   `json:"revenue_mae"`
	RMSE            float64   `json:"revenue_rmse"`
	RankCorrelation float64   `json:"revenue_rank_correlation"`
	TopLift         float64   `json:"revenue_top20_lift"`
	Gains           []float64 `json:"revenue_gains"`
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
		r.Revenue = &Revenue{m.Predicted, m.Actual, m.Bias, m.MAE, m.RMSE, m.RankCorrelation, m.TopLift, m.Gains[:]}
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
