package history

import (
	"cmp"
	"github.com/clvstream/clvstream/clv/calendar"
	"slices"
)

// Folded is what folding an event did.
type Folded struct {
	Changed bool // something but the latest event time
	Amends  bool // the event is another version of an order that was known
}

// Fold takes an event into the history. A repeated event changes nothing but the
// latest event time. One that is refused, as TooLate, leaves the history as it was.
func (h *History) Fold(e *Event, rules *Rules) (did Folded, refused *Refusal) {
	day := rules.Calendar.Day(e.AtMicros)
	latestDay := day
	if h.LatestMicros != 0 {
		latestDay = rules.Calendar.Day(h.LatestMicros)
	}
	switch e.Kind {
	case OrderPlaced, OrderRefunded, OrderCancelled:
		first := h.firstWith(e, &rules.Calendar)
		if did, refused = h.foldOrder(e, day, max(day, latestDay), rules); refused == nil && first != h.First {
			h.First, did.Changed = first, true
		}
	case ChurnConfirmed, ChurnReverted, ChurnPredicted:
		did.Changed = h.Churn.fold(e)
	case CustomerAcquired:
		did.Changed = h.Acquisition.fold(e)
	}
	if refused != nil {
		return Folded{}, refused
	}
	h.LatestMicros = max(h.LatestMicros, e.AtMicros)
	if day > latestDay {
		h.seal(day, rules)
	}
	h.sealEarly(rules)
	return did, nil
}

func tooLate(detail string) *Refusal { return &Refusal{Reason: TooLate, Detail: detail} }

// foldOrder finds the order's ledger entry, or begins one, and folds into it.
func (h *History) foldOrder(e *Event, day, latestDay calendar.Day, rules *Rules) (Folded, *Refusal) {
	if day < latestDay-rules.LatenessDays {
		return Folded{}, tooLate("is more than the lateness behind the customer's latest event")
	}
	if h.Sealed.Early && day <= h.Sealed.EarlyDay {
		return Folded{}, tooLate("falls on a day that the ledger limit sealed early")
	}
	at := h.find(e.OrderID)
	if at < 0 {
		return h.foldNewEntry(e, day, rules)
	}
	entry := h.Orders[at]
	if entry.SealedBefore && e.Kind != OrderRefunded {
		return Folded{}, tooLate("concerns an order that is sealed")
	}
	if entry.Placed && e.Kind != OrderRefunded && day > entry.FirstDay+rules.LatenessDays {
		return Folded{}, tooLate("amends or cancels an order more than the lateness after it was placed")
	}
	did := Folded{Amends: entry.Placed && e.Kind == OrderPlaced}
	if did.Changed = entry.fold(e, day, rules); !did.Changed {
		return did, nil
	}
	h.changed(at)
	h.Orders = slices.Delete(h.Orders, at, at+1)
	h.insert(entry, rules)
	return did, nil
}

func (h *History) foldNewEntry(e *Event, day calendar.Day, rules *Rules) (Folded, *Refusal) {
	sealed, stood := h.Sealed.knows(e.OrderID)
	switch {
	case sealed && e.Kind != OrderRefunded:
		return Folded{}, tooLate("concerns an order that is sealed")
	case sealed && !stood:
		return Folded{}, nil // there is no money of it to reduce
	}
	entry := Order{ID: e.OrderID, SealedBefore: sealed}
	entry.fold(e, day, rules)
	h.insert(entry, rules)
	return Folded{Changed: true}, nil
}

// find returns the ledger index of an order id, or −1. It looks at the last byte
// first: a shop's ids are of one length and begin alike.
func (h *History) find(id string) int {
	last := len(id) - 1
	for i := range h.Orders {
		if other := h.Orders[i].ID; len(other) == len(id) && (last < 0 || other[last] == id[last]) && other == id {
			return i
		}
	}
	return -1
}

func (h *History) insert(entry Order, rules *Rules) {
	at, _ := slices.BinarySearchFunc(h.Orders, entry, compareOrders)
	if sum := &h.memo.sum; h.memo.entries > 0 && h.memo.entries == len(h.Orders) && (sum.Days == 0 || entry.Day >= sum.LastDay) {
		sum.addEntry(&entry, rules)
		h.memo.entries++
	} else {
		h.changed(at)
	}
	h.Orders = slices.Insert(h.Orders, at, entry)
}

func compareOrders(a, b Order) int {
	return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.ID, b.ID))
}

// fold takes an accepted event into the order's entry.
func (o *Order) fold(e *Event, day calendar.Day, rules *Rules) bool {
	switch e.Kind {
	case OrderPlaced:
		return o.foldVersion(e, day, rules)
	case OrderRefunded:
		return o.foldRefund(e, day, rules)
	default:
		return o.foldCancel(day)
	}
}

// foldVersion keeps the version with the latest time, ties by event id.
func (o *Order) foldVersion(e *Event, day calendar.Day, rules *Rules) bool {
	hash := HashID(e.ID)
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

// foldRefund adds to the set of refunds.
func (o *Order) foldRefund(e *Event, day calendar.Day, rules *Rules) bool {
	refund := Refund{ID: e.RefundID, AtMicros: e.AtMicros, Day: day, AmountMinor: e.AmountMinor}
	refund.MarginMinor = rules.Margins.MarginMinor(e.AmountMinor, "", day)
	at, known := slices.BinarySearchFunc(o.Refunds, refund, compareRefunds)
	if known {
		return false
	}
	o.Refunds = slices.Insert(o.Refunds, at, refund)
	o.age()
	return true
}

func compareRefunds(a, b Refund) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.AtMicros, b.AtMicros), cmp.Compare(a.AmountMinor, b.AmountMinor))
}

func (o *Order) foldCancel(day calendar.Day) bool {
	if o.Cancelled && day <= o.CancelDay {
		return false
	}
	o.Cancelled, o.CancelDay = true, day
	o.age()
	return true
}

// age sets the day of an entry that is not placed: it is kept for as long as its
// latest refund or cancel may still meet the order, or be repeated.
func (o *Order) age() {
	if o.Placed {
		return
	}
	o.Day = o.CancelDay
	for i := range o.Refunds {
		o.Day = max(o.Day, o.Refunds[i].Day)
	}
}

func (c *Churn) fold(e *Event) bool {
	hash := HashID(e.ID)
	if c.Kind != 0 && cmp.Or(cmp.Compare(e.AtMicros, c.AtMicros), cmp.Compare(hash, c.EventHash)) <= 0 {
		return false
	}
	*c = Churn{Kind: e.Kind, AtMicros: e.AtMicros, EventHash: hash, Probability: e.Probability}
	return true
}

func (a *Acquisition) fold(e *Event) bool {
	hash := HashID(e.ID)
	if a.Known && cmp.Or(cmp.Compare(e.AtMicros, a.AtMicros), cmp.Compare(hash, a.EventHash)) <= 0 {
		return false
	}
	*a = Acquisition{Known: true, AtMicros: e.AtMicros, EventHash: hash, CostMinor: e.AmountMinor, Channel: e.Channel}
	return true
}
