package state

import (
	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state/layout"
)

// fold applies the shard's share of the batch to the cached customers and
// collects what is to be written.
func (c *chain) fold(o *opened, valuation *clv.Valuation, orders *indexing) *writes {
	w, shard := &c.writes, o.shard.index
	applied := c.claim.marks[shard]
	w.reset()
	w.orders = orders
	c.changes.reset()
	for k, i := range c.claim.grouped[shard] {
		work := &c.batch.Work[i]
		if work.Offset < applied {
			continue
		}
		refused, items := work.Refused, len(w.items)
		switch {
		case refused != nil:
		case work.concernsOrders():
			c.index(w, work)
		default:
			refused = c.apply(w, work, &o.involved.customers[o.involved.of[k]], valuation, &o.position)
		}
		if refused != nil {
			w.refuse(work, refused, c.batch.DeadLetter(work, refused))
		}
		if len(w.items) == items {
			w.held = work.Offset
		}
	}
	return w
}

// apply takes one event into its customer. What was due before it is fired first,
// in the same commit. If the shard has passed the event, the customer comes up to where
// the shard is. So no due time of the shard is ever before those that were fired.
func (c *chain) apply(w *writes, work *Work, customer *involvedCustomer, valuation *clv.Valuation, at *position) *history.Refusal {
	event, model := work.Event, customer.Value.ModelVersion
	tell := func(change clv.Change) {
		if change.Reason == announce.ReasonErased {
			w.erased++
		}
		ahead := change.Cause.Kind == history.TimePassed && change.Cause.AtMicros > at.firedMicros
		w.items = append(w.items, layout.Item{Offset: work.Offset, Part: work.Part, Ahead: ahead, TraceParent: work.TraceParent, Change: c.changes.add(&change)})
		w.changes++
	}
	event.Place = c.placeOf(work)
	w.before(customer, &valuation.Rules)
	excessMinor := int64(0)
	if event.RefundID != "" {
		excessMinor = customer.History.ExcessMinor(&valuation.Rules)
	}
	did := customer.Advance(event.CustomerID, clv.Occasion{Event: event, UntilMicros: at.firedMicros}, valuation, tell)
	if did.Refused == nil {
		w.applied++
		if event.AtMicros <= at.firedMicros {
			w.late.add(event.AtMicros)
		}
	}
	if event.RefundID != "" && customer.History.ExcessMinor(&valuation.Rules) > excessMinor {
		w.exceed++
	}
	if did.Changed {
		at.fresh.keepFresh(customer, valuation)
		w.add(customer)
		w.revalued(model, customer.Value.ModelVersion)
	}
	for i := range did.GivenUp {
		w.items = append(w.items, layout.Item{Offset: work.Offset, Part: work.Part, DeadLetter: c.batch.Unmatched(&did.GivenUp[i])})
	}
	return did.Refused
}

// placeOf is where the record of a piece of work stands.
func (c *chain) placeOf(work *Work) history.Place {
	return history.Place{Input: c.claim.source.Topic, Partition: c.claim.source.Partition, Offset: work.Offset, Part: work.Part}
}

// count adds what was written to the commit's result, once it is.
func (c *chain) count(w *writes) {
	c.result.Applied += w.applied
	c.result.Changes += w.changes
	c.result.Rerouted.join(w.rerouted)
	c.result.Late.join(w.late)
	for i := range w.items {
		if letter := w.items[i].DeadLetter; letter != nil {
			c.result.DeadLetters[letter.Reason]++
		}
	}
}
