package verify

import (
	"slices"
	"strconv"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/calendar"
)

// replay goes along a customer's events in their order of arrival and along the
// changes in the order of their versions, and finds where the two do not fit:
//
//	events   e1      e2     e3(late)      e4
//	changes  1 ───── 2 ──── 3(due) ────── 4
//
// A change names the event that caused it, and so what came before. Where time was
// the cause that is not written anywhere: events that changed nothing, or came
// late, may have come before it or after. So each such history is followed, as long
// as no other fits better, and the changes have to fit one.
//
// For the same reason it is not always known what subscribers know: announced is all
// that it may be. What matters after each of them has to be announced; what matters
// after one of them may be.
type replay struct {
	v         *verification
	valuation *clv.Valuation
	c         *subject
	changes   []change
	events    []*inputEvent // that were applied
	refuses   bool          // others were not: each of them may have put the customer back
	simple    bool          // the policy decides by the instant alone, so it is known what has to be announced

	taken      int // of the subject's events
	known      []*inputEvent
	memo       map[int]*recomputed // by the number of known events
	places     map[int]place       // likewise: see settled
	version    uint64              // of the last change
	lastTier   uint8               // that it said
	announced  []announcement
	last       view    // at the last look that is known of
	lastMicros int64   // of it
	rewound    bool    // since then the customer may have been valued as of an earlier instant
	minor      float64 // CLV last announced
	empty      bool    // since then there was a time without a standing order
	found      []finding
	misnamed   []finding // changes that name another model than the one that valued them
}

// finding is something that is off. One without a count is a difference of the
// customer's state.
type finding struct {
	count *int64
	Difference
}

func newReplay(v *verification, c *subject, changes []change) *replay {
	return &replay{
		v: v, valuation: &v.config.Valuation, c: c, changes: changes, memo: map[int]*recomputed{}, places: map[int]place{},
		simple: simple(&v.config.Valuation.Policy),
		events: c.applied, refuses: len(c.applied) < len(c.events),
	}
}

func (w *replay) run() *replay {
	course := courseOf(w.c, w.changes)
	possible := []*replay{w}
	for i := range w.changes {
		c := &w.changes[i]
		var next []*replay
		for _, w := range possible {
			if c.due {
				next = append(next, w.due(c, course.silentUntil(w.events, w.taken, i), course.rewound[i])...)
			} else {
				until, known := course.position[c.cause]
				next = append(next, w.caused(c, until, known))
			}
		}
		possible = fewestFound(next)
		for _, w := range possible {
			w.version, w.lastTier = c.version, c.now.tier
		}
	}
	for _, w := range possible {
		for w.taken < len(w.events) {
			w.event(nil)
		}
		w.end()
	}
	return fewestFound(possible)[0]
}

// fewestFound are the histories in which the least is off, one for each number of
// events.
func fewestFound(all []*replay) (best []*replay) {
	for _, w := range all {
		switch {
		case len(best) == 0 || len(w.found) < len(best[0].found):
			best = []*replay{w}
		case len(w.found) == len(best[0].found) && !slices.ContainsFunc(best, func(other *replay) bool { return other.taken == w.taken }):
			best = append(best, w)
		}
	}
	return best
}

// caused takes a change after the event that caused it.
func (w *replay) caused(c *change, until int, known bool) *replay {
	if !known || until < w.taken {
		w.unfounded(c, "none: the event came before another change's")
		return w
	}
	for w.taken < until {
		w.event(nil)
	}
	w.event(c)
	return w
}

// history is what the first events come to.
func (w *replay) history(events []*inputEvent) *recomputed {
	r := w.memo[len(events)]
	if r == nil {
		r = recompute(events, &w.valuation.Rules)
		w.memo[len(events)] = r
	}
	return r
}

func (w *replay) view(r *recomputed, day calendar.Day) view { return r.view(w.valuation, day) }

func (w *replay) day(micros int64) calendar.Day {
	return dayOfMicros(micros, w.valuation.Rules.Calendar)
}

// event takes the next event, with the change that it caused or without.
func (w *replay) event(c *change) {
	e := w.events[w.taken]
	w.taken++
	before := w.history(w.known)
	if len(w.known) > 0 && e.atMicros > before.latestMicros {
		w.catchUp(e, before)
	}
	w.known = append(w.known, e)
	r := w.history(w.known)
	w.empty = w.empty || len(before.days) == 0 || len(r.days) == 0
	now := w.view(r, r.latestDay)
	j := w.judge(before, r, &now)
	if c == nil {
		if j.must != "" {
			w.unannounced(w.v.sources.format(e.coordinate), "change", "one: "+j.must)
		}
		w.withhold(&now, r.latestMicros, j.nothing)
		return
	}
	if w.simple && j.must == "" && !j.may && !w.brings(c, &now) {
		w.unfounded(c, "none: the event moves nothing enough")
	}
	at := w.settled(w.taken)
	w.check(c, r, &now, &at)
	w.checkCause(c, r.latestMicros, []announce.Reason{reasonOf(e, c.version, w.known[:w.taken-1], before.status(), now.status)})
	w.announce(c, &now, r.latestMicros)
}

// catchUp checks that whatever came due before an event was announced before it. A
// customer who was valued beyond the event is rewound, and what is not announced
// again on the way may pass for announced.
func (w *replay) catchUp(e *inputEvent, before *recomputed) {
	w.rewound = w.rewound || w.refuses || w.lastMicros >= e.atMicros
	if day := w.day(e.atMicros - 1); day > before.latestDay {
		w.mustBeAnnounced(before, day, w.v.sources.format(e.coordinate))
	}
	w.rewind(before)
}

// rewind adds the states that may have been announced if a late event rewound the
// customer to their latest event. The end of the stage won_back is never announced, and
// may have happened before or after.
func (w *replay) rewind(r *recomputed) {
	latest := w.view(r, r.latestDay)
	for _, t := range w.announced {
		for _, before := range [...]announcement{t, t.expired()} {
			w.announced = add(w.announced, before)
			for _, at := range latest.places(t.tier, false) {
				over := at.expired()
				w.announced = add(w.announced, before.suppress(&at), before.suppress(&over))
			}
		}
	}
}

// pass goes on after an event without a change. Where it changed nothing at all,
// the customer was not valued.
func (w *replay) withhold(now *view, atMicros int64, nothing bool) {
	var silent []announcement
	for _, t := range w.announced {
		_, near := now.near(&w.valuation.Awake.Tiers, t.tier)
		for _, at := range now.places(t.tier, near) {
			silent = add(silent, t.suppress(&at))
		}
	}
	if nothing {
		w.announced = add(silent, w.announced...)
		return
	}
	w.announced, w.last, w.lastMicros, w.rewound = silent, *now, atMicros, false
}

// announce continues after a change.
func (w *replay) announce(c *change, now *view, atMicros int64) {
	w.announced, w.empty = nil, false
	for _, at := range now.places(c.now.tier, c.now.approaching) {
		at.stage = c.now.stage
		w.announced = add(w.announced, at)
	}
	w.minor, w.last, w.lastMicros, w.rewound = now.clvMinor, *now, atMicros, false
}

// time takes a change that time caused.
func (w *replay) time(c *change, rewound bool) {
	if len(w.known) == 0 || c.asOf < w.history(w.known).latestMicros {
		w.unfounded(c, "none: the customer's events were not before it")
		return
	}
	r := w.history(w.known)
	if rewound && c.asOf <= w.lastMicros { // a later valuation was taken back
		w.rewind(r)
	}
	now := w.view(r, w.day(c.asOf))
	if _, drifts := now.drift(w.minor, w.valuation.Awake.Drift); w.simple && !drifts && !w.brings(c, &now) {
		w.unfounded(c, "none: time brought nothing that was not announced")
	}
	eve := max(r.latestDay, now.day-1)
	if c.asOf != w.valuation.Rules.Calendar.Start(now.day) {
		eve = max(r.latestDay, now.day) // what the day brought came at its start
	}
	before := w.silent(r, w.settled(w.taken), r.latestDay, eve)
	at := w.silent(r, before, eve, now.day)
	w.check(c, r, &now, &at)
	w.checkCause(c, c.asOf, w.reasonsOfTime(c, &before, &at, &now))
	w.announce(c, &now, c.asOf)
}

// due takes a change that time caused: after each number of events at which it may
// have come, the most first.
func (w *replay) due(c *change, most int, rewound bool) (trials []*replay) {
	for n := most; n >= w.taken; n-- {
		trial := *w
		trial.known, trial.announced = slices.Clip(w.known), slices.Clip(w.announced)
		trial.found, trial.misnamed = slices.Clip(w.found), slices.Clip(w.misnamed)
		for trial.taken < n {
			trial.event(nil)
		}
		trial.time(c, rewound)
		trials = append(trials, &trial)
	}
	return trials
}

// end checks that where the customer stands in the end was announced.
func (w *replay) end() {
	r, day := w.history(w.known), w.day(w.c.stored.Value.AsOfMicros)
	if len(w.known) > 0 && day >= r.latestDay {
		w.mustBeAnnounced(r, day, "")
	}
}

// mustBeAnnounced notes what had come true on a day, by time, and was not announced.
func (w *replay) mustBeAnnounced(r *recomputed, day calendar.Day, record string) {
	if w.version == 0 {
		return
	}
	now := w.view(r, day)
	if latest := w.view(r, r.latestDay); w.rewound && latest.low == now.low && latest.high == now.high {
		return // what is as it was after the latest event is not announced again
	}
	if certainly, _ := now.mattersAfter(&w.valuation.Awake.Tiers, w.announced); certainly {
		w.unannounced(record, "change by "+day.String(), "one: time brought the customer to "+now.describe())
		return
	}
	drift := w.valuation.Awake.Drift
	_, already := w.last.drift(w.minor, drift)
	if drifts, _ := now.drift(w.minor, drift); drifts && !already && !w.rewound && w.last.day <= day {
		w.unannounced(record, "change by "+day.String(), "one: time moved the value to "+number(now.clvMinor))
	}
}

func (w *view) describe() string {
	text := "stage " + w.high.stage.String() + ", P(alive) " + number(w.pAlive)
	if w.acquired {
		text += ", worthwhile " + strconv.FormatBool(w.high.worthwhile)
	}
	return text + ", value " + number(w.clvMinor)
}
