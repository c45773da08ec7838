package clv

import "sort"

// Change is one announced move of a customer's value or standing.
type Change struct {
	CustomerID    string
	Version       uint64 // 1 for the customer's first change, then one more each
	Reason        Reason
	Cause         Cause
	PreviousMinor float64 // CLV of the change before this one; 0 for the first
	Current       Estimate
	ModelName     string
	ModelVersion  string

	Was, Standing Standing // as last announced, and now
	Silence       Silence
	Tier          TierNews
	BreakEven     BreakEven
}

// Cause is what moved the value: an event, or an instant that came.
type Cause struct {
	EventID  string // empty when time passed
	Kind     Kind   // TimePassed when no event caused it
	OrderID  string
	AtMicros int64
}

// Silence is what a customer's silence means.
type Silence struct {
	Days     int     // since the last purchase day
	Quantile float64 // how likely an order would have come by now, [0, 1]; 0: no rhythm is known
	// LossMinor is by how much the predicted value has fallen since the last
	// purchase day, and BestDay is the day on which it falls, or fell, most: the
	// best moment to speak to the customer. Both are known of the changes that
	// announce a stage of silence.
	LossMinor float64
	BestDay   Day
	LossKnown bool
}

// TierNews names the tiers of a change; empty for none.
type TierNews struct {
	Was, Now, Next string
	MissingMinor   float64 // to the next tier
}

// announce makes the change that tells where the customer stands now. Its cause
// is the caller's to say.
func (c *Customer) announce(id string, reason Reason, l *look, v *Valuation) Change {
	current := &l.estimate
	c.Version++
	change := Change{
		CustomerID:    id,
		Version:       c.Version,
		Reason:        reason,
		PreviousMinor: c.AnnouncedMinor,
		Current:       *current,
		ModelName:     v.Model.Name(),
		ModelVersion:  v.Model.Version(),
		Was:           c.Told.Standing,
		Standing:      c.Standing,
		Silence:       c.silence(l, v),
		Tier:          v.Awake.Tiers.news(c.Told.Standing.Tier, c.Standing.Tier, current),
		BreakEven:     breakEven(l, &c.History, v),
	}
	if c.Standing.tellsStage(&c.Told.Standing) {
		c.Told.Standing.StageMicros = current.AsOfMicros
	}
	stageMicros := c.Told.Standing.StageMicros
	c.Told = Told{Standing: c.Standing, AtMicros: current.AsOfMicros, Rose: current.CLVMinor > c.AnnouncedMinor}
	c.Told.Standing.StageMicros = stageMicros
	c.AnnouncedMinor = current.CLVMinor
	return change
}

func (t *Tiers) news(was, now uint8, est *Estimate) TierNews {
	missing, next := t.missing(now, t.tierValue(est))
	return TierNews{Was: t.name(was), Now: t.name(now), Next: t.name(next), MissingMinor: missing}
}

// silence measures the silence, and what it has cost where a stage of it is
// entered.
func (c *Customer) silence(l *look, v *Valuation) Silence {
	s := l.silence(v)
	if c.Standing.tellsStage(&c.Told.Standing) && c.Standing.Stage.silent() {
		s.cost(l, &c.History, v)
	}
	return s
}

// silence is how long it is quiet, and how likely that is of who still buys.
func (l *look) silence(v *Valuation) Silence {
	facts := l.estimate.Facts
	if facts.PurchaseDays == 0 {
		return Silence{}
	}
	s := Silence{Days: facts.AgeDays - facts.RecencyDays}
	s.Quantile = v.Model.SilenceQuantile(facts, float64(s.Days))
	return s
}

// cost measures what the silence has cost.
func (s *Silence) cost(l *look, h *History, v *Valuation) {
	o := outlook{v: v, history: h, sum: &l.sum, facts: l.estimate.Facts}
	last := l.sum.LastDay
	s.LossMinor = o.predictedMinor(last) - l.estimate.PredictedMinor
	s.BestDay, s.LossKnown = o.steepest(last), true
}

// predictedMinor is the predicted value on a day without an order until then.
func (o *outlook) predictedMinor(day Day) float64 {
	est := o.estimate(day)
	return est.PredictedMinor
}

// steepest is the day, from the last purchase day on, in which the predicted value
// falls most until the next. It may stay what it is for a while, as the practitioners'
// models have it for a year; then the fall per day rises to one peak and fades, but
// for ripples below steepestWithin, so thirds are cut off around it. Where nothing
// falls, the first day stands for all.
func (o *outlook) steepest(last Day) Day {
	fall := func(day Day) float64 { return o.predictedMinor(day) - o.predictedMinor(day+1) }
	low, high := last, last+o.longestWait()
	switch whole := o.predictedMinor(low); {
	case o.predictedMinor(high+1) == whole:
		return low
	case o.predictedMinor(low+1) == whole:
		low += Day(sort.Search(int(high-low), func(days int) bool { return o.predictedMinor(low+Day(days)+1) < whole }))
	}
	if fall(low) > (1+steepestWithin)*fall(low+1) {
		return low
	}
	for high-low > 2 {
		third := (high - low) / 3
		if fall(low+third) >= fall(high-third) {
			high -= third
		} else {
			low += third
		}
	}
	best := low
	for day := low + 1; day <= high; day++ {
		if fall(day) > fall(best) {
			best = day
		}
	}
	return best
}

// steepestWithin is by which share the fall of another day may be larger.
const steepestWithin = 1e-3

// longestWait is how many days after a purchase the predicted value falls most at
// the latest: well beyond the wait that one customer in a hundred exceeds.
func (o *outlook) longestWait() Day {
	const least, most = 30, 3652
	wait := 2 * o.v.Model.SilenceDays(o.facts, 0.99)
	return Day(min(max(wait, least), most))
}
