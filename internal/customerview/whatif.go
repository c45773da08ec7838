package customerview

import (
	"fmt"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/event"
)

// WhatIf is a customer with and without some events.
type WhatIf struct {
	CustomerID string          `json:"customer_id"`
	Currency   string          `json:"currency"`
	Events     []Tried         `json:"events"`
	Now        change.Values   `json:"now"` // each side is as in AsOf, without what is stored
	Without    change.Values   `json:"without"`
	With       change.Values   `json:"with"`
	Changes    []change.Values `json:"changes"` // that would be announced, ascending, with what each brings
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

// WhatIf tries events, ascending in time, and silence after them until an instant,
// µs, by the rules of the live path.
func (c *Customer) WhatIf(events []history.Event, untilMicros int64) (WhatIf, error) {
	accepted, refused := c.decode(events)
	tried := c.Stored.WhatIf(c.ID, accepted, c.NowMicros, untilMicros, &c.Valuation)
	v := WhatIf{CustomerID: c.ID, Currency: c.Currency.String(), Changes: []change.Values{}}
	with := *c
	with.Stored = tried.Customer
	var err error
	for _, side := range []struct {
		*change.Values
		of *Customer
		at int64
	}{{&v.Now, c, c.NowMicros}, {&v.Without, c, untilMicros}, {&v.With, &with, untilMicros}} {
		if *side.Values, err = side.of.at(side.at); err != nil {
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
		would, err := c.change(&tried.Changes[i])
		if err != nil {
			return WhatIf{}, err
		}
		v.Changes = append(v.Changes, would)
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

func (c *Customer) change(would *clv.Change) (change.Values, error) {
	v, err := c.published(would)
	if err != nil {
		return nil, err
	}
	return v.With(map[string]any{"brings": c.brings(&would.Was, &would.Standing, would.Reason)})
}
