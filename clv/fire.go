package clv

// Fire looks at the customer at a due instant, which is not before the last time
// they were looked at, and finds the next. Where the customer then stands
// otherwise, or another model or cut of the tiers is in force, or a change waited
// for its time, the value is taken as of the instant and, if there is something to
// tell and the policy lets it, announced. An
// instant that came too early changes nothing but the next.
func (c *Customer) Fire(id string, atMicros int64, v *Valuation) (change Change, announced bool) {
	atMicros = max(atMicros, c.Value.AsOfMicros)
	before := *c
	l := c.look(atMicros, held{c.Standing.Tier, c.Standing.TierMicros}, v)
	reason, drifted := c.dueReason(&before, v), v.Awake.drifted(c.AnnouncedMinor, l.estimate.CLVMinor)
	if reason == 0 && !drifted && c.Cut == before.Cut {
		c.Value, c.Standing = before.Value, before.Standing
		c.DueMicros = 0
		c.schedule(&l, v)
		return Change{}, false
	}
	silent := (reason == ReasonDormant || reason == ReasonTier) && !c.Standing.tells(&c.Told.Standing, l.estimate.Acquisition.Known)
	if drifted && (reason == 0 || silent) {
		reason = ReasonDecay
	}
	if announced = reason != 0 && c.worthAnnouncing(reason, &before.Value, &l.estimate, v); announced {
		change = c.announce(id, reason, &l, v)
		change.Cause = Cause{Kind: TimePassed, AtMicros: atMicros}
	}
	c.DueMicros = 0
	c.schedule(&l, v)
	return change, announced
}

// dueReason names what has come; 0: nothing but, perhaps, a drift.
func (c *Customer) dueReason(before *Customer, v *Valuation) Reason {
	now, was := &c.Standing, &before.Standing
	switch {
	case before.Value.ModelVersion != v.Model.Version():
		return ReasonModel
	case now.Tier != was.Tier:
		return ReasonTier
	case now.Stage != was.Stage:
		return ReasonDormant
	case now.differs(was):
		return ReasonDecay
	default:
		return c.Told.Held
	}
}

// CatchUp brings the customer to just before an instant: it fires, in order,
// whatever was due until then. If more was fired already, before an event of the
// instant was known, the customer goes back to their latest event first; what is
// told of is not told again.
func (c *Customer) CatchUp(id string, beforeMicros int64, v *Valuation, announce func(Change)) (fired bool) {
	if c.Value.AsOfMicros >= beforeMicros && beforeMicros > c.History.LatestMicros {
		c.unfire(&v.Rules.Calendar)
		l := c.look(c.History.LatestMicros, held{c.Settled.Tier, c.Settled.TierMicros}, v)
		c.DueMicros = 0
		c.schedule(&l, v)
		fired = true
	}
	for c.DueMicros != 0 && c.DueMicros < beforeMicros {
		if change, announced := c.Fire(id, c.DueMicros, v); announced {
			announce(change)
		}
		fired = true
	}
	return fired
}

// schedule sets the next instant at which to look. One that is in the due index
// already stays if nothing happens before it: looking too early costs less than
// moving it with every event.
func (c *Customer) schedule(l *look, v *Valuation) {
	next := c.nextLook(l, v)
	if held := c.heldUntil(v); held != 0 && (next == 0 || held < next) {
		next = held
	}
	kept := c.DueMicros > l.estimate.AsOfMicros && (next == 0 || c.DueMicros <= next)
	if !kept {
		c.DueMicros = next
	}
}

// heldUntil is when a change that waits may be announced; 0: none waits.
func (c *Customer) heldUntil(v *Valuation) int64 {
	switch {
	case c.Told.Held == 0:
		return 0
	case c.Told.Held == ReasonDormant && v.Policy.CoolDownMicros > 0:
		return max(c.Told.AtMicros+v.Policy.SpanMicros, c.Told.Standing.StageMicros+v.Policy.CoolDownMicros)
	default:
		return c.Told.AtMicros + v.Policy.SpanMicros
	}
}

// unfire puts the customer where they stood after their latest event.
func (c *Customer) unfire(calendar *Calendar) {
	if c.Settled.Stage == StageWonBack && c.Standing.Stage != StageWonBack {
		c.count(StageWonBack, calendar.Day(c.Settled.StageMicros).Month(), -1)
	}
	c.Standing = c.Settled
}
