package clv

import (
	"cmp"
	"slices"
)

// Fold takes an event into the history. It reports whether that changed
// anything but the latest event time (a repeated event changes nothing), or
// refuses the event as TooLate and leaves the history as it was.
func (h *History) Fold(e *Event, rules *Rules) (changed bool, refused *Refusal) {
	day := rules.Calendar.Day(e.AtMicros)
	latestDay := day
	if h.LatestMicros != 0 {
		latestDay = max(latestDay, rules.Calendar.Day(h.LatestMicros))
	}
	switch e.Kind {
	case OrderPlaced, OrderRefunded, OrderCancelled:
		if day < latestDay-rules.LatenessDays {
			return false, tooLate("is more than the lateness behind the customer's latest event")
		}
		changed, refused = h.foldOrder(e, day, rules)
	case ChurnConfirmed, ChurnReverted, ChurnPredicted:
		changed = h.Churn.fold(e)
	case CustomerAcquired:
		changed = h.Acquisition.fold(e)
	}
	if refused != nil {
		return false, refused
	}
	h.LatestMicros = max(h.LatestMicros, e.AtMicros)
	h.seal(latestDay, rules)
	return changed, nil
}

func tooLate(detail string) *Refusal { return &Refusal{Reason: TooLate, Detail: detail} }

// foldOrder finds the order's ledger entry, or begins one, and folds into it.
func (h *History) foldOrder(e *Event, day Day, rules *Rules) (bool, *Refusal) {
	at := h.find(e.OrderID)
	if at < 0 {
		return h.foldNewEntry(e, day, rules)
	}
	entry := h.Orders[at]
	if entry.SealedBefore && e.Kind != OrderRefunded {
		return false, tooLate("concerns an order that is sealed")
	}
	if entry.Placed && e.Kind != OrderRefunded && day > entry.FirstDay+rules.LatenessDays {
		return false, tooLate("amends or cancels an order more than the lateness after it was placed")
	}
	if e.Kind == OrderPlaced && h.sealedEarly(day) {
		return false, tooLate("falls on a day that the ledger limit sealed early")
	}
	if !entry.fold(e, day, rules) {
		return false, nil
	}
	h.Orders = slices.Delete(h.Orders, at, at+1)
	h.insert(entry)
	return true, nil
}

func (h *History) foldNewEntry(e *Event, day Day, rules *Rules) (bool, *Refusal) {
	known, stood := h.Sealed.knows(e.OrderID)
	switch {
	case known && e.Kind != OrderRefunded:
		return false, tooLate("concerns an order that is sealed")
	case e.Kind == OrderPlaced && h.sealedEarly(day):
		return false, tooLate("falls on a day that the ledger limit sealed early")
	}
	entry := Order{ID: e.OrderID, SealedBefore: known, Void: known && !stood}
	entry.fold(e, day, rules)
	h.insert(entry)
	return true, nil
}

func (h *History) sealedEarly(day Day) bool { return h.Sealed.Early && day <= h.Sealed.EarlyDay }

// find returns the ledger index of an order id, or −1.
func (h *History) find(id string) int {
	for i := range h.Orders {
		if h.Orders[i].ID == id {
			return i
		}
	}
	return -1
}

func (h *History) insert(entry Order) {
	at, _ := slices.BinarySearchFunc(h.Orders, entry, func(a, b Order) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.ID, b.ID))
	})
	h.Orders = slices.Insert(h.Orders, at, entry)
}

// fold takes an accepted event into the order's entry.
func (o *Order) fold(e *Event, day Day, rules *Rules) bool {
	switch e.Kind {
	case OrderPlaced:
		return o.foldVersion(e, day, rules)
	case OrderRefunded:
		return o.foldRefund(e, day)
	default:
		return o.foldCancel(day)
	}
}

// foldVersion keeps the version with the latest time, ties by event id.
func (o *Order) foldVersion(e *Event, day Day, rules *Rules) bool {
	hash := hashID(e.ID)
	if o.Placed {
		earlier := day < o.FirstDay
		o.FirstDay = min(o.FirstDay, day)
		if cmp.Or(cmp.Compare(e.AtMicros, o.AtMicros), cmp.Compare(hash, o.VersionHash)) <= 0 {
			return earlier
		}
	} else {
		o.FirstDay = day
	}
	o.Placed, o.Day, o.AtMicros, o.VersionHash = true, day, e.AtMicros, hash
	o.AmountMinor, o.MarginMinor = e.AmountMinor, e.MarginMinor
	if !e.MarginKnown {
		o.MarginMinor = rules.Margins.MarginMinor(e.AmountMinor, e.Channel, day)
	}
	return true
}

// foldRefund keeps one refund per id: the latest, ties by amount.
func (o *Order) foldRefund(e *Event, day Day) bool {
	refund := Refund{ID: e.RefundID, AtMicros: e.AtMicros, Day: day, AmountMinor: e.AmountMinor}
	at, found := slices.BinarySearchFunc(o.Refunds, refund.ID, func(r Refund, id string) int { return cmp.Compare(r.ID, id) })
	if !found {
		o.Refunds = slices.Insert(slices.Clip(o.Refunds), at, refund)
	} else {
		known := o.Refunds[at]
		if cmp.Or(cmp.Compare(refund.AtMicros, known.AtMicros), cmp.Compare(refund.AmountMinor, known.AmountMinor)) <= 0 {
			return false
		}
		o.Refunds = slices.Clone(o.Refunds)
		o.Refunds[at] = refund
	}
	o.wait(day)
	return true
}

func (o *Order) foldCancel(day Day) bool {
	if o.Cancelled && day <= o.CancelDay {
		return false
	}
	o.Cancelled, o.CancelDay = true, day
	o.wait(day)
	return true
}

// wait keeps an entry that has no order for as long as its latest refund or
// cancel may still find one.
func (o *Order) wait(day Day) {
	if !o.Placed {
		o.Day = max(o.Day, day)
	}
}

func (c *Churn) fold(e *Event) bool {
	hash := hashID(e.ID)
	if c.Kind != 0 && cmp.Or(cmp.Compare(e.AtMicros, c.AtMicros), cmp.Compare(hash, c.EventHash)) <= 0 {
		return false
	}
	*c = Churn{Kind: e.Kind, AtMicros: e.AtMicros, EventHash: hash, Probability: e.Probability}
	return true
}

func (a *Acquisition) fold(e *Event) bool {
	hash := hashID(e.ID)
	if a.Known && cmp.Or(cmp.Compare(e.AtMicros, a.AtMicros), cmp.Compare(hash, a.EventHash)) <= 0 {
		return false
	}
	*a = Acquisition{Known: true, AtMicros: e.AtMicros, EventHash: hash, CostMinor: e.AmountMinor, Channel: e.Channel}
	return true
}
