package verify

import (
	"math"
	"slices"

	"github.com/clvstream/clvstream/clv/calendar"
)

// passed is how far due times had fired when a customer's next event came. The shard fires
// them and, for its own customer, each event those before it: a refused one, too, which
// leaves nothing else behind.
//
//	events   e1 ───── e2(refused) ──── e3(late)
//	time         │ of the customer, until before e2
//
// So e3 finds the customer valued beyond it, whether the shard has come there or not.
type passed struct {
	micros  int64       // at the most: the shard may have come there later
	refused *inputEvent // the latest of those between the event before and this one; nil: none
}

// passedOf is one for each number of events before.
func passedOf(c *subject) []passed {
	all := make([]passed, 0, len(c.applied)+1)
	at := passed{micros: c.fired}
	for _, e := range c.events {
		switch {
		case len(all) < len(c.applied) && e == c.applied[len(all)]:
			all = append(all, at)
			at.refused = nil
		case at.refused == nil || e.atMicros > at.refused.atMicros:
			at.micros, at.refused = max(at.micros, e.atMicros-1), e
		}
	}
	for len(all) <= len(c.applied) {
		all = append(all, at)
	}
	return all
}

// refusal takes the refused events before the next one: what was due before them is fired.
func (w *replay) refusal() {
	e := w.passed[w.taken].refused
	if e == nil || len(w.known) == 0 {
		return
	}
	if r := w.history(w.known); e.atMicros > max(r.latestMicros, w.mostMicros) {
		w.mustBeAnnounced(r, w.day(e.atMicros-1), w.v.sources.format(e.coordinate))
	}
}

// beyond is up to when the customer may have been valued when the event taken last came. No
// later change, and no later value, is of an instant before that.
func (w *replay) beyond() int64 {
	until := int64(math.MaxInt64) // of who was erased there is no later value
	if w.c.stored != nil {
		until = w.c.stored.Value.AsOfMicros
	}
	if w.version < uint64(len(w.changes)) {
		until = w.changes[w.version].asOf
	}
	return min(until, w.passed[w.taken-1].micros)
}

// present is the instant that an event's change may hold for: the customer's latest
// event, or the last that they were valued at before. Where time had passed the event,
// it may be a later one at which something was due, which is the start of a day;
// a change that has waited is due at any, and so is who is made due for another model or cut
// of the tiers, up to where an event may then find the shard.
func (w *replay) present(c *change, e *inputEvent, r *recomputed) (asOfMicros int64) {
	asOfMicros = max(r.latestMicros, w.lastMicros)
	beyond := w.passed[w.taken-1].micros
	passed := c.asOf > asOfMicros && e.atMicros <= beyond && c.asOf <= beyond
	if passed && (w.c.activated || w.waits() || c.asOf == w.valuation.Rules.Calendar.Start(w.day(c.asOf))) {
		return c.asOf
	}
	return asOfMicros
}

// silence takes the time until an event: a tier that was near may be near no more, and what
// need not be told of that is told when it comes near again.
func (w *replay) silence(r *recomputed, e *inputEvent) {
	near := func(t announcement) bool { return t.approaching }
	if !slices.ContainsFunc(w.announced, near) {
		return
	}
	from, until := w.day(max(r.latestMicros, w.lastMicros)), w.day(max(e.atMicros-1, w.beyond()))
	w.announced = add(w.announced, w.suppressed(w.turns(r, w.view(r, from), until)[1:])...)
}

// unheard goes on after an event without a change. If time had passed the event, it is not
// written as of when the customer was valued: each instant of which nothing had to be told
// is possible.
func (w *replay) unheard(e *inputEvent, before, r *recomputed) {
	asOfMicros, beyond := max(r.latestMicros, w.lastMicros), w.beyond()
	now := w.view(r, w.day(asOfMicros))
	first := w.judge(before, r, &now)
	if e.atMicros > w.passed[w.taken-1].micros {
		if first.must != "" {
			w.unannounced(w.v.sources.format(e.coordinate), "change", "one: "+first.must)
		}
		w.withhold([]view{now}, asOfMicros, first.nothing)
		return
	}
	quiet := w.quiet(before, r, w.turns(r, now, w.day(beyond)), w.day(beyond))
	switch {
	case len(quiet) > 0:
	case first.must == "":
		quiet = []view{now}
	default:
		w.unannounced(w.v.sources.format(e.coordinate), "change", "one: "+first.must)
		quiet = []view{now}
	}
	w.withhold(quiet, asOfMicros, first.nothing)
}

// quiet are the views of which nothing had to be told after an event that time had passed.
// What was true without the event was told by time, unless the policy's thresholds kept back
// an event that brought it. The value falls from one turn to the next, and may come near to
// the announced one.
func (w *replay) quiet(before, r *recomputed, turns []view, until calendar.Day) (quiet []view) {
	policy := &w.valuation.Policy
	thresholds := policy.AbsoluteMinor > 0 || policy.Relative > 0
	isQuiet := func(now *view) bool {
		untouched := w.view(before, now.day)
		if untouched.says() != now.says() {
			return w.judge(before, r, now).must == ""
		}
		drifts, _ := now.drift(w.minor, w.valuation.Awake.Drift)
		matters, _ := now.mattersAfter(&w.valuation.Awake.Tiers, w.announced)
		return thresholds || !drifts && !matters && now.status == w.last.status
	}
	for i := range turns {
		if isQuiet(&turns[i]) {
			quiet = append(quiet, turns[i])
			continue
		}
		last := until
		if i+1 < len(turns) {
			last = turns[i+1].day - 1
		}
		if last > turns[i].day {
			if end := w.view(r, last); isQuiet(&end) {
				quiet = append(quiet, end)
			}
		}
	}
	return quiet
}

// turns are views of which all others until a day are like one: the first, and those of the
// days on which something turns.
func (w *replay) turns(r *recomputed, first view, until calendar.Day) []view {
	all := []view{first}
	if len(r.days) == 0 {
		return all
	}
	for {
		now := &all[len(all)-1]
		_, drifted := now.drift(w.minor, w.valuation.Awake.Drift)
		day, found := w.firstDay(r, now.day, until, func(day calendar.Day) bool {
			then := w.view(r, day)
			_, drifts := then.drift(w.minor, w.valuation.Awake.Drift)
			return drifts && !drifted || w.otherwise(now, &then)
		})
		if !found {
			return all
		}
		all = append(all, w.view(r, day))
	}
}

// otherwise says whether one view stands otherwise than another.
func (w *replay) otherwise(now, then *view) bool {
	tiers := &w.valuation.Awake.Tiers
	least, most := now.tierRange(tiers)
	leastThen, mostThen := then.tierRange(tiers)
	if then.low != now.low || then.high != now.high || least != leastThen || most != mostThen {
		return true
	}
	for _, t := range w.announced {
		before, maybeBefore := now.near(tiers, t.tier)
		after, maybeAfter := then.near(tiers, t.tier)
		if before != after || maybeBefore != maybeAfter {
			return true
		}
	}
	return false
}
