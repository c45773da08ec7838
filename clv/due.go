package clv

// farthestDays is how far ahead is looked for a moment that matters: a hundred
// years.
const farthestDays = tabulatedAgeDays

// outlook is a customer between events: the same history, ever later days.
type outlook struct {
	v        *Valuation
	history  *History
	sum      *Sealed
	facts    Facts // as of today
	today    Day
	standing Standing
	path     held
	told     float64 // CLV last announced, minor units
	drifted  bool    // already today
}

// nextLook is an instant at which to look at the customer again, not later than
// the first at which they stand otherwise than at the last look, or the value has
// drifted; 0 if that never comes. Values fall through silence, so what is
// otherwise once stays so, and the first day is found by halving: P(alive), what
// is expected of a living customer and a practitioner's orders a year all fall
// with T.
func (c *Customer) nextLook(l *look, v *Valuation) int64 {
	est := &l.estimate
	if l.sum.Days == 0 || est.Status == Churned && !v.Awake.byValue(&c.History) {
		return 0
	}
	o := outlook{
		v: v, history: &c.History, sum: &l.sum, facts: est.Facts,
		today:    v.Rules.Calendar.Day(est.AsOfMicros),
		standing: c.Standing,
		path:     held{c.Standing.Tier, c.Standing.TierMicros},
		told:     c.AnnouncedMinor,
		drifted:  v.Awake.drifted(c.AnnouncedMinor, est.CLVMinor),
	}
	indexed := o.today
	if c.DueMicros > est.AsOfMicros {
		indexed = v.Rules.Calendar.Day(c.DueMicros)
	}
	day, ok := o.first(est, indexed)
	if !ok {
		return 0
	}
	return v.Rules.Calendar.Start(day)
}

// first is the first day after today that is otherwise, or the day that the due
// index has if nothing is otherwise before it.
func (o *outlook) first(est *Estimate, indexed Day) (Day, bool) {
	most := Day(farthestDays)
	certain := false // that the last day is otherwise
	if est.Status != Churned {
		at := silence{model: o.v.Model, facts: o.facts, pAlive: est.PAlive}
		if silent := o.v.Awake.Stages.nextDay(&at, o.standing.Stage); silent < never {
			if ahead := Day(silent - at.days()); ahead <= most {
				most, certain = ahead, true
			}
		}
	}
	if o.v.Awake.byValue(o.history) {
		if indexed > o.today && indexed-o.today <= most && !o.otherwise(indexed-1) {
			return indexed, true
		}
		if day, found := o.search(most, certain); found {
			return day, true
		}
	}
	return o.today + most, certain
}

// search halves the days before the last one, which needs no look if it is
// certain.
func (o *outlook) search(most Day, certain bool) (Day, bool) {
	last := most
	if certain {
		last--
	}
	if last < 1 || !o.otherwise(o.today+last) {
		return 0, false
	}
	same, other := Day(0), last
	for step := Day(1); step < last; step *= 4 { // most moments are near
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
func (o *outlook) otherwise(day Day) bool {
	est := o.estimate(day)
	now := o.v.standing(o.history, o.sum, &est, day, &o.standing, o.path)
	return now.differs(&o.standing) || !o.drifted && o.v.Awake.drifted(o.told, est.CLVMinor)
}

// estimate is what the standing needs to know of a day.
func (o *outlook) estimate(day Day) Estimate {
	facts := o.facts
	facts.AgeDays = max(facts.RecencyDays, int(day-o.sum.FirstDay))
	est := Estimate{
		Status:        o.history.status(o.sum),
		Facts:         facts,
		HistoricMinor: float64(facts.MarginMinor),
		Acquisition:   o.history.Acquisition,
	}
	p := o.v.Model.Predict(facts)
	est.PAlive = o.history.alive(o.sum, est.Status, p.PAlive)
	est.PredictedMinor = est.PAlive * p.ValueIfAliveMinor
	est.CLVMinor = est.HistoricMinor + est.PredictedMinor
	return est
}
