package clv

import (
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// Moment is a point on a customer's timeline: what happened, and the value and the
// standing right after it.
type Moment struct {
	history.Occurrence
	Reason   announce.Reason // of TimePassed: what had come
	Value    estimate.Valued
	Standing standing.Standing
}

// Timeline is the customer's history as far as it is kept, valued by the model in
// force: each thing that happened, and each instant until the given one at which time
// alone brought another standing. Where older orders are sealed it begins with their
// sums, a Moment without a Kind.
func (c *Customer) Timeline(id string, untilMicros int64, v *Valuation) []Moment {
	w := c.rebuilt(id, v)
	var timeline []Moment
	visit := func(m Moment) { timeline = append(timeline, m) }
	if w.customer.History.LatestMicros != 0 {
		visit(w.moment(history.Occurrence{AtMicros: w.customer.History.LatestMicros}, 0))
	}
	for _, h := range c.History.KnownLedger(&v.Rules) {
		if h.AtMicros <= untilMicros {
			w.take(h.AtMicros, visit)
			visit(w.moment(h, 0))
		}
	}
	w.fire(untilMicros+1, visit)
	return timeline
}

func (w *rebuilder) moment(h history.Occurrence, reason announce.Reason) Moment {
	return Moment{Occurrence: h, Reason: reason, Value: w.customer.Value, Standing: w.customer.Standing}
}
