package clv

import (
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// rebuilder replays a customer from what is kept of their history.
type rebuilder struct {
	id       string
	v        *Valuation
	whole    *history.History
	settled  standing.Standing // where the customer stood after the latest event
	customer Customer
}

func (c *Customer) rebuilt(id string, v *Valuation) *rebuilder {
	w := &rebuilder{id: id, v: v, whole: &c.History, settled: c.Settled}
	if c.History.Sealed.Days > 0 { // since when is not known: 0 is before everything
		at := c.History.KnownFrom(&v.Rules)
		w.take(at, func(Moment) {})
		w.customer.Standing.StageMicros, w.customer.Standing.TierMicros = 0, 0
		w.anchor(at)
	}
	return w
}

// take brings the customer to an instant at which something happened.
func (w *rebuilder) take(atMicros int64, visit func(Moment)) {
	w.fire(atMicros, visit)
	c := &w.customer
	c.History = w.whole.Until(atMicros, &w.v.Rules)
	w.anchor(atMicros)
	r := c.revalue(atMicros, w.v)
	c.Settled, c.DueMicros = c.Standing, 0
	c.schedule(&r, w.v)
}

// fire fires what is due before an instant and shows each standing that differs.
func (w *rebuilder) fire(beforeMicros int64, visit func(Moment)) {
	c := &w.customer
	for c.DueMicros != 0 && c.DueMicros < beforeMicros {
		was, atMicros := *c, c.DueMicros
		w.anchor(atMicros)
		c.fire(w.id, atMicros, w.v)
		if c.Standing.Differs(&was.Standing) {
			c.revalue(atMicros, w.v) // not done if the anchor alone made the difference
			visit(w.moment(history.Occurrence{AtMicros: atMicros, Kind: history.TimePassed}, c.timeReason(&was)))
		}
	}
}

// anchor takes over the stage and the tier of after the latest event from the instant
// at which they began: they are known, whatever led there.
func (w *rebuilder) anchor(atMicros int64) {
	if now := &w.customer.Standing; atMicros <= w.whole.LatestMicros {
		if w.settled.TierMicros <= atMicros {
			now.Tier, now.TierMicros = w.settled.Tier, w.settled.TierMicros
		}
		if w.settled.StageMicros <= atMicros {
			now.Stage, now.StageMicros = w.settled.Stage, w.settled.StageMicros
		}
	}
}
