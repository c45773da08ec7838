package clv

// Reading is a customer as of an instant: what they are worth, where they stand,
// and what comes next if nothing happens.
type Reading struct {
	Estimate  Estimate
	Standing  Standing
	Silence   Silence // with what it has cost, in a stage of silence
	Tier      TierNews
	BreakEven BreakEven
	Next      Next
	Doubts    []Doubt // of an instant before the latest event: what is not known of it
}

// Next is the next instant that brings anything: another standing, a change that
// is announced, or both.
type Next struct {
	AtMicros  int64 // 0: none comes
	Reason    Reason
	Announced bool
	Standing  Standing
	Value     Valued
}

// At reads the customer as of an instant. After the latest event, what comes due
// until then is fired on a copy, as it would be; nothing is written. Before it,
// the customer is rebuilt from the ledger, as far as that reaches: see Doubt, and
// SealedError for an instant before.
func (c *Customer) At(id string, atMicros int64, v *Valuation) (Reading, error) {
	if atMicros >= c.History.LatestMicros {
		then := *c
		then.CatchUp(id, atMicros+1, v, func(Change) {})
		return then.read(id, atMicros, v), nil
	}
	if from := c.History.knownFrom(&v.Rules); atMicros < from {
		return Reading{}, &SealedError{FromMicros: from}
	}
	w := c.rebuilt(id, v)
	for _, h := range c.History.retold(&v.Rules) {
		if h.AtMicros <= atMicros {
			w.take(h.AtMicros, func(Moment) {})
		}
	}
	w.fire(atMicros+1, func(Moment) {})
	w.anchor(atMicros)
	reading := w.customer.read(id, atMicros, v)
	reading.Doubts = w.doubts(atMicros, &reading)
	return reading, nil
}

// read is the reading of a customer for whom everything due until an instant is
// fired.
func (c *Customer) read(id string, atMicros int64, v *Valuation) Reading {
	next := c.next(id, v)
	now := *c
	l := now.look(atMicros, held{c.Standing.Tier, c.Standing.TierMicros}, v)
	r := Reading{
		Estimate:  l.estimate,
		Standing:  now.Standing,
		Silence:   l.silence(v),
		Tier:      v.Awake.Tiers.news(now.Standing.Tier, now.Standing.Tier, &l.estimate),
		BreakEven: breakEven(&l, &now.History, v),
		Next:      next,
	}
	if now.Standing.Stage.silent() {
		r.Silence.cost(&l, &now.History, v)
	}
	return r
}

// next looks ahead on a copy. Instants that come too early bring nothing.
func (c *Customer) next(id string, v *Valuation) Next {
	ahead := *c
	for ahead.DueMicros != 0 {
		before := ahead
		change, announced := ahead.Fire(id, ahead.DueMicros, v)
		if !announced && !ahead.Standing.differs(&before.Standing) {
			continue
		}
		next := Next{AtMicros: ahead.Value.AsOfMicros, Reason: change.Reason, Announced: announced, Standing: ahead.Standing, Value: ahead.Value}
		if !announced {
			next.Reason = ahead.dueReason(&before, v)
		}
		return next
	}
	return Next{}
}
