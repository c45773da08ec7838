package clv

import (
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
)

// Apply is the part of Advance that takes an event, where nothing was fired by the shard.
func (c *Customer) Apply(e *history.Event, v *Valuation) (change Change, announced bool, refused *history.Refusal) {
	change, announced, _, refused = c.apply(e, 0, v)
	return change, announced, refused
}

// CatchUp is the part of Advance that fires what is due before an instant.
func (c *Customer) CatchUp(id string, beforeMicros int64, v *Valuation, announce func(Change)) (fired bool) {
	return c.fireUntil(id, beforeMicros-1, v, announce)
}

// Fire is the part of Advance that values a customer at a due instant.
func (c *Customer) Fire(id string, atMicros int64, v *Valuation) (change Change, announced bool) {
	change, decision := c.fire(id, atMicros, v)
	return change, decision.Outcome == announce.Announce
}
