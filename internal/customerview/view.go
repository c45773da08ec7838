package customerview

import (
	"github.com/clvstream/clvstream/clv/estimate"
)

// View is a customer as of an instant.
type View struct {
	CustomerID string `json:"customer_id"`
	Status     string `json:"status"`
	AsOf       string `json:"as_of"`
	Currency   string `json:"currency"`
	Worth
	Orders        int       `json:"orders"`
	PurchaseDays  int       `json:"purchase_days"`
	RecencyDays   int       `json:"recency_days"`
	AgeDays       int       `json:"age_days"`
	Revenue       string    `json:"revenue"`
	Model         Model     `json:"model"`
	Announced     Announced `json:"announced"`
	LedgerEntries int       `json:"ledger_entries"`
	SealedDays    int       `json:"sealed_days"`
	SealedEarlyTo string    `json:"sealed_early_to,omitempty"`
	Residual      string    `json:"residual,omitempty"` // predicted, over the infinite horizon
	ExpectedSpend string    `json:"expected_spend"`
	NextOrderDays *float64  `json:"next_order_days"`
	Standing
}

// Worth is what a customer is worth, and what is expected of them.
type Worth struct {
	CLV            string  `json:"clv"`
	Historic       string  `json:"historic"`
	Predicted      string  `json:"predicted"`
	PAlive         float64 `json:"p_alive"`
	ExpectedOrders float64 `json:"expected_orders"`
}

// Model is by what the customer is valued.
type Model struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Announced is the last change that was announced, whatever the instant of the view.
type Announced struct {
	Version uint64 `json:"version"`
	CLV     string `json:"clv"`
	AsOf    string `json:"as_of"`
}

// AsOf shows the customer as of an instant, µs; see clv.Customer.At.
func (c *Customer) AsOf(atMicros int64) (View, error) {
	r, err := c.Stored.At(c.ID, atMicros, &c.Valuation)
	if err != nil {
		return View{}, err
	}
	e, facts, history := &r.Estimate, &r.Estimate.Facts, &c.Stored.History
	v := View{
		CustomerID: c.ID, Status: e.Status.String(), AsOf: Instant(e.AsOfMicros), Currency: c.Currency.String(), Worth: c.worth(valued(e)),
		Orders: facts.Orders, PurchaseDays: facts.PurchaseDays, RecencyDays: facts.RecencyDays, AgeDays: facts.AgeDays,
		Revenue: c.money(float64(facts.RevenueMinor)), Model: c.model(),
		Announced:     Announced{Version: c.Stored.Version, CLV: c.money(c.Stored.AnnouncedMinor), AsOf: Instant(c.Stored.Value.AsOfMicros)},
		LedgerEntries: len(history.Orders), SealedDays: history.Sealed.Days,
		ExpectedSpend: c.money(e.SpendMinor), Standing: c.standing(&r),
	}
	if history.Sealed.Early {
		v.SealedEarlyTo = history.Sealed.EarlyDay.String()
	}
	if e.ResidualKnown {
		v.Residual = c.money(e.ResidualMinor)
	}
	if e.NextOrderDays > 0 {
		v.NextOrderDays = &e.NextOrderDays
	}
	return v, nil
}

func (c *Customer) model() Model { return Model{c.Valuation.Model.Name(), c.Valuation.Model.Version()} }

func (c *Customer) worth(v estimate.Valued) Worth {
	return Worth{c.money(v.CLVMinor), c.money(v.HistoricMinor), c.money(v.PredictedMinor), v.PAlive, v.ExpectedOrders}
}

// valued is the part of an estimate that Worth shows.
func valued(e *estimate.Estimate) estimate.Valued {
	return estimate.Valued{
		CLVMinor: e.CLVMinor, HistoricMinor: e.HistoricMinor, PredictedMinor: e.PredictedMinor, PAlive: e.PAlive, ExpectedOrders: e.ExpectedOrders,
	}
}
