package verify

import (
	"fmt"
	"math"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
)

// counted compares what the statistics count of a customer's value in place of the stored
// one: that of a later day, whole. byModel says that the stored value is by the model in
// force, so that what it is worth on a day can be said here.
func (d *differences) counted(want *recomputed, c *subject, v *clv.Valuation, byModel bool) {
	calendar := v.Rules.Calendar
	got, valued, today := &c.stored.Refreshed, dayOfMicros(c.stored.Value.AsOfMicros, calendar), dayOf(time.Now(), calendar)
	// A day more: another machine's clock may be ahead.
	if got.Known && (got.Day <= valued || got.Day > today+1) {
		d.differ("counted as of", "a day after "+valued.String()+", not to come", got.Day.String())
		return
	}
	switch {
	case !byModel || got.Known && got.ByOther:
	case got.Known:
		d.countedOn(want.countedAs(v, got.Day), got)
	case len(want.days) > 0 && valued < dayOfMicros(c.refreshed, calendar):
		d.countedStill(want, c, v, today)
	}
}

// whole is what the statistics can tell of a value. Another kind of machine may round
// otherwise at a border, so there are two of each.
type whole struct {
	predictedMinor, percent       int64
	predictedOr, percentOr        int64
	predictedExactly, pAliveExact float64
}

// countedAs is what is to be counted on a day.
func (r *recomputed) countedAs(v *clv.Valuation, day calendar.Day) whole {
	e := r.estimate(v.Model, day)
	percent := func(share float64) int64 { return percentOf(off(e.pAlive, share), e.aliveKnown) }
	return whole{
		predictedMinor: int64(math.Round(off(e.predictedMinor, -tolerance))), predictedOr: int64(math.Round(off(e.predictedMinor, tolerance))),
		percent: percent(-tolerance), percentOr: percent(tolerance),
		predictedExactly: e.predictedMinor, pAliveExact: e.pAlive,
	}
}

// percentOf is a probability in whole percent, rounded down; −1 if it is not known.
func percentOf(p float64, known bool) int64 {
	if !known {
		return -1
	}
	return int64(min(math.Floor(100*p), 100))
}

func wholePercent(r *clv.Refreshed) int64 {
	if !r.AliveKnown {
		return -1
	}
	return int64(r.AlivePercent)
}

func (w *whole) predicts(minor int64) bool {
	return minor == w.predictedMinor || minor == w.predictedOr
}
func (w *whole) lives(percent int64) bool { return percent == w.percent || percent == w.percentOr }

func (d *differences) countedOn(want whole, got *clv.Refreshed) {
	if !want.predicts(got.PredictedMinor) {
		d.differ("counted predicted_minor", number(want.predictedExactly)+" rounded", fmt.Sprint(got.PredictedMinor))
	}
	if percent := wholePercent(got); !want.lives(percent) {
		d.differ("counted p_alive", number(want.pAliveExact)+" in whole percent", fmt.Sprint(percent))
	}
}

// countedStill finds a customer whose stored value is of before the last whole pass over the
// shard, and who counts as that: the pass must have found them to be worth the same.
func (d *differences) countedStill(want *recomputed, c *subject, v *clv.Valuation, today calendar.Day) {
	stored, since := &c.stored.Value, dayOfMicros(c.refreshed, v.Rules.Calendar)
	predicted, percent := int64(math.Round(stored.PredictedMinor)), percentOf(stored.PAlive, stored.AliveKnown)
	for day := since; day <= today+1; day++ {
		if w := want.countedAs(v, day); w.predicts(predicted) && w.lives(percent) {
			return
		}
	}
	d.differ("counted as of", "a day since "+since.String(), dayOfMicros(stored.AsOfMicros, v.Rules.Calendar).String())
}
