package fit

import (
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/model"
)

// Options are how to fit, and what the customers' orders do not tell.
type Options struct {
	// Period is the length of a period of a periodic model.
	Period model.Span
	// Lend lends processors; nil means one. The result has the same bits.
	Lend Lend
}

// purchaseModel is what tells the purchase models apart when they are fitted.
type purchaseModel struct {
	described model.Description
	on        func(*table, Lend) likelihood
	starts    func(*table) [][most]float64
}

// To find the neighbourhood of the optimum from several starts a hundredth of
// the rows is looked at, but not fewer than this.
const (
	thinFraction = 100
	thinLeast    = 500
)

func (s *Sample) fit(m purchaseModel, options Options) (Result, error) {
	t := s.table()
	if t.repeaters == 0 || t.mostFrequent == 0 {
		return Result{}, fmt.Errorf("fit %s: %w: no customer bought on a second day", m.described.Name, ErrTooFew)
	}
	lower := everywhere(leastParameter)
	o := t.climb(m, options.Lend, lower)
	r := newResult(m.described, &o, lower, t.customers)
	r.Unit, r.Repeaters, r.DistinctRows = s.unit, int(math.Round(t.repeaters)), len(t.rows)
	if t.repeaters < fewRepeaters {
		r.warn(WarnFewRepeaters)
	}
	if m.described.Nested == nbdModel.described.Name {
		nbd := t.climb(nbdModel, nil, lower)
		if o.at.value-nbd.at.value < visibleGain {
			r.warn(WarnRidge)
		}
	}
	return r, nil
}

// climb finds the neighbourhood of the best optimum from several starts, on a
// thin sample if the whole is large, and then the optimum of the whole.
func (t *table) climb(m purchaseModel, lend Lend, lower [most]float64) optimum {
	thin := t
	if picks := max(thinLeast, len(t.rows)/thinFraction); 2*picks <= len(t.rows) {
		thin = t.thin(picks)
	}
	near := bestOf(m.on(thin, nil), m.starts(thin), lower)
	return maximise(m.on(t, lend), near, lower, negligibleGain)
}

// bestOf is near the highest of the optima that the starts lead to.
func bestOf(l likelihood, starts [][most]float64, lower [most]float64) [most]float64 {
	var best optimum
	for i, start := range starts {
		o := maximise(l, start, lower, nearbyGain)
		if i == 0 || o.at.value > best.at.value {
			best = o
		}
	}
	return best.theta()
}
