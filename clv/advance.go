package clv

import (
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
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
	Refused *history.Refusal  // of the event; the customer is as what was due left them
	Changed bool              // the customer is to be stored
	GivenUp []history.Waiting // events of before that never met their order
}

// Advance takes the customer through an occasion, and tells each change that is to
// be announced, in order:
//
//	fire what is due before the event ──► apply it ──► fire what is due until the instant
//
// An erasure is applied alone, at once: see erasure.go.
//
// Commits, firing and what-if go this one way, so they agree. An event makes one change
// at most, however late it is: see apply.
func (c *Customer) Advance(id string, o Occasion, v *Valuation, tell func(Change)) (did Advanced) {
	if o.Event != nil && (o.Event.Kind == history.CustomerErased || c.Erasure.Known) {
		if done, refused := c.heedErasure(id, o.Event, v, tell); done || refused != nil {
			return Advanced{Changed: done, Refused: refused}
		}
	}
	if o.Event == nil && c.Erased() { // nothing of them is due
		c.DueMicros = 0
		return Advanced{Changed: true}
	}
	if o.Event != nil {
		did.Changed = c.fireUntil(id, o.Event.AtMicros-1, v, tell)
		var change Change
		var announced bool
		if change, announced, did.GivenUp, did.Refused = c.apply(o.Event, o.UntilMicros, v); announced {
			tell(change)
		}
		did.Changed = did.Changed || did.Refused == nil
		for i := range did.GivenUp {
			did.GivenUp[i].Event.CustomerID = id
		}
	}
	if !o.Due {
		did.Changed = c.fireUntil(id, o.UntilMicros, v, tell) || did.Changed
		return did
	}
	if o.UntilMicros < c.Value.AsOfMicros { // put off, so that due times are fired in order
		c.DueMicros = c.Value.AsOfMicros
	} else if change, decision := c.fire(id, o.UntilMicros, v); decision.Outcome == announce.Announce {
		tell(change)
	}
	did.Changed = true
	return did
}

// apply folds an event into the customer, values them, and decides whether the change
// is announced. A refused event leaves the customer as they were.
//
// Time does not run backwards for a customer. One who was valued beyond the event goes
// back to where they stood after the event before it, through the silence that follows
// from all events known now, and to the later of the instant that they were valued at
// and the last that is due by the given one. So the order of arrival does not matter to
// where they stand, and nothing on that way is announced: subscribers hear of one
// change, from what they know to where the customer stands now.
func (c *Customer) apply(e *history.Event, untilMicros int64, v *Valuation) (change Change, announced bool, given []history.Waiting, refused *history.Refusal) {
	before, latestMicros := *c, c.History.LatestMicros
	late := e.AtMicros <= max(before.Value.AsOfMicros, untilMicros)
	valuedMicros := before.Value.AsOfMicros
	if late {
		c.rebase(untilMicros, v)
		valuedMicros = c.Value.AsOfMicros
		c.goBack(e.AtMicros, v)
	}
	did, refused := c.History.Fold(e, &v.Rules)
	if refused != nil || !did.Changed && c.History.LatestMicros == latestMicros {
		before.History = c.History
		*c = before
		return Change{}, false, did.GivenUp, refused
	}
	r := c.revalue(c.History.LatestMicros, v)
	c.Settled = c.Standing
	var decision announce.Decision
	if late {
		change, decision = c.comeBack(e, did, &before, &r, valuedMicros, untilMicros, v)
	} else {
		change, decision = c.conclude(e, did, &before, &r, v)
	}
	return change, decision.Outcome == announce.Announce, did.GivenUp, nil
}

// conclude decides what is announced of an event, and finds the next due time.
func (c *Customer) conclude(e *history.Event, did history.Folded, before *Customer, r *revaluation, v *Valuation) (change Change, decision announce.Decision) {
	change, decision = c.decide(e.CustomerID, e.Kind, did.Amends, before, r, v)
	if decision.Outcome == announce.Announce {
		change.Cause = Cause{EventID: e.ID, Kind: e.Kind, OrderID: e.OrderID, AtMicros: e.AtMicros}
	}
	c.schedule(r, v)
	return change, decision
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
		c.Value, c.Standing, c.Refreshed = before.Value, before.Standing, before.Refreshed
	case announce.Announce:
		change.Cause = Cause{Kind: history.TimePassed, AtMicros: atMicros}
	}
	if before.Value.ModelVersion != c.Value.ModelVersion || before.Cut != c.Cut {
		c.Settled = c.Standing // see rebase
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
		Version:        c.Version - c.Erasure.Version,
		AnnouncedMinor: c.AnnouncedMinor,
		Known:          &c.Announced,
	}
}

func (c *Customer) point() announce.Point {
	return announce.Point{Value: &c.Value, Standing: &c.Standing, Cut: c.Cut}
}

// fireUntil fires, in order, whatever is due up to an instant.
func (c *Customer) fireUntil(id string, untilMicros int64, v *Valuation, tell func(Change)) (fired bool) {
	for c.DueMicros != 0 && c.DueMicros <= untilMicros {
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
