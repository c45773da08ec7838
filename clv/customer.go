package clv

import "slices"

// Customer is everything stored of one customer: the history, the value when it
// was last looked at (an event, or a due time since), where the customer stands,
// and what was last announced of both.
type Customer struct {
	History  History
	Value    Valued
	Standing Standing // as of Value.AsOfMicros
	// Settled is where the customer stood after the latest event. One that is told
	// of after a due time that it precedes goes on from there, so both orders of
	// arrival end the same.
	Settled Standing
	// DueMicros is the next instant at which to look, as the due index has it; 0:
	// none. It may be too early, never too late.
	DueMicros int64
	Cut       uint64  // of the tiers' borders, by which they stand
	Entries   []Entry // of stages that were left again, ascending by (Month, Stage)

	Version        uint64 // changes announced so far: the version of the last one
	AnnouncedMinor float64
	Told           Told
}

// Valued is what is stored of an estimate. The rest of it follows from the
// history and the model.
type Valued struct {
	AsOfMicros     int64
	Status         Status
	HistoricMinor  float64
	PredictedMinor float64
	CLVMinor       float64
	PAlive         float64
	ExpectedOrders float64
	Digest         uint64 // of the whole estimate: tells whether another one differs
	ModelVersion   string
}

// Told is what subscribers know of a customer's standing.
type Told struct {
	Standing Standing // as last announced; StageMicros is when a stage was announced last
	AtMicros int64    // the instant for which the last change holds
	Held     Reason   // of a change that waits for its time; 0: none does
	Rose     bool     // the last announced move was upwards
}

// Entry counts how often a stage was entered in a month and left again. The
// stage that a customer is in is not among them yet.
type Entry struct {
	Month Month
	Stage Stage
	Count int
}

// Valuation is what it takes to value a customer and to decide what to announce.
type Valuation struct {
	Rules  Rules
	Model  Model
	Awake  Awake
	Policy Policy
	// SilentModel lets customers pass to another model version without an
	// announcement.
	SilentModel bool
}

// Apply folds an event into the customer, values the customer as of the latest
// event time, and decides whether the change is announced. What was due before
// the event is to be fired first (CatchUp). A refused event leaves the customer
// as it was.
func (c *Customer) Apply(e *Event, v *Valuation) (change Change, announced bool, refused *Refusal) {
	latestMicros := c.History.LatestMicros
	did, refused := c.History.fold(e, &v.Rules)
	if refused != nil {
		return Change{}, false, refused
	}
	if !did.change && c.History.LatestMicros == latestMicros {
		return Change{}, false, nil
	}
	known := c.Value
	if c.Value.AsOfMicros > c.History.LatestMicros {
		c.unfire(&v.Rules.Calendar)
	}
	look := c.look(c.History.LatestMicros, held{c.Standing.Tier, c.Standing.TierMicros}, v)
	c.Settled = c.Standing
	reason := c.reason(e.Kind, known.Status, did.amend)
	if announced = c.worthAnnouncing(reason, &known, &look.estimate, v); announced {
		change = c.announce(e.CustomerID, reason, &look, v)
		change.Cause = Cause{EventID: e.ID, Kind: e.Kind, OrderID: e.OrderID, AtMicros: e.AtMicros}
	}
	c.schedule(&look, v)
	return change, announced, nil
}

// look is a customer valued at an instant.
type look struct {
	sum      Sealed
	estimate Estimate
}

// look values the customer as of an instant and finds where they stand, coming
// from a tier.
func (c *Customer) look(asOfMicros int64, from held, v *Valuation) look {
	l := look{sum: c.History.sum(&v.Rules)}
	l.estimate = c.History.value(&l.sum, &v.Rules, v.Model, asOfMicros)
	c.Value = l.estimate.stored(v.Model.Version())
	was := c.Standing
	c.Cut = v.Awake.Tiers.Cut
	c.Standing = v.standing(&c.History, &l.sum, &l.estimate, v.Rules.Calendar.Day(asOfMicros), &was, from)
	if c.Standing.Stage != was.Stage && was.StageMicros < asOfMicros {
		c.count(was.Stage, v.Rules.Calendar.Day(was.StageMicros).Month(), 1)
	}
	return l
}

// count adds to how often a stage was entered in a month, of those that are
// counted.
func (c *Customer) count(stage Stage, month Month, times int) {
	if stage != StageLost && stage != StageWonBack {
		return
	}
	entries := slices.Clone(c.Entries)
	at, known := slices.BinarySearchFunc(entries, Entry{Month: month, Stage: stage}, compareEntries)
	if !known {
		entries = slices.Insert(entries, at, Entry{Month: month, Stage: stage})
	}
	if entries[at].Count += times; entries[at].Count <= 0 {
		entries = slices.Delete(entries, at, at+1)
	}
	c.Entries = entries
}

func compareEntries(a, b Entry) int {
	if a.Month != b.Month {
		return int(a.Month - b.Month)
	}
	return int(a.Stage) - int(b.Stage)
}

// reason names a change by what caused it.
func (c *Customer) reason(kind Kind, known Status, amended bool) Reason {
	switch {
	case c.Version == 0:
		return ReasonFirst
	case known == Churned && c.Value.Status != Churned:
		return ReasonReactivation
	case kind == OrderRefunded:
		return ReasonRefund
	case kind == OrderCancelled:
		return ReasonCancel
	case kind == ChurnConfirmed || kind == ChurnReverted || kind == ChurnPredicted:
		return ReasonChurn
	case amended || kind == CustomerAcquired:
		return ReasonCorrection
	default:
		return ReasonPurchase
	}
}
