package clv

import (
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
)

// Erasure is what is left of a customer who was erased. It stays for good: events that were
// under way, that are sent again or read again would bring back who was to be forgotten.
//
//	events ──► customer ──erased──► Erasure ──► a later event: refused, or a new customer
type Erasure struct {
	Known    bool
	Anew     bool  // a later event has begun a new customer
	AtMicros int64 // of it and before it, nothing is taken any more
	// Version is that of the last change before, if a new customer may begin: theirs go on
	// from it, so that receivers who compare versions take the new ones for newer.
	Version uint64
}

// Erased says whether the customer was erased, and nothing has come since.
func (c *Customer) Erased() bool { return c.Erasure.Known && !c.Erasure.Anew }

// heedErasure takes an erasure, or decides about an event of a customer who was erased. It is
// done if nothing is left to do with the event, and the customer is to be stored.
func (c *Customer) heedErasure(id string, e *history.Event, v *Valuation, tell func(Change)) (done bool, refused *history.Refusal) {
	again := c.Erasure.Known && (c.Erased() || e.AtMicros <= c.Erasure.AtMicros)
	switch {
	case e.Kind == history.CustomerErased && again:
		if c.Erased() {
			c.Erasure.AtMicros = max(c.Erasure.AtMicros, e.AtMicros)
		}
		return true, nil
	case e.Kind == history.CustomerErased:
		tell(c.erase(id, e, v))
		return true, nil
	case e.AtMicros <= c.Erasure.AtMicros:
		return false, erased("happened before the customer was erased, or at that time")
	case v.Rules.LaterEvents == history.RefuseLater:
		return false, erased("happened after the customer was erased, and erasure.later_events is refuse")
	}
	c.Erasure.Anew = true
	return false, nil
}

func erased(why string) *history.Refusal {
	return &history.Refusal{Reason: history.Erased, Detail: "the event " + why}
}

// erase forgets all of the customer, whenever it happened, and makes the change that says so
// and no figure. What is due is not told first. Where a new customer may begin, nothing that
// was taken before counts as later, and no change of theirs is as of an instant before those
// that were told.
func (c *Customer) erase(id string, e *history.Event, v *Valuation) Change {
	asOfMicros := e.AtMicros
	if c.Version > c.Erasure.Version {
		asOfMicros = max(asOfMicros, c.Announced.AtMicros)
	}
	change := Change{
		CustomerID: id, Version: c.Version + 1, Reason: announce.ReasonErased,
		Cause:     Cause{EventID: e.ID, Kind: e.Kind, AtMicros: e.AtMicros},
		Current:   estimate.Estimate{AsOfMicros: asOfMicros, Status: history.Prospect},
		ModelName: v.Model.Name(), ModelVersion: v.Model.Version(),
	}
	left := Erasure{Known: true, AtMicros: e.AtMicros}
	if v.Rules.LaterEvents == history.BeginAnew {
		left.AtMicros, left.Version = asOfMicros, change.Version
		if c.History.Exists() {
			left.AtMicros = max(left.AtMicros, c.History.LatestMicros)
		}
	}
	*c = Customer{Erasure: left, Version: left.Version}
	return change
}
