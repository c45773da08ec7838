package clv

import "slices"

// Clone is a customer that shares nothing with this one.
func (c *Customer) Clone() *Customer {
	clone := *c
	clone.History = c.History.clone()
	clone.Entries = slices.Clone(c.Entries)
	return &clone
}

func (h *History) clone() History {
	clone := *h
	clone.memo = memo{}
	clone.Sealed.OrderHashes = slices.Clone(h.Sealed.OrderHashes)
	clone.SealedMonths = slices.Clone(h.SealedMonths)
	clone.Orders = slices.Clone(h.Orders)
	for i := range clone.Orders {
		clone.Orders[i].Refunds = slices.Clone(clone.Orders[i].Refunds)
	}
	return clone
}

// WhatIf is what the live path would do with some events.
type WhatIf struct {
	Customer *Customer  // as they would be stored
	Changes  []Change   // that would be announced, silence in between included
	Refused  []*Refusal // of each event; nil: it is accepted
}

// WhatIf applies events to a copy as the live path would: what is due before an
// event first, then the event, then whatever time had come meanwhile. firedMicros
// is the time up to which due times are fired now; in the end they are until the
// given one.
func (c *Customer) WhatIf(id string, events []Event, firedMicros, untilMicros int64, v *Valuation) WhatIf {
	w := WhatIf{Customer: c.Clone(), Refused: make([]*Refusal, len(events))}
	tell := func(change Change) { w.Changes = append(w.Changes, change) }
	for i := range events {
		e := &events[i]
		w.Customer.CatchUp(id, e.AtMicros, v, tell)
		change, announced, refused := w.Customer.Apply(e, v)
		if announced {
			tell(change)
		}
		w.Refused[i] = refused
		firedMicros = max(firedMicros, e.AtMicros-1)
		w.Customer.CatchUp(id, firedMicros+1, v, tell)
	}
	w.Customer.CatchUp(id, untilMicros+1, v, tell)
	return w
}
