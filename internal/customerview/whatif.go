package customerview

import (
	"fmt"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/event"
)

// WhatIf is a customer with and without some events.
type WhatIf struct {
	CustomerID string   `json:"customer_id"`
	Currency   string   `json:"currency"`
	Events     []Tried  `json:"events"`
	Now        Side     `json:"now"`
	Without    Side     `json:"without"`
	With       Side     `json:"with"`
	Changes    []Change `json:"changes"` // that would be announced, ascending
}

// Tried is an event and what the live path would say to it.
type Tried struct {
	Occurrence
	Refused *Refusal `json:"refused"` // nil: it is accepted
}

// Refusal is why an event would be a dead letter.
type Refusal struct {
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// Side is the customer on one side of the comparison.
type Side struct {
	AsOf           string   `json:"as_of"`
	Status         string   `json:"status"`
	CLV            string   `json:"clv"`
	Historic       string   `json:"historic"`
	Predicted      string   `json:"predicted"`
	Residual       string   `json:"residual,omitempty"`
	PAlive         float64  `json:"p_alive"`
	ExpectedOrders float64  `json:"expected_orders"`
	ExpectedSpend  string   `json:"expected_spend"`
	NextOrderDays  *float64 `json:"next_order_days"`
	Orders         int      `json:"orders"`
	Standing
}

// Change is a change that would be announced.
type Change struct {
	Version   uint64   `json:"version"`
	Reason    string   `json:"reason"`
	Cause     string   `json:"cause"` // type of the event, or time.passed
	AsOf      string   `json:"as_of"`
	Previous  string   `json:"previous"`
	Current   string   `json:"current"`
	Historic  string   `json:"historic"`
	Predicted string   `json:"predicted"`
	PAlive    float64  `json:"p_alive"`
	Stage     string   `json:"stage"`
	Tier      *string  `json:"tier"`
	Brings    []string `json:"brings"`
}

// WhatIf tries events, ascending in time, and silence after them until an instant,
// µs, by the rules of the live path.
func (c *Customer) WhatIf(events []history.Event, untilMicros int64) (WhatIf, error) {
	accepted, refused := c.decode(events)
	tried := c.Stored.WhatIf(c.ID, accepted, c.NowMicros, untilMicros, &c.Valuation)
	v := WhatIf{CustomerID: c.ID, Currency: c.Currency.String(), Changes: []Change{}}
	with := *c
	with.Stored = tried.Customer
	var err error
	for _, side := range []struct {
		*Side
		of *Customer
		at int64
	}{{&v.Now, c, c.NowMicros}, {&v.Without, c, untilMicros}, {&v.With, &with, untilMicros}} {
		if *side.Side, err = side.of.side(side.at); err != nil {
			return WhatIf{}, fmt.Errorf("read customer: %w", err)
		}
	}
	for i := range events {
		refusal := refused[i]
		if refusal == nil {
			refusal, tried.Refused = tried.Refused[0], tried.Refused[1:]
		}
		v.Events = append(v.Events, with.tried(&events[i], refusal))
	}
	for i := range tried.Changes {
		v.Changes = append(v.Changes, c.change(&tried.Changes[i]))
	}
	return v, nil
}

// decode passes the events through the wire as a producer's would be, sent as they
// happen or, where that is past, now. It answers the accepted ones, and of each one
// why it is refused.
func (c *Customer) decode(events []history.Event) (accepted []history.Event, refused []*history.Refusal) {
	decoder := event.NewDecoder(c.Decoding)
	for i := range events {
		e, _, refusal := decoder.Decode(&event.Record{
			Value:           event.Append(nil, &events[i], c.Currency),
			TimestampMillis: max(c.NowMicros, events[i].AtMicros) / 1000,
		})
		if refused = append(refused, refusal); refusal == nil {
			accepted = append(accepted, e)
		}
	}
	return accepted, refused
}

func (c *Customer) side(atMicros int64) (Side, error) {
	v, err := c.AsOf(atMicros)
	return Side{
		AsOf: v.AsOf, Status: v.Status, CLV: v.CLV, Historic: v.Historic, Predicted: v.Predicted, Residual: v.Residual,
		PAlive: v.PAlive, ExpectedOrders: v.ExpectedOrders, ExpectedSpend: v.ExpectedSpend, NextOrderDays: v.NextOrderDays,
		Orders: v.Orders, Standing: v.Standing,
	}, err
}

// tried shows an event. The customer is as they would be after all of them.
func (c *Customer) tried(e *history.Event, refusal *history.Refusal) Tried {
	v := Tried{Occurrence: c.occurrence(&history.Occurrence{
		AtMicros: e.AtMicros, Kind: e.Kind, OrderID: e.OrderID, RefundID: e.RefundID, AmountMinor: e.AmountMinor,
	})}
	v.Stands, v.Margin = nil, "" // what becomes of it is on the side that has it
	if refusal != nil {
		v.Refused = &Refusal{Reason: refusal.Reason.String(), Detail: refusal.Detail}
		return v
	}
	for _, known := range c.Stored.History.Ledger(&c.Valuation.Rules) {
		v.Waiting = v.Waiting || known.Waiting && known.Kind == e.Kind && known.OrderID == e.OrderID
	}
	return v
}

func (c *Customer) change(would *clv.Change) Change {
	current := &would.Current
	return Change{
		Version: would.Version, Reason: would.Reason.String(), Cause: would.Cause.Kind.String(), AsOf: Instant(current.AsOfMicros),
		Previous: c.money(would.PreviousMinor), Current: c.money(current.CLVMinor),
		Historic: c.money(current.HistoricMinor), Predicted: c.money(current.PredictedMinor), PAlive: current.PAlive,
		Stage: would.Standing.Stage.String(), Tier: orNull(would.Tier.Now),
		Brings: c.brings(&would.Was, &would.Standing, would.Reason),
	}
}
