package clv

import (
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"slices"
)

// Customer is everything stored of one customer: the history, the value as of the
// latest event or due time, where the customer stands, and what was last announced
// of both.
type Customer struct {
	History  history.History
	Value    estimate.Valued
	Standing standing.Standing // as of Value.AsOfMicros
	// Refreshed is what the statistics count in place of Value, if it is known.
	Refreshed Refreshed
	// Settled is where the customer stood after the latest event. One that arrives
	// after a due time that it precedes goes on from there, so both orders of arrival
	// end the same.
	Settled standing.Standing
	// DueMicros is the next instant at which to value the customer, as the due index
	// has it; 0: none. It may be too early, never too late.
	DueMicros int64
	Cut       uint64           // of the tiers' borders, by which they stand
	Entries   standing.Entries // of stages that were left again

	Erasure Erasure // the last one, if they ever were erased

	Version        uint64 // changes announced so far: the version of the last one
	AnnouncedMinor float64
	Announced      announce.Announced

	// Extensions are what a later version of the program has stored of the customer,
	// as bytes. Nothing here looks at them: they are kept for that version.
	Extensions string
}

// Valuation is what it takes to value a customer and to decide what to announce.
type Valuation struct {
	standing.Basis
	Policy announce.Policy
}

// Clone is a customer that shares nothing with this one.
func (c *Customer) Clone() *Customer {
	clone := *c
	clone.History = c.History.Clone()
	clone.Entries = slices.Clone(c.Entries)
	return &clone
}

// revaluation is a customer valued as of an instant.
type revaluation struct {
	sum      history.Sealed
	estimate estimate.Estimate
}

// revalue values the customer as of an instant and finds where they stand.
func (c *Customer) revalue(asOfMicros int64, v *Valuation) revaluation {
	r := revaluation{sum: c.History.Sum(&v.Rules)}
	r.estimate = v.Estimate(&c.History, &r.sum, asOfMicros)
	c.Value, c.Refreshed = r.estimate.Stored(v.Model.Version()), Refreshed{}
	c.Cut = v.Awake.Tiers.Cut
	was := c.Standing
	c.Standing = v.Standing(&c.History, &r.sum, &r.estimate, v.Rules.Calendar.Day(asOfMicros), &was)
	if c.Standing.Stage != was.Stage && was.StageMicros < asOfMicros {
		c.Entries = c.Entries.Counted(was.Stage, v.Rules.Calendar.Day(was.StageMicros).Month(), 1)
	}
	return r
}

// outlook looks ahead from a revaluation.
func (c *Customer) outlook(r *revaluation, v *Valuation) standing.Outlook {
	return v.Outlook(&c.History, &r.sum, &r.estimate)
}
