package clv

import (
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// Moment is a point on a customer's path: what happened, and the value and the
// standing right after it.
type Moment struct {
	history.Happening
	Reason   announce.Reason // of TimePassed: what had come
	Value    estimate.Valued
	Standing standing.Standing
}

// Path is the customer's life as far as it is kept, valued by the model in force:
// each thing that happened, and each instant until the given one at which time
// alone brought another standing. Where older orders are sealed it begins with
// what they came to, a Moment without a Kind.
func (c *Customer) Path(id string, untilMicros int64, v *Valuation) []Moment {
	w := c.rebuilt(id, v)
	var path []Moment
	visit := func(m Moment) { path = append(path, m) }
	if w.customer.History.LatestMicros != 0 {
		visit(w.moment(history.Happening{AtMicros: w.customer.History.LatestMicros}, 0))
	}
	for _, h := range c.History.KnownLedger(&v.Rules) {
		if h.AtMicros <= untilMicros {
			w.take(h.AtMicros, visit)
			visit(w.moment(h, 0))
		}
	}
	w.fire(untilMicros+1, visit)
	return path
}

func (w *rebuilder) moment(h history.Happening, reason announce.Reason) Moment {
	return Moment{Happening: h, Reason: reason, Value: w.customer.Value, Standing: w.customer.Standing}
}
