package clv

import (
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// Change is one announced move of a customer's value or standing.
type Change struct {
	CustomerID    string
	Version       uint64 // 1 for the customer's first change, then one more each
	Reason        announce.Reason
	Cause         Cause
	PreviousMinor float64 // CLV of the change before this one; 0 for the first
	Current       estimate.Estimate
	ModelName     string
	ModelVersion  string

	Was, Standing standing.Standing // as last announced, and now
	Silence       standing.Silence
	Tier          standing.TierMove
	BreakEven     estimate.BreakEven
	FirstChannel  string // see history.History
}

// Cause is what moved the value: an event, or an instant that came.
type Cause struct {
	EventID  string       // empty when time passed
	Kind     history.Kind // TimePassed when no event caused it
	OrderID  string
	AtMicros int64
}

// announce makes the change that says where the customer stands now, and notes that
// it was announced. Its cause is the caller's to say.
func (c *Customer) announce(id string, reason announce.Reason, r *revaluation, v *Valuation) Change {
	current, known := &r.estimate, &c.Announced.Standing
	c.Version++
	change := Change{
		CustomerID:    id,
		Version:       c.Version,
		Reason:        reason,
		PreviousMinor: c.AnnouncedMinor,
		Current:       *current,
		ModelName:     v.Model.Name(),
		ModelVersion:  v.Model.Version(),
		Was:           *known,
		Standing:      c.Standing,
		Tier:          v.Awake.Tiers.Move(known.Tier, c.Standing.Tier, current),
		BreakEven:     estimate.BreakEvenOf(&c.History, &r.sum, current, &v.Rules, v.Model),
		FirstChannel:  c.History.FirstChannel(&v.Rules.Calendar),
	}
	ahead := c.outlook(r, v)
	if c.Standing.FallsSilent(known) {
		change.Silence = ahead.CostlySilence()
	} else {
		change.Silence = ahead.Silence()
	}
	c.Announced.Note(&c.Standing, current.AsOfMicros, current.CLVMinor > c.AnnouncedMinor)
	c.AnnouncedMinor = current.CLVMinor
	return change
}
