package standing

import (
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
)

// farthestAgeDays is up to which age a moment that matters is looked for: a hundred years
// after the first order. Models have tables up to that age, and beyond it take integrals,
// which cost a hundred times as much.
const farthestAgeDays = model.MaxAgeDays

// Outlook is a customer between events: the same history, ever later days.
type Outlook struct {
	basis   *Basis
	history *history.History
	sum     *history.Sealed
	est     *estimate.Estimate // as of today
	today   calendar.Day

	standing       Standing // today
	announcedMinor float64  // CLV last announced
	drifted        bool     // already today
}

// Outlook begins at an estimate that holds today.
func (b *Basis) Outlook(h *history.History, sum *history.Sealed, est *estimate.Estimate) Outlook {
	return Outlook{
		basis: b, history: h, sum: sum, est: est, today: b.Rules.Calendar.Day(est.AsOfMicros),
	}
}

// NextChange is an instant at which to value the customer again, not later than
// the first at which they stand otherwise than now, or the value has drifted from
// the one last announced; 0 if that never comes. An instant that the due index has
// already is kept where nothing changes before it.
//
// Values fall through silence, so what is otherwise once stays so, and the first
// day is found by halving: P(alive), what is expected of a living customer and a
// practitioner's orders a year all fall with T.
func (o *Outlook) NextChange(now *Standing, announcedMinor float64, indexedMicros int64) int64 {
	if o.sum.Days == 0 || o.est.Status == history.Churned && !o.basis.Awake.byValue(o.history) {
		return 0
	}
	o.standing, o.announcedMinor = *now, announcedMinor
	o.drifted = o.basis.Awake.Drifted(announcedMinor, o.est.CLVMinor)
	calendar, indexed := &o.basis.Rules.Calendar, o.today
	if indexedMicros > o.est.AsOfMicros {
		indexed = calendar.Day(indexedMicros)
	}
	day, ok := o.first(indexed)
	if !ok {
		return 0
	}
	return calendar.Start(day)
}

// first is the first day after today that is otherwise, or the day that the due
// index has if nothing is otherwise before it.
func (o *Outlook) first(indexed calendar.Day) (calendar.Day, bool) {
	most := calendar.Day(farthestAgeDays - o.est.Facts.AgeDays)
	certain := false // that the last day is otherwise
	if o.est.Status != history.Churned {
		at := silence{model: o.basis.Model, facts: o.est.Facts, pAlive: o.est.PAlive}
		if silent := o.basis.Awake.Stages.nextDay(&at, o.standing.Stage); silent < never {
			if ahead := calendar.Day(silent - at.days()); ahead <= most {
				most, certain = ahead, true
			}
		}
	}
	if o.basis.Awake.byValue(o.history) {
		if left := o.leaves(); left > 0 && left < most {
			most, certain = left, true
		}
		if indexed > o.today && indexed-o.today <= most && !o.otherwise(indexed-1) {
			return indexed, true
		}
		if day, found := o.search(most, certain); found {
			return day, true
		}
	}
	return o.today + most, certain
}

// leaves is in how many days a contract ends if it is not renewed; 0: it has, or there is
// none. Until then its value rises, and so never returns to what it is today; that day it
// is lost at once.
func (o *Outlook) leaves() calendar.Day {
	if o.basis.Rules.Contract == (history.Period{}) {
		return 0
	}
	at := silence{facts: o.est.Facts}
	return max(0, calendar.Day(calendar.WholeDays(o.basis.Model.SilenceDays(at.facts, 0.5))-at.days()))
}

// search halves the days before the last one, which needs no look if it is
// certain.
func (o *Outlook) search(most calendar.Day, certain bool) (calendar.Day, bool) {
	last := most
	if certain {
		last--
	}
	if last < 1 || !o.otherwise(o.today+last) {
		return 0, false
	}
	same, other := calendar.Day(0), last
	for step := calendar.Day(1); step < last; step *= 4 { // most moments are near
		if o.otherwise(o.today + step) {
			other = step
			break
		}
		same = step
	}
	for other-same > 1 {
		if middle := (same + other) / 2; o.otherwise(o.today + middle) {
			other = middle
		} else {
			same = middle
		}
	}
	return o.today + other, true
}

// otherwise says whether a day differs from today.
func (o *Outlook) otherwise(day calendar.Day) bool {
	est := o.on(day)
	then := o.basis.Standing(o.history, o.sum, &est, day, &o.standing)
	return then.Differs(&o.standing) || !o.drifted && o.basis.Awake.Drifted(o.announcedMinor, est.CLVMinor)
}

// on is the estimate of a day without an order until then.
func (o *Outlook) on(day calendar.Day) estimate.Estimate {
	return estimate.On(o.history, o.sum, &o.basis.Rules, o.basis.Model, day)
}
