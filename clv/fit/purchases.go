package fit

import (
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/model"
)

// Options are how to fit, not what.
type Options struct {
	// Lend lends processors; nil means one. The result has the same bits.
	Lend Lend
}

// purchaseModel is what tells the purchase models apart when they are fitted.
type purchaseModel struct {
	name   string
	names  []string
	on     func(*table, Lend) likelihood
	starts func(*table) [][most]float64
}

// BGNBD fits the BG/NBD model: parameters r, alpha, a, b.
func BGNBD(s *Sample, options Options) (Result, error) {
	return s.fit(coinModel("bgnbd", 0), options)
}

// MBGNBD fits the MBG/NBD model: parameters r, alpha, a, b.
func MBGNBD(s *Sample, options Options) (Result, error) {
	return s.fit(coinModel("mbgnbd", 1), options)
}

// NBD fits the NBD model: parameters r, alpha.
func NBD(s *Sample, options Options) (Result, error) {
	return s.fit(nbdModel, options)
}

var nbdModel = purchaseModel{
	name:   "nbd",
	names:  []string{"r", "alpha"},
	on:     func(t *table, _ Lend) likelihood { return nbdLikelihood{t} },
	starts: func(t *table) [][most]float64 { return [][most]float64{{1, t.meanRateAlpha()}} },
}

// nbdLikelihood is that of NBD in θ = (r, α).
type nbdLikelihood struct{ *table }

func (nbdLikelihood) parameters() int { return 2 }

func (n nbdLikelihood) evaluate(theta *[most]float64) derivatives { return n.buying(theta) }

func coinModel(name string, extraTosses int) purchaseModel {
	return purchaseModel{
		name:  name,
		names: []string{"r", "alpha", "a", "b"},
		on:    func(t *table, lend Lend) likelihood { return &coinLikelihood{t, extraTosses, lend} },
		starts: func(t *table) [][most]float64 {
			alpha := t.meanRateAlpha()
			return [][most]float64{
				{.5, .5 * alpha, .8, 2.5}, // a shop that loses a quarter after each order
				{1, alpha, .5, 10},        // one that keeps nearly all
				{.3, .1 * alpha, 1, 1},    // one that loses half
			}
		},
	}
}

// meanRateAlpha is the α at which r = 1 gives the sample's mean rate.
func (t *table) meanRateAlpha() float64 {
	return clamp(t.meanAge/math.Max(t.meanFrequency, 1e-3), 1e-3, 1e5)
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
		return Result{}, fmt.Errorf("fit %s: %w: nobody bought on a second day", m.name, ErrTooFew)
	}
	lower := everywhere(leastParameter)
	o := t.climb(m, options.Lend, lower)
	r := newResult(m.name, m.names, &o, lower, t.customers)
	r.Unit, r.Repeaters, r.DistinctRows = s.unit, int(math.Round(t.repeaters)), len(t.rows)
	if t.repeaters < fewRepeaters {
		r.warn(WarnFewRepeaters)
	}
	if len(m.names) > len(nbdModel.names) {
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

// BGNBDParams are the fitted parameters as the model takes them.
func (r *Result) BGNBDParams() model.BGNBDParams {
	return model.BGNBDParams{Unit: r.Unit, R: r.Value("r"), Alpha: r.Value("alpha"), A: r.Value("a"), B: r.Value("b")}
}

// MBGNBDParams are the fitted parameters as the model takes them.
func (r *Result) MBGNBDParams() model.MBGNBDParams {
	return model.MBGNBDParams{Unit: r.Unit, R: r.Value("r"), Alpha: r.Value("alpha"), A: r.Value("a"), B: r.Value("b")}
}

// NBDParams are the fitted parameters as the model takes them.
func (r *Result) NBDParams() model.NBDParams {
	return model.NBDParams{Unit: r.Unit, R: r.Value("r"), Alpha: r.Value("alpha")}
}
