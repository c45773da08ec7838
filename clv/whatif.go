package clv

import "github.com/clvstream/clvstream/clv/history"

// WhatIf is what the live path would do with some events.
type WhatIf struct {
	Customer *Customer          // as they would be stored
	Changes  []Change           // that would be announced, silence in between included
	Refused  []*history.Refusal // of each event; nil: it is accepted
}

// WhatIf applies events to a copy as the live path would: what is due before an
// event first, then the event, then whatever time had come meanwhile. firedMicros
// is the time up to which due times are fired now; in the end they are until the
// given one.
func (c *Customer) WhatIf(id string, events []history.Event, firedMicros, untilMicros int64, v *Valuation) WhatIf {
	w := WhatIf{Customer: c.Clone(), Refused: make([]*history.Refusal, len(events))}
	announce := func(change Change) { w.Changes = append(w.Changes, change) }
	for i := range events {
		firedMicros = max(firedMicros, events[i].AtMicros-1)
		w.Refused[i] = w.Customer.Advance(id, Occasion{Event: &events[i], UntilMicros: firedMicros}, v, announce).Refused
	}
	w.Customer.Advance(id, Occasion{UntilMicros: untilMicros}, v, announce)
	return w
}
