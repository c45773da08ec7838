package clv

import (
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// Occasion is what takes a customer further: an event, an instant, or both.
type Occasion struct {
	// Event is applied after whatever is due before it; nil: there is none.
	Event *history.Event
	// UntilMicros is the instant up to which, itself included, due times are fired.
	UntilMicros int64
	// Due says that the due index names the instant: the customer is valued then,
	// whatever is due by their own account.
	Due bool
}

// Advanced is what an occasion did.
type Advanced struct {
	Refused *history.Refusal // of the event; the customer is as what was due left them
	Changed bool             // the customer is to be stored
}

// Advance takes the customer through an occasion, and tells each change that is to
// be announced, in order:
//
//	fire what is due before the event ──► apply it ──► fire what is due until the instant
//
// Commits, firing and what-if go this one way, so they agree.
func (c *Customer) Advance(id string, o Occasion, v *Valuation, tell func(Change)) (did Advanced) {
	if o.Event != nil {
		did.Changed = c.catchUp(id, o.Event.AtMicros, v, tell)
		var change Change
		var announced bool
		if change, announced, did.Refused = c.apply(o.Event, v); announced {
			tell(change)
		}
		did.Changed = did.Changed || did.Refused == nil
	}
	if !o.Due {
		return Advanced{did.Refused, c.catchUp(id, o.UntilMicros+1, v, tell) || did.Changed}
	}
	if o.UntilMicros < c.Value.AsOfMicros { // put off, so that due times are fired in order
		c.DueMicros = c.Value.AsOfMicros
	} else if change, decision := c.fire(id, o.UntilMicros, v); decision.Outcome == announce.Announce {
		tell(change)
	}
	return Advanced{did.Refused, true}
}

// apply folds an event into the customer, values the customer as of the latest
// event time, and decides whether the change is announced. A refused event leaves
// the customer as it was.
func (c *Customer) apply(e *history.Event, v *Valuation) (change Change, announced bool, refused *history.Refusal) {
	latestMicros := c.History.LatestMicros
	did, refused := c.History.Fold(e, &v.Rules)
	if refused != nil {
		return Change{}, false, refused
	}
	if !did.Changed && c.History.LatestMicros == latestMicros {
		return Change{}, false, nil
	}
	before := *c
	if c.Value.AsOfMicros > c.History.LatestMicros {
		c.rewind(&v.Rules.Calendar)
	}
	r := c.revalue(c.History.LatestMicros, v)
	c.Settled = c.Standing
	change, decision := c.decide(e.CustomerID, e.Kind, did.Amends, &before, &r, v)
	if announced = decision.Outcome == announce.Announce; announced {
		change.Cause = Cause{EventID: e.ID, Kind: e.Kind, OrderID: e.OrderID, AtMicros: e.AtMicros}
	}
	c.schedule(&r, v)
	return change, announced, nil
}

// fire values the customer as of a due instant, which is not before the last time
// they were valued, and finds the next. An instant that came too early changes
// nothing but the next.
func (c *Customer) fire(id string, atMicros int64, v *Valuation) (change Change, decision announce.Decision) {
	atMicros = max(atMicros, c.Value.AsOfMicros)
	before := *c
	r := c.revalue(atMicros, v)
	change, decision = c.decide(id, history.TimePassed, false, &before, &r, v)
	switch decision.Outcome {
	case announce.Unchanged:
		c.Value, c.Standing = before.Value, before.Standing
	case announce.Announce:
		change.Cause = Cause{Kind: history.TimePassed, AtMicros: atMicros}
	}
	c.DueMicros = 0
	c.schedule(&r, v)
	return change, decision
}

// decide has the policy decide, and notes what subscribers know from now on.
func (c *Customer) decide(id string, cause history.Kind, amends bool, before *Customer, r *revaluation, v *Valuation) (change Change, decision announce.Decision) {
	move := c.move(cause, before)
	move.Amends = amends
	decision = v.Policy.Decide(&move, &v.Awake)
	switch decision.Outcome {
	case announce.Announce:
		change = c.announce(id, decision.Reason, r, v)
	case announce.Suppress:
		c.Announced.Suppress(&c.Standing)
	case announce.Postpone:
		c.Announced.Pending = decision.Reason
	}
	return change, decision
}

// move is the customer's way from before.
func (c *Customer) move(cause history.Kind, before *Customer) announce.Move {
	return announce.Move{
		Cause:          cause,
		Acquired:       c.History.Acquisition.Known,
		Before:         before.point(),
		After:          c.point(),
		Version:        c.Version,
		AnnouncedMinor: c.AnnouncedMinor,
		Known:          &c.Announced,
	}
}

func (c *Customer) point() announce.Point {
	return announce.Point{Value: &c.Value, Standing: &c.Standing, Cut: c.Cut}
}

// catchUp brings the customer to just before an instant: it fires, in order,
// whatever was due until then. If more was fired already, before an event of the
// instant was known, the customer goes back to their latest event first; what was
// announced is not announced again.
func (c *Customer) catchUp(id string, beforeMicros int64, v *Valuation, tell func(Change)) (fired bool) {
	if c.Value.AsOfMicros >= beforeMicros && beforeMicros > c.History.LatestMicros {
		c.rewind(&v.Rules.Calendar)
		r := c.revalue(c.History.LatestMicros, v)
		c.DueMicros = 0
		c.schedule(&r, v)
		fired = true
	}
	for c.DueMicros != 0 && c.DueMicros < beforeMicros {
		if change, decision := c.fire(id, c.DueMicros, v); decision.Outcome == announce.Announce {
			tell(change)
		}
		fired = true
	}
	return fired
}

// schedule sets the next instant at which to value the customer. One that is in
// the due index already stays if nothing happens before it: valuing too early costs
// less than moving it with every event.
func (c *Customer) schedule(r *revaluation, v *Valuation) {
	ahead := c.outlook(r, v)
	next := ahead.NextChange(&c.Standing, c.AnnouncedMinor, c.DueMicros)
	if pending := v.Policy.PendingUntil(&c.Announced); pending != 0 && (next == 0 || pending < next) {
		next = pending
	}
	kept := c.DueMicros > r.estimate.AsOfMicros && (next == 0 || c.DueMicros <= next)
	if !kept {
		c.DueMicros = next
	}
}

// rewind puts the customer where they stood after their latest event.
func (c *Customer) rewind(calendar *calendar.Calendar) {
	if c.Settled.Stage == standing.StageWonBack && c.Standing.Stage != standing.StageWonBack {
		c.Entries = c.Entries.Counted(standing.StageWonBack, calendar.Day(c.Settled.StageMicros).Month(), -1)
	}
	c.Standing = c.Settled
}
