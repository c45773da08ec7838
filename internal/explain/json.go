package explain

import (
	"time"

	"github.com/clvstream/clvstream/clv/money"
)

// View is an explanation as JSON. Floats have all their digits: reading one back
// gives the same bits. Money is exact in minor units, and as a decimal in major
// units for people.
type View struct {
	CustomerID string `json:"customer_id,omitempty"`
	Status     string `json:"status"`
	AsOf       string `json:"as_of,omitempty"`
	Currency   string `json:"currency"`
	Model      struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"model"`
	TimeUnit     string  `json:"time_unit"`
	X            int     `json:"x"`
	TX           float64 `json:"t_x"`
	T            float64 `json:"T"`
	MMinor       float64 `json:"m_minor"`
	Orders       int     `json:"orders"`
	PurchaseDays int     `json:"purchase_days"`
	RecencyDays  int     `json:"recency_days"`
	AgeDays      int     `json:"age_days"`
	RevenueMinor int64   `json:"revenue_minor"`

	PAlive         *float64 `json:"p_alive"` // nil: not known
	ExpectedOrders float64  `json:"expected_orders"`
	SpendMinor     float64  `json:"spend_minor"`
	NextOrderDays  float64  `json:"next_order_days"`
	HistoricMinor  float64  `json:"historic_minor"`
	PredictedMinor float64  `json:"predicted_minor"`
	CLVMinor       float64  `json:"clv_minor"`
	ResidualMinor  *float64 `json:"residual_minor,omitempty"`

	Historic  string `json:"historic"`
	Predicted string `json:"predicted"`
	CLV       string `json:"clv"`

	Intervals Intervals  `json:"intervals"`
	Steps     []stepView `json:"steps"`
}

type stepView struct {
	Title    string        `json:"title"`
	Words    string        `json:"words"`
	Formulas []formulaView `json:"formulas"`
}

type formulaView struct {
	Symbol  string  `json:"symbol"`
	Formula string  `json:"formula,omitempty"`
	Numbers string  `json:"numbers,omitempty"`
	Value   float64 `json:"value"`
	Unit    string  `json:"unit,omitempty"`
	Shown   string  `json:"shown"`
}

// View is the explanation ready to be written as JSON.
func (e *Explanation) View() View {
	est, f := &e.Estimate, &e.Estimate.Facts
	decimal := func(minor float64) string { return string(money.AppendMajor(nil, minor, e.Model.Currency.Exponent())) }
	unit := e.Model.Unit()
	v := View{
		Status: est.Status.String(), Currency: e.Model.Currency.String(), TimeUnit: unit.String(),
		X: f.Frequency, TX: e.Summary.Recency().In(unit), T: e.Summary.Age().In(unit), MMinor: f.RepeatMeanMinor,
		Orders: f.Orders, PurchaseDays: f.PurchaseDays, RecencyDays: f.RecencyDays, AgeDays: f.AgeDays, RevenueMinor: f.RevenueMinor,
		ExpectedOrders: est.ExpectedOrders, SpendMinor: est.SpendMinor, NextOrderDays: est.NextOrderDays,
		HistoricMinor: est.HistoricMinor, PredictedMinor: est.PredictedMinor, CLVMinor: est.CLVMinor,
		Historic: decimal(est.HistoricMinor), Predicted: decimal(est.PredictedMinor), CLV: decimal(est.CLVMinor),
	}
	v.Model.Name, v.Model.Version = e.Model.Name(), e.Model.Version()
	if est.AsOfMicros != 0 {
		v.AsOf = time.UnixMicro(est.AsOfMicros).UTC().Format(time.RFC3339Nano)
	}
	if est.AliveKnown {
		v.PAlive = &est.PAlive
	}
	if est.ResidualKnown {
		v.ResidualMinor = &est.ResidualMinor
	}
	v.Intervals = e.Intervals()
	for _, step := range e.Steps {
		s := stepView{Title: step.Title, Words: step.Words}
		for _, q := range step.Formulas {
			s.Formulas = append(s.Formulas, formulaView{q.Symbol, q.General, q.Numbers, q.Value, q.Unit, e.Shown(q)})
		}
		v.Steps = append(v.Steps, s)
	}
	return v
}
