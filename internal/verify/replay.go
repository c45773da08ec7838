package verify

import (
	"slices"
	"strconv"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/standing"
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
// An event may have come when its customer's due times had fired beyond it: by their
// shard, or by an event that was refused. It is valued as of the present then, which is
// not written either: the change says as of when; without one it may be any of several
// instants (passed.go). No change is of an instant before the one of the change before it.
//
// Which levels of P(alive) and which approach to a tier subscribers know is not always
// certain: announced is all that it may be. What matters after each of them has to be
// announced; what matters after one of them may be.
type replay struct {
	v         *verification
	valuation *clv.Valuation
	c         *subject
	changes   []change
	events    []*inputEvent // that were applied
	simple    bool          // the policy decides by the instant alone, so it is known what has to be announced
	passed    []passed      // by the number of events before

	taken      int // of the subject's events
	known      []*inputEvent
	memo       map[int]*recomputed // by the number of known events
	places     map[int]place       // likewise: see settled
	version    uint64              // of the last change
	lastTier   uint8               // that it said
	announced  []announcement
	last       view    // at the last valuation that is known of
	lastMicros int64   // of it: the customer was not valued later, or was, unseen
	mostMicros int64   // at which the customer may have been valued otherwise since: nothing need be told of before
	drifted    bool    // at the last valuation the value may have been as far from the announced one as is watched for
	minor      float64 // CLV last announced
	coolMicros int64   // until when no stage is announced by itself
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
	valuation := &v.config.Valuation
	if valuation.Awake.Tiers.Cut != 0 {
		valuation, changes = withoutTiers(valuation, changes)
	}
	return &replay{
		v: v, valuation: valuation, c: c, changes: changes, memo: map[int]*recomputed{}, places: map[int]place{},
		simple: simple(&v.config.Valuation.Policy),
		events: c.applied, passed: passedOf(c),
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
				next = append(next, w.due(c, course.silentUntil(w.events, w.taken, i))...)
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
	w.refusal()
	w.taken++
	before := w.history(w.known)
	if len(w.known) > 0 && e.atMicros > max(before.latestMicros, w.mostMicros) {
		w.mustBeAnnounced(before, w.day(e.atMicros-1), w.v.sources.format(e.coordinate))
	}
	w.silence(before, e)
	w.known = append(w.known, e)
	r := w.history(w.known)
	if c == nil {
		w.unheard(e, before, r)
		return
	}
	now := w.view(r, w.day(c.asOf))
	if j := w.judge(before, r, &now); w.simple && j.must == "" && !j.may && !c.ofTiers && !w.brings(c, &now) {
		w.unfounded(c, "none: the event moves nothing enough")
	}
	at := w.silent(r, w.settled(w.taken), r.latestDay, now.day)
	w.check(c, r, &now, &at)
	w.checkCause(c, w.present(c, e, r), []announce.Reason{reasonOf(e, c.version, w.known[:w.taken-1], before.status(), now.status)})
	w.announce(c, &now, c.asOf)
}

// withhold notes a valuation that was not announced, which may be any of some, of ascending
// days. Where an event changed nothing at all, there may have been none.
func (w *replay) withhold(possible []view, atMicros int64, nothing bool) {
	silent := w.suppressed(possible)
	w.drifted = w.drifted && nothing
	for i := range possible {
		_, drifts := possible[i].drift(w.minor, w.valuation.Awake.Drift)
		w.drifted = w.drifted || drifts
	}
	last := &possible[len(possible)-1]
	w.mostMicros = max(w.mostMicros, atMicros, w.valuation.Rules.Calendar.Start(last.day))
	if nothing {
		w.announced = add(silent, w.announced...)
		return
	}
	w.announced, w.last, w.lastMicros = silent, possible[0], atMicros
}

// suppressed is what may pass for announced after one of some valuations that were not.
func (w *replay) suppressed(possible []view) (silent []announcement) {
	for i := range possible {
		now := &possible[i]
		for _, t := range w.announced {
			_, near := now.near(&w.valuation.Awake.Tiers, t.tier)
			for _, at := range now.places(t.tier, near) {
				silent = add(silent, t.suppress(&at))
			}
		}
	}
	return silent
}

// announce goes on after a change.
func (w *replay) announce(c *change, now *view, atMicros int64) {
	if c.now.stage > standing.StageActive && (len(w.announced) == 0 || c.now.stage != w.announced[0].stage) {
		w.coolMicros = c.asOf + w.valuation.Policy.CoolDownMicros
	}
	w.announced = nil
	for _, at := range now.places(c.now.tier, c.now.approaching) {
		at.stage = c.now.stage
		w.announced = add(w.announced, at)
	}
	w.minor, w.last, w.lastMicros, w.mostMicros, w.drifted = now.clvMinor, *now, atMicros, atMicros, false
}

// time takes a change that time caused.
func (w *replay) time(c *change) {
	if len(w.known) == 0 || c.asOf < max(w.lastMicros, w.history(w.known).latestMicros) {
		w.unfounded(c, "none: the customer's events, and the change before, were not before it")
		return
	}
	r := w.history(w.known)
	now := w.view(r, w.day(c.asOf))
	if _, drifts := now.drift(w.minor, w.valuation.Awake.Drift); w.simple && !drifts && !c.ofTiers && !w.brings(c, &now) {
		w.unfounded(c, "none: time brought nothing that was not announced")
	}
	eve := max(r.latestDay, now.day-1)
	if c.asOf != w.valuation.Rules.Calendar.Start(now.day) {
		eve = max(r.latestDay, now.day) // what the day brought came at its start
	}
	before := w.silent(r, w.settled(w.taken), r.latestDay, eve)
	at := w.silent(r, before, eve, now.day)
	w.check(c, r, &now, &at)
	w.checkCause(c, c.asOf, w.reasonsOfTime(c, &before, &at))
	w.announce(c, &now, c.asOf)
}

// due takes a change that time caused: after each number of events at which it may
// have come, the most first.
func (w *replay) due(c *change, most int) (trials []*replay) {
	for n := most; n >= w.taken; n-- {
		trial := *w
		trial.known, trial.announced = slices.Clip(w.known), slices.Clip(w.announced)
		trial.found, trial.misnamed = slices.Clip(w.found), slices.Clip(w.misnamed)
		for trial.taken < n {
			trial.event(nil)
		}
		trial.time(c)
		trials = append(trials, &trial)
	}
	return trials
}

// end checks that where the customer stands in the end was announced.
func (w *replay) end() {
	if w.c.stored == nil { // they were erased, and what was due by then is not told
		return
	}
	w.refusal()
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
	if certainly, _ := now.mattersAfter(&w.valuation.Awake.Tiers, w.announced); certainly {
		w.unannounced(record, "change by "+day.String(), "one: time brought the customer to "+now.describe())
		return
	}
	if drifts, _ := now.drift(w.minor, w.valuation.Awake.Drift); drifts && !w.drifted && w.last.day <= day {
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
