package history

import (
	"cmp"
	"slices"
	"sort"

	"github.com/clvstream/clvstream/clv/calendar"
)

// Folded is what folding an event did.
type Folded struct {
	Changed bool      // something but the latest event time
	Amends  bool      // the event is another telling of an order that was known
	GivenUp []Waiting // what never met its order, and cannot any more
}

// Fold takes an event into the history. A repeated event changes nothing but the
// latest event time. One that is refused, as TooLate, leaves the history as it was. An
// erasure empties it: what is left of the customer then is for clv.Customer to keep.
func (h *History) Fold(e *Event, rules *Rules) (did Folded, refused *Refusal) {
	if h.memo.contract != rules.Contract { // another model
		h.memo = memo{}
	}
	if e.Kind == CustomerErased {
		*h = History{erased: true}
		return Folded{Changed: true}, nil
	}
	if h.erased && rules.LaterEvents == RefuseLater {
		return Folded{}, &Refusal{Reason: Erased, Detail: "the customer was erased"}
	}
	day := rules.Calendar.Day(e.AtMicros)
	latestDay := day
	if h.LatestMicros != 0 {
		latestDay = rules.Calendar.Day(h.LatestMicros)
	}
	switch e.Kind {
	case OrderPlaced, OrderRefunded, OrderCancelled, RefundReverted:
		first := h.firstWith(e, &rules.Calendar)
		if did, refused = h.foldOrder(e, day, max(day, latestDay), rules); refused == nil && first != h.First {
			h.First, did.Changed = first, true
		}
		if refused == nil {
			h.await(e, day, rules)
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
	if len(h.Waiting) > 0 {
		did.GivenUp = h.giveUp(h.SealedBefore(rules), rules)
	}
	return did, nil
}

// foldOrder finds the order's ledger entry, or begins one, and folds into it.
func (h *History) foldOrder(e *Event, day, latestDay calendar.Day, rules *Rules) (Folded, *Refusal) {
	at := h.find(e.OrderID)
	switch {
	case day < latestDay-rules.LatenessDays && !(at >= 0 && h.Orders[at].toldSince(e, day, latestDay-rules.LatenessDays, rules)):
		return Folded{}, tooLate("is more than the lateness behind the customer's latest event")
	case h.Sealed.Early && day <= h.Sealed.EarlyDay:
		return Folded{}, tooLate("falls on a day that the ledger limit sealed early")
	case e.RefundID != "" && len(h.RefundHashes) > 0 && h.refundSettled(e):
		return Folded{}, tooLate("concerns a refund that is sealed")
	case at < 0:
		return h.foldNewEntry(e, day, rules)
	}
	entry := h.Orders[at]
	if entry.SealedBefore && h.Sealed.Part.mayBeIn(e) {
		return Folded{}, partSealed()
	}
	if refused := entry.refuses(e, day, h.line(latestDay, rules), rules); refused != nil {
		return Folded{}, refused
	}
	did := Folded{Amends: entry.Placed && e.Kind == OrderPlaced}
	if did.Changed = entry.fold(e, day, rules); !did.Changed {
		return did, nil
	}
	if r := entry.refund(e.RefundID); r != nil {
		r.forgetRevert(latestDay-2*rules.LatenessDays, rules)
	}
	h.changed(at)
	h.Orders = slices.Delete(h.Orders, at, at+1)
	h.insert(entry, rules)
	return did, nil
}

func (h *History) foldNewEntry(e *Event, day calendar.Day, rules *Rules) (Folded, *Refusal) {
	entry := Order{ID: e.OrderID}
	if sealed := h.Sealed.find(e.OrderID); sealed >= 0 {
		switch {
		case h.Sealed.Part.mayBeIn(e):
			return Folded{}, partSealed()
		case e.RefundID == "":
			return Folded{}, tooLate("concerns an order that is sealed")
		}
		entry.Fell = h.Sealed.OrderHashes[sealed]&1 == 0
		entry.SealedBefore, entry.Worth = true, h.SealedWorth[sealed]
	}
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
	at := len(h.Orders)
	if at > 0 && compareOrders(&h.Orders[at-1], &entry) >= 0 { // nearly every one is the latest
		at = sort.Search(at, func(i int) bool { return compareOrders(&h.Orders[i], &entry) >= 0 })
	}
	if sum := &h.memo.sum; h.memo.entries > 0 && h.memo.entries == len(h.Orders) && (sum.Days == 0 || entry.Day >= sum.LastDay) {
		sum.addEntry(&entry, rules)
		h.memo.entries++
	} else {
		h.changed(at)
	}
	h.Orders = slices.Insert(h.Orders, at, entry)
}

func compareOrders(a, b *Order) int {
	return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.ID, b.ID))
}

// fold takes an accepted event into the order's entry.
func (o *Order) fold(e *Event, day calendar.Day, rules *Rules) (changed bool) {
	switch e.Kind {
	case OrderPlaced:
		return o.foldTelling(e, day, rules)
	case OrderCancelled:
		changed = o.foldCancel(e, day)
	default:
		changed = o.foldRefund(e, day)
	}
	if changed {
		o.age()
	}
	return changed
}

// foldTelling keeps what the newest telling says.
func (o *Order) foldTelling(e *Event, day calendar.Day, rules *Rules) (changed bool) {
	newest, changed := o.take(e, day, o.Placed)
	if o.Placed = true; !newest {
		return changed
	}
	o.AmountMinor, o.MarginMinor, o.Own = e.AmountMinor, e.MarginMinor, e.Own.kept()
	if !e.MarginKnown {
		o.MarginMinor = rules.Margins.MarginMinor(e.AmountMinor, e.Channel, day)
	}
	return true
}

// foldCancel keeps the cancel of the latest day, and of one day the newest. An earlier one
// is forgotten before it.
func (o *Order) foldCancel(e *Event, day calendar.Day) (changed bool) {
	if o.Cancelled && day < o.CancelDay {
		return false
	}
	changed = o.Cancel.takeBack(e, o.Cancelled && day == o.CancelDay)
	o.Cancelled, o.CancelDay = true, day
	return changed
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
	if c.Kind != 0 && cmp.Or(cmp.Compare(e.AtMicros, c.AtMicros), compareIDs(e.ID, c.EventID)) <= 0 {
		return false
	}
	*c = Churn{Kind: e.Kind, AtMicros: e.AtMicros, EventID: e.ID, Probability: e.Probability}
	return true
}

func (a *Acquisition) fold(e *Event) bool {
	if a.Known && cmp.Or(cmp.Compare(e.AtMicros, a.AtMicros), compareIDs(e.ID, a.EventID)) <= 0 {
		return false
	}
	*a = Acquisition{Known: true, AtMicros: e.AtMicros, EventID: e.ID, CostMinor: e.AmountMinor, Channel: e.Channel}
	return true
}
