package customerview

import (
	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// History is what a customer did, and how value and standing moved with it.
type History struct {
	CustomerID string       `json:"customer_id"`
	Currency   string       `json:"currency"`
	Model      Model        `json:"model"`
	Sealed     *Sealed      `json:"sealed"`                   // nil: nothing is
	Excess     string       `json:"excess_refunds,omitempty"` // by how much refunds exceed their orders; empty: they do not
	Ledger     []Occurrence `json:"ledger"`
	Entries    []StageEntry `json:"stage_entries"` // of stages that were left again
	Path       []Moment     `json:"path"`
	Until      Moment       `json:"until"`
	Before     []Moment     `json:"-"` // of the ledger, what is before the path; without a value
}

// Sealed are the sums of what is not kept one by one.
type Sealed struct {
	Orders       int    `json:"orders"`
	PurchaseDays int    `json:"purchase_days"`
	FirstDay     string `json:"first_day,omitempty"`
	LastDay      string `json:"last_day,omitempty"`
	Net          string `json:"net"`
	Margin       string `json:"margin"`
	LateRefunds  string `json:"late_refunds"`
	EarlyTo      string `json:"early_to,omitempty"` // sealed by the ledger limit, up to this day
}

// Occurrence is something that happened to the customer; see clv.Occurrence.
type Occurrence struct {
	At          string   `json:"at"`
	Type        string   `json:"type"` // of the event, time.passed, or SealedType
	OrderID     string   `json:"order_id,omitempty"`
	RefundID    string   `json:"refund_id,omitempty"`
	Amount      string   `json:"amount,omitempty"`
	Margin      string   `json:"margin,omitempty"`
	Stands      *bool    `json:"stands,omitempty"`  // of an order
	Waiting     bool     `json:"waiting,omitempty"` // the order, or of a revert the refund, is not known
	Probability *float64 `json:"probability,omitempty"`
	Channel     string   `json:"channel,omitempty"`
}

// SealedType is what a path begins with where older orders are sealed.
const SealedType = "sealed"

// StageEntry says how often a stage was entered in a month.
type StageEntry struct {
	Month string `json:"month"`
	Stage string `json:"stage"`
	Count int    `json:"count"`
}

// Moment is a point of the path: what happened and what that made of the customer.
type Moment struct {
	Occurrence
	Reason string   `json:"reason,omitempty"`
	Brings []string `json:"brings,omitempty"`
	Worth
	Stage    string  `json:"stage"`
	Tier     *string `json:"tier"`
	CLVMinor float64 `json:"-"` // minor units
}

// Worth is what a customer is worth, and what is expected of them.
type Worth struct {
	CLV            string   `json:"clv"`
	Historic       string   `json:"historic"`
	Predicted      string   `json:"predicted"`
	PAlive         *float64 `json:"p_alive"` // nil: not known
	ExpectedOrders float64  `json:"expected_orders"`
}

// Model is by what the customer is valued.
type Model struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// History follows the customer to an instant, µs, that is not before their latest
// event.
func (c *Customer) History(untilMicros int64) (History, error) {
	r, err := c.Stored.At(c.ID, untilMicros, &c.Valuation)
	if err != nil {
		return History{}, err
	}
	v := History{
		CustomerID: c.ID, Currency: c.Currency.String(), Model: c.model(),
		Sealed: c.sealed(), Ledger: []Occurrence{}, Entries: []StageEntry{}, Path: []Moment{},
	}
	if excess := c.Stored.History.ExcessMinor(&c.Valuation.Rules); excess > 0 {
		v.Excess = c.money(float64(excess))
	}
	path := c.Stored.Timeline(c.ID, untilMicros, &c.Valuation)
	for _, h := range c.Stored.History.Ledger(&c.Valuation.Rules) {
		v.Ledger = append(v.Ledger, c.occurrence(&h))
		if len(path) > 0 && h.AtMicros < path[0].AtMicros {
			v.Before = append(v.Before, Moment{Occurrence: c.occurrence(&h)})
		}
	}
	for _, e := range c.Stored.Entries {
		v.Entries = append(v.Entries, StageEntry{e.Month.String(), e.Stage.String(), e.Count})
	}
	var was standing.Standing
	for i := range path {
		v.Path = append(v.Path, c.moment(&path[i], &was))
		was = path[i].Standing
	}
	v.Until = c.moment(&clv.Moment{
		Occurrence: history.Occurrence{AtMicros: r.Estimate.AsOfMicros, Kind: history.TimePassed}, Standing: r.Standing, Value: valued(&r.Estimate),
	}, &was)
	return v, nil
}

func (c *Customer) sealed() *Sealed {
	sealed := &c.Stored.History.Sealed
	if sealed.Days == 0 && len(sealed.OrderHashes) == 0 {
		return nil
	}
	v := &Sealed{
		Orders: sealed.Orders, PurchaseDays: sealed.Days,
		Net: c.money(float64(sealed.AmountMinor)), Margin: c.money(float64(sealed.MarginMinor)),
		LateRefunds: c.money(float64(sealed.LateRefundMinor)),
	}
	if sealed.Days > 0 {
		v.FirstDay, v.LastDay = sealed.FirstDay.String(), sealed.LastDay.String()
	}
	if sealed.Early {
		v.EarlyTo = sealed.EarlyDay.String()
	}
	return v
}

func (c *Customer) occurrence(h *history.Occurrence) Occurrence {
	v := Occurrence{
		At: Instant(h.AtMicros), Type: SealedType, OrderID: h.OrderID, RefundID: h.RefundID, Waiting: h.Waiting, Channel: h.Channel,
	}
	if h.Kind != 0 {
		v.Type = h.Kind.String()
	}
	switch h.Kind {
	case history.OrderPlaced:
		stands := h.Fate == history.OrderStands
		v.Stands, v.Margin = &stands, c.money(float64(h.MarginMinor))
		v.Amount = c.money(float64(h.AmountMinor))
	case history.OrderRefunded, history.CustomerAcquired:
		v.Amount = c.money(float64(h.AmountMinor))
	case history.ChurnPredicted:
		v.Probability = &h.Probability
	}
	return v
}

func (c *Customer) moment(m *clv.Moment, was *standing.Standing) Moment {
	v := Moment{Occurrence: c.occurrence(&m.Occurrence), Worth: c.worth(m.Value), Stage: m.Standing.Stage.String(), CLVMinor: m.Value.CLVMinor}
	if m.Reason != 0 {
		v.Reason, v.Brings = m.Reason.String(), c.brings(was, &m.Standing, m.Reason)
	}
	if m.Standing.Tier > 0 {
		v.Tier = orNull(c.tierName(m.Standing.Tier))
	}
	return v
}

func (c *Customer) model() Model { return Model{c.Valuation.Model.Name(), c.Valuation.Model.Version()} }

func (c *Customer) worth(v estimate.Valued) Worth {
	return Worth{c.money(v.CLVMinor), c.money(v.HistoricMinor), c.money(v.PredictedMinor), alive(&v), v.ExpectedOrders}
}

// valued is the part of an estimate that Worth shows.
func valued(e *estimate.Estimate) estimate.Valued {
	return estimate.Valued{
		CLVMinor: e.CLVMinor, HistoricMinor: e.HistoricMinor, PredictedMinor: e.PredictedMinor, PAlive: e.PAlive, AliveKnown: e.AliveKnown, ExpectedOrders: e.ExpectedOrders,
	}
}

// alive is P(alive), nil where nothing says it.
func alive(v *estimate.Valued) *float64 {
	if !v.AliveKnown {
		return nil
	}
	return &v.PAlive
}
