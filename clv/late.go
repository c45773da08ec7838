package clv

import (
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// A late event: the customer was valued beyond it, or their shard has fired beyond it.
//
//	 event before        the event   another one             now
//	───────●──────────────────○──────────●────────────────────┼──► event time
//	       │◄──── goBack ────────────────────── valued here ──┤
//	       └─ settle ─► fold ──► revalue at the latest event ─┴─► comeBack
//
// rebase comes first where the customer was valued by another model, or other borders.

// goBack takes a customer who was valued in silence back to where they stood before
// an instant.
func (c *Customer) goBack(atMicros int64, v *Valuation) {
	latestMicros := c.History.LatestMicros
	if c.Value.AsOfMicros <= latestMicros || c.Value.AsOfMicros < atMicros {
		return
	}
	c.rewind(&v.Rules.Calendar)
	if atMicros > latestMicros && latestMicros != 0 {
		r := c.revalue(latestMicros, v)
		c.settle(&r, atMicros-1, v)
	}
}

// settle takes the customer through silence up to an instant. What it brings on the
// way is not announced.
func (c *Customer) settle(r *revaluation, untilMicros int64, v *Valuation) {
	for c.Value.AsOfMicros < untilMicros {
		ahead := c.outlook(r, v)
		next := ahead.NextChange(&c.Standing, c.AnnouncedMinor, 0)
		if next == 0 || next > untilMicros {
			return
		}
		*r = c.revalue(next, v)
	}
}

// rebase values a customer by another model, or other borders of the tiers, than
// before. That is of today, so a late event does not find them by it in the past.
func (c *Customer) rebase(untilMicros int64, v *Valuation) {
	if c.Value.ModelVersion == "" || c.Value.ModelVersion == v.Model.Version() && c.Cut == v.Awake.Tiers.Cut {
		return
	}
	c.revalue(max(c.Value.AsOfMicros, untilMicros), v)
	c.Settled = c.Standing
}

// comeBack takes a customer whose latest event was late to where they stand now, which
// is not before they were valued last.
func (c *Customer) comeBack(e *history.Event, did history.Folded, before *Customer, r *revaluation, valuedMicros, untilMicros int64, v *Valuation) (change Change, decision announce.Decision) {
	c.settle(r, max(untilMicros, valuedMicros), v)
	if c.Value.AsOfMicros < valuedMicros {
		*r = c.revalue(valuedMicros, v)
	}
	undecided := *c
	change, decision = c.conclude(e, did, before, r, v)
	if c.DueMicros != 0 && c.DueMicros <= untilMicros { // what is told now would be told again before the instant
		*c = undecided
		*r = c.revalue(untilMicros, v)
		change, decision = c.conclude(e, did, before, r, v)
	}
	return change, decision
}

// rewind puts the customer where they stood after their latest event.
func (c *Customer) rewind(calendar *calendar.Calendar) {
	if c.Settled.Stage == standing.StageWonBack && c.Standing.Stage != standing.StageWonBack {
		c.Entries = c.Entries.Counted(standing.StageWonBack, calendar.Day(c.Settled.StageMicros).Month(), -1)
	}
	c.Standing = c.Settled
}
