package clv

// Customer is everything stored of one customer: the history, the value of its
// last event, and what was last announced of it.
type Customer struct {
	History History
	Value   Valued
	Version uint64 // changes announced so far: the version of the last one
	// AnnouncedMinor is the CLV of the last announced change.
	AnnouncedMinor float64
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

// Change is one announced move of a customer's value.
type Change struct {
	CustomerID    string
	Version       uint64 // 1 for the customer's first change, then one more each
	Reason        Reason
	Cause         Cause
	PreviousMinor float64 // CLV of the change before this one; 0 for the first
	Current       Estimate
	ModelName     string
	ModelVersion  string
}

// Cause is the event that moved the value.
type Cause struct {
	EventID  string
	Kind     Kind
	OrderID  string
	AtMicros int64
}

// Valuation is what it takes to value a customer and to decide what to announce.
type Valuation struct {
	Rules  Rules
	Model  Model
	Policy Policy
}

// Apply folds an event into the customer, values the customer as of the latest
// event time, and decides whether the change is announced. It is the whole of
// what the live path does to a customer. A refused event leaves the customer as
// it was.
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
	estimate := Value(&c.History, &v.Rules, v.Model, c.History.LatestMicros)
	c.Value = estimate.stored(v.Model.Version())
	reason := c.reason(e.Kind, known.Status, did.amend)
	if !c.worthAnnouncing(reason, known, &estimate, &v.Policy) {
		return Change{}, false, nil
	}
	return c.announce(e, reason, estimate, v.Model), true, nil
}

// worthAnnouncing decides whether the value moved, and enough. A customer of
// whom nothing counts yet (a refund waits for its order) has no value to tell.
func (c *Customer) worthAnnouncing(reason Reason, known Valued, current *Estimate, policy *Policy) bool {
	switch {
	case reason == ReasonFirst:
		return current.Status != Prospect || current.Acquisition.Known
	case current.Status != known.Status:
		return true
	case c.Value.Digest == known.Digest:
		return false
	default:
		return !policy.Holds(c.AnnouncedMinor, current.CLVMinor)
	}
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

func (c *Customer) announce(e *Event, reason Reason, current Estimate, model Model) Change {
	c.Version++
	change := Change{
		CustomerID:    e.CustomerID,
		Version:       c.Version,
		Reason:        reason,
		Cause:         Cause{EventID: e.ID, Kind: e.Kind, OrderID: e.OrderID, AtMicros: e.AtMicros},
		PreviousMinor: c.AnnouncedMinor,
		Current:       current,
		ModelName:     model.Name(),
		ModelVersion:  model.Version(),
	}
	c.AnnouncedMinor = current.CLVMinor
	return change
}
