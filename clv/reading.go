package clv

import (
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// Reading is a customer as of an instant: what they are worth, where they stand,
// and what comes next if nothing happens.
type Reading struct {
	Estimate  estimate.Estimate
	Standing  standing.Standing
	Silence   standing.Silence // with what it has cost, in a stage of silence
	Tier      standing.TierMove
	BreakEven estimate.BreakEven
	Next      Next
	Doubts    []Doubt // of an instant before the latest event: what is not known of it

	FirstChannel string // see history.History
}

// Next is the next instant that brings anything: another standing, a change that
// is announced, or both.
type Next struct {
	AtMicros  int64 // 0: none comes
	Reason    announce.Reason
	Announced bool
	Standing  standing.Standing
	Value     estimate.Valued
}

// At reads the customer as of an instant. After the latest event, what comes due
// until then is fired on a copy, as it would be; nothing is written. Before it,
// the customer is rebuilt from the ledger, as far as that reaches: see Doubt, and
// SealedError for an instant before.
func (c *Customer) At(id string, atMicros int64, v *Valuation) (Reading, error) {
	if atMicros >= c.History.LatestMicros {
		then := *c
		then.backTo(atMicros, v)
		then.Advance(id, Occasion{UntilMicros: atMicros}, v, func(Change) {})
		return then.read(id, atMicros, v), nil
	}
	if from := c.History.KnownFrom(&v.Rules); atMicros < from {
		return Reading{}, &SealedError{FromMicros: from}
	}
	w := c.rebuilt(id, v)
	for _, h := range c.History.KnownLedger(&v.Rules) {
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

// backTo takes a customer who was valued beyond an instant back to it. It is not before
// the latest event.
func (c *Customer) backTo(atMicros int64, v *Valuation) {
	if c.Value.AsOfMicros <= atMicros {
		return
	}
	c.rewind(&v.Rules.Calendar)
	r := c.revalue(c.History.LatestMicros, v)
	c.settle(&r, atMicros, v)
	c.DueMicros = 0
	c.schedule(&r, v)
}

// read is the reading of a customer for whom everything due until an instant is
// fired.
func (c *Customer) read(id string, atMicros int64, v *Valuation) Reading {
	next := c.next(id, v)
	now := *c
	l := now.revalue(atMicros, v)
	ahead := now.outlook(&l, v)
	r := Reading{
		Estimate:  l.estimate,
		Standing:  now.Standing,
		Silence:   ahead.Silence(),
		Tier:      v.Awake.Tiers.Move(now.Standing.Tier, now.Standing.Tier, &l.estimate),
		BreakEven: estimate.BreakEvenOf(&now.History, &l.sum, &l.estimate, &v.Rules, v.Model),
		Next:      next,

		FirstChannel: now.History.FirstChannel(&v.Rules.Calendar),
	}
	if now.Standing.Stage.Silent() {
		r.Silence = ahead.CostlySilence()
	}
	return r
}

// next looks ahead on a copy. Instants that come too early bring nothing.
func (c *Customer) next(id string, v *Valuation) Next {
	ahead := *c
	for ahead.DueMicros != 0 {
		before := ahead
		change, decision := ahead.fire(id, ahead.DueMicros, v)
		announced := decision.Outcome == announce.Announce
		if !announced && !ahead.Standing.Differs(&before.Standing) {
			continue
		}
		next := Next{AtMicros: ahead.Value.AsOfMicros, Reason: change.Reason, Announced: announced, Standing: ahead.Standing, Value: ahead.Value}
		if !announced {
			next.Reason = ahead.timeReason(&before)
		}
		return next
	}
	return Next{}
}

// timeReason is what an instant brought, announced or not.
func (c *Customer) timeReason(before *Customer) announce.Reason {
	move := c.move(history.TimePassed, before)
	return move.Brought()
}
