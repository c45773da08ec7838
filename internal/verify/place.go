package verify

import (
	"math"
	"sort"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// place is a customer's stage and tier, and since when they are in them. Both follow
// from the events in their order of arrival:
//
//	settled(n−1) ──silence until event n──► place before it ──event n──► settled(n)
//	settled(n) ──silence until an instant──► place then
//
// An event that is not later than one before it finds the customer settled, as the silence
// after that is not before it.
type place struct {
	stage       standing.Stage
	stageMicros int64
	tier        uint8
	tierMicros  int64
	// A border may be so near that another kind of machine saw it passed. The tier of a
	// customer without a standing order is left at no known instant.
	stageUnsure, tierUnsure bool
}

// settled is the place after the first events.
func (w *replay) settled(n int) place {
	if n == 0 {
		return place{}
	}
	if at, known := w.places[n]; known {
		return at
	}
	at, e := w.settled(n-1), w.events[n-1]
	if n > 1 {
		if before := w.history(w.events[:n-1]); e.atMicros > before.latestMicros {
			at = w.silent(before, at, before.latestDay, w.day(e.atMicros-1))
		}
	}
	r := w.history(w.events[:n])
	w.moveTo(&at, r, r.latestDay, r.latestMicros)
	w.places[n] = at
	return at
}

// moveTo takes a place to a day at which the customer was valued.
func (w *replay) moveTo(at *place, r *recomputed, day calendar.Day, micros int64) {
	now := w.view(r, day)
	at.stageUnsure = at.stageUnsure || now.low.stage != now.high.stage
	if now.high.stage != at.stage {
		at.stage, at.stageMicros = now.high.stage, micros
	}
	tier, unsure := w.tierIn(at, &now)
	at.tierUnsure = at.tierUnsure || unsure
	if tier != at.tier {
		at.tier, at.tierMicros = tier, micros
	}
}

// tierIn is the tier in a view, coming from the one of a place. A higher one is
// entered at its border; the present one is kept while its hold lasts, and then until
// the value is below its border by the hysteresis.
func (w *replay) tierIn(at *place, now *view) (tier uint8, unsure bool) {
	t := &w.valuation.Awake.Tiers
	by := func(value float64) uint8 {
		least, most := bordersBelow(t, value, 0), bordersBelow(t, value, t.Hysteresis)
		held := at.tier > 0 && t.HoldDays > 0 && now.day < w.day(at.tierMicros)+calendar.Day(t.HoldDays)
		switch {
		case least >= at.tier:
			return least
		case held, most >= at.tier:
			return at.tier
		default:
			return max(least, most)
		}
	}
	value := now.tierValue(t)
	low, high := by(off(value, -tolerance)), by(off(value, tolerance))
	return by(value), low != high
}

// silent is the place on a later day if nothing happens from one on until then. Stages come one
// after the other and values fall, so the first day of each is found by bisection.
func (w *replay) silent(r *recomputed, at place, from, until calendar.Day) place {
	if len(r.days) == 0 {
		then := at
		w.moveTo(&then, r, until, 0)
		at.tierUnsure = at.tierUnsure || then.tier != at.tier
		return at
	}
	for {
		turned, found := w.nextTurn(r, &at, from, until)
		if !found {
			return at
		}
		from = turned
	}
}

// nextTurn takes a place to the first day after one, until another, on which it differs.
func (w *replay) nextTurn(r *recomputed, at *place, from, until calendar.Day) (day calendar.Day, found bool) {
	if len(r.days) == 0 {
		return 0, false
	}
	day, found = w.firstDay(r, from, until, func(day calendar.Day) bool {
		then := *at
		w.moveTo(&then, r, day, 0)
		at.stageUnsure, at.tierUnsure = at.stageUnsure || then.stageUnsure, at.tierUnsure || then.tierUnsure
		return then.stage != at.stage || then.tier != at.tier
	})
	if found {
		w.moveTo(at, r, day, w.valuation.Rules.Calendar.Start(day))
	}
	return day, found
}

// firstDay is the first day after one, until another, on which something is otherwise. What
// is otherwise once stays so, but for a contract, whose value rises until it ends.
func (w *replay) firstDay(r *recomputed, from, until calendar.Day, otherwise func(calendar.Day) bool) (day calendar.Day, found bool) {
	if left := w.leaves(r); from < left-1 && left-1 < until {
		if day, found := w.firstDay(r, from, left-1, otherwise); found {
			return day, true
		}
		from = left - 1
	}
	if from >= until {
		return 0, false
	}
	days := sort.Search(int(until-from), func(i int) bool { return otherwise(from + 1 + calendar.Day(i)) })
	return from + 1 + calendar.Day(days), days < int(until-from)
}

// leaves is the day on which a contract that is not renewed ends; far away where there is
// none. Its value rises until then.
func (w *replay) leaves(r *recomputed) calendar.Day {
	last := r.days[len(r.days)-1]
	if w.valuation.Rules.Contract == (history.Period{}) {
		return last + farthestDays
	}
	return last + calendar.Day(math.Ceil(w.valuation.Model.SilenceDays(r.at(last), 0.5)))
}
