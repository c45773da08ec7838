package verify

import (
	"slices"
	"strconv"

	"github.com/clvstream/clvstream/clv"
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
// late, may have come before it or after. It is held against each such history,
// beginning with all events until its instant, and has to fit one.
//
// For the same reason it is not always known what was told last: told are all that
// it may be. What is certain by all of them has to be announced; what is news by
// one of them may be.
type replay struct {
	v         *verification
	valuation *clv.Valuation
	c         *subject
	changes   []change
	events    []*inputEvent // that were applied
	refuses   bool          // others were not: each of them may have put the customer back

	taken      int // of the subject's events
	known      []*inputEvent
	memo       map[int]*recomputed // by the number of known events
	version    uint64              // of the last change
	told       []told
	last       view    // at the last look that is known of
	lastMicros int64   // of it
	undone     bool    // somebody may have looked earlier since
	minor      float64 // CLV last announced
	found      []finding
}

// finding is something that is off. One without a count is a difference of the
// customer's state.
type finding struct {
	count *int64
	Difference
}

func newReplay(v *verification, c *subject, changes []change) *replay {
	return &replay{
		v: v, valuation: &v.config.Valuation, c: c, changes: changes, memo: map[int]*recomputed{},
		events: c.applied, refuses: len(c.applied) < len(c.events),
	}
}

func (w *replay) run() []finding {
	course := courseOf(w.c, w.changes)
	for i := range w.changes {
		c := &w.changes[i]
		switch until, known := course.position[c.cause]; {
		case c.due:
			w.due(c, course.silentUntil(w.events, w.taken, i), course.undone[i])
		case !known || until < w.taken:
			w.unfounded(c, "none: the event came before another change's")
		default:
			for w.taken < until {
				w.event(nil)
			}
			w.event(c)
		}
		w.version = c.version
	}
	for w.taken < len(w.events) {
		w.event(nil)
	}
	w.end()
	return w.found
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
	now := w.view(r, r.latestDay)
	j := w.judge(before, r, &now)
	if c == nil {
		if j.must != "" {
			w.unannounced(w.v.sources.format(e.coordinate), "change", "one: "+j.must)
		}
		w.pass(&now, r.latestMicros, j.nothing)
		return
	}
	if j.must == "" && !j.may && !w.brings(c, &now) {
		w.unfounded(c, "none: the event moves nothing enough")
	}
	w.check(c, &now)
	w.tell(c, &now, r.latestMicros)
}

// catchUp checks that whatever came due before an event was told before it. If the
// customer was looked at beyond the event, that is undone, and what is not told
// again on the way may pass for told.
func (w *replay) catchUp(e *inputEvent, before *recomputed) {
	w.undone = w.undone || w.refuses || w.lastMicros >= e.atMicros
	if day := w.day(e.atMicros - 1); day > before.latestDay {
		w.mustBeTold(before, day, w.v.sources.format(e.coordinate))
	}
	w.forget(before)
}

// forget adds to what may have been told what is left of it where the customer was
// put back to after their latest event. That they are won back no more is never
// told, and may have come true before or since.
func (w *replay) forget(r *recomputed) {
	latest := w.view(r, r.latestDay)
	for _, t := range w.told {
		for _, before := range [...]told{t, t.expired()} {
			w.told = add(w.told, before)
			for _, at := range latest.places(t.tier, false) {
				over := at.expired()
				w.told = add(w.told, before.unlearn(&at), before.unlearn(&over))
			}
		}
	}
}

// pass goes on after an event without a change. Where it changed nothing at all,
// nobody looked at the customer.
func (w *replay) pass(now *view, atMicros int64, nothing bool) {
	var silent []told
	for _, t := range w.told {
		_, near := now.near(&w.valuation.Awake.Tiers, t.tier)
		for _, at := range now.places(t.tier, near) {
			silent = add(silent, t.unlearn(&at))
		}
	}
	if nothing {
		w.told = add(silent, w.told...)
		return
	}
	w.told, w.last, w.lastMicros, w.undone = silent, *now, atMicros, false
}

// tell goes on after a change.
func (w *replay) tell(c *change, now *view, atMicros int64) {
	w.told = nil
	for _, at := range now.places(c.now.tier, c.now.approaching) {
		at.stage = c.now.stage
		w.told = add(w.told, at)
	}
	w.minor, w.last, w.lastMicros, w.undone = now.clvMinor, *now, atMicros, false
}

// time takes a change that time caused.
func (w *replay) time(c *change, undone bool) {
	if len(w.known) == 0 || c.asOf < w.history(w.known).latestMicros {
		w.unfounded(c, "none: the customer's events were not before it")
		return
	}
	r := w.history(w.known)
	if undone && c.asOf <= w.lastMicros { // what was looked at later was undone
		w.forget(r)
	}
	now := w.view(r, w.day(c.asOf))
	if _, drifts := now.drift(w.minor, w.valuation.Awake.Drift); !drifts && !w.brings(c, &now) {
		w.unfounded(c, "none: time brought nothing that was not told")
	}
	if !isOfTime(c.reason) {
		w.differ(c, "reason", "decay, dormant, tier or model", c.reason.String())
	}
	w.check(c, &now)
	w.tell(c, &now, c.asOf)
}

// due takes a change that time caused where it fits: after so many events at most.
func (w *replay) due(c *change, most int, undone bool) {
	var first *replay
	for n := most; n >= w.taken; n-- {
		trial := *w
		trial.known, trial.told, trial.found = slices.Clip(w.known), slices.Clip(w.told), slices.Clip(w.found)
		for trial.taken < n {
			trial.event(nil)
		}
		trial.time(c, undone)
		if len(trial.found) == len(w.found) {
			*w = trial
			return
		}
		if first == nil {
			first = &trial
		}
	}
	*w = *first
}

// end checks that where the customer stands in the end was told.
func (w *replay) end() {
	r, day := w.history(w.known), w.day(w.c.stored.Value.AsOfMicros)
	if len(w.known) > 0 && day >= r.latestDay {
		w.mustBeTold(r, day, "")
	}
}

// mustBeTold notes what had come true on a day, by time, and was not told.
func (w *replay) mustBeTold(r *recomputed, day calendar.Day, record string) {
	if w.version == 0 {
		return
	}
	now := w.view(r, day)
	if latest := w.view(r, r.latestDay); w.undone && latest.low == now.low && latest.high == now.high {
		return // nobody tells again what is as it was after the latest event
	}
	if certainly, _ := now.news(&w.valuation.Awake.Tiers, w.told); certainly {
		w.unannounced(record, "change by "+day.String(), "one: time brought the customer to "+now.describe())
		return
	}
	drift := w.valuation.Awake.Drift
	_, already := w.last.drift(w.minor, drift)
	if drifts, _ := now.drift(w.minor, drift); drifts && !already && !w.undone && w.last.day <= day {
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
