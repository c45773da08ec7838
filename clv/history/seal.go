package history

import (
	"github.com/clvstream/clvstream/clv/calendar"
	"iter"
	"slices"
)

// outcome is what an order comes to once its refunds and cancel are counted.
type outcome struct {
	stands          bool // not cancelled, not refunded whole
	netMinor        int64
	netMarginMinor  int64
	lateRefundMinor int64 // reduces money, never days
	lateMarginMinor int64
}

// outcome counts what happened to a placed order. Refunds and cancels count
// against it within the lateness of its first version; later refunds reduce
// money only. Both rules are in event times, so arrival does not matter.
func (o *Order) outcome(rules *Rules) outcome {
	if o.untouched() { // nearly every one
		return outcome{stands: true, netMinor: o.AmountMinor, netMarginMinor: o.MarginMinor}
	}
	var refundedMinor int64
	var out outcome
	for r := range counting(o.Refunds, o.FirstDay-rules.LatenessDays, rules.LatenessDays) {
		if r.Day > o.FirstDay+rules.LatenessDays {
			out.lateRefundMinor += r.AmountMinor
			out.lateMarginMinor += r.MarginMinor
		} else {
			refundedMinor += r.AmountMinor
		}
	}
	cancelled := o.Cancelled && o.CancelDay >= o.FirstDay-rules.LatenessDays
	refundedWhole := o.AmountMinor > 0 && refundedMinor >= o.AmountMinor
	if cancelled || refundedWhole {
		return outcome{}
	}
	out.stands = true
	out.netMinor = max(0, o.AmountMinor-refundedMinor)
	out.netMarginMinor = prorate(o.MarginMinor, out.netMinor, o.AmountMinor)
	return out
}

// untouched says whether nothing has happened to a placed order: it comes to what
// it says.
func (o *Order) untouched() bool { return len(o.Refunds) == 0 && !o.Cancelled && o.AmountMinor >= 0 }

// counting yields the refunds of the days from a day on that count: of each id
// the first, while what tells it again within the lateness does not. What comes
// later than that is another refund under an old id.
func counting(refunds []Refund, from, latenessDays calendar.Day) iter.Seq[*Refund] {
	return func(yield func(*Refund) bool) {
		var first *Refund
		for i := range refunds {
			r := &refunds[i]
			if r.Day < from || first != nil && r.repeats(first, latenessDays) {
				continue
			}
			if first = r; !yield(r) {
				return
			}
		}
	}
}

func (r *Refund) repeats(first *Refund, latenessDays calendar.Day) bool {
	return r.ID == first.ID && r.Day <= first.Day+latenessDays
}

// seal settles what no acceptable event can reach any more: an order of a day
// before 2L, because what counts against it comes within L of it and arrives
// within L after that. The same holds for the refunds of a sealed order, and for
// what waits for an order that has not come.
func (h *History) seal(latestDay calendar.Day, rules *Rules) {
	h.settle(latestDay-2*rules.LatenessDays, rules)
}

// settle seals the ledger up to a day.
func (h *History) settle(before calendar.Day, rules *Rules) {
	settled, last := 0, 0
	for i := range h.Orders {
		if h.settleEntry(&h.Orders[i], before, rules) {
			settled, last = settled+1, i
		}
	}
	if settled == 0 {
		return
	}
	if last == settled-1 && !slices.ContainsFunc(h.Orders[:settled], func(o Order) bool { return !o.isEmpty() }) {
		h.dropFirst(settled)
	} else {
		h.memo = memo{}
		h.Orders = slices.DeleteFunc(h.Orders, Order.isEmpty)
		slices.SortFunc(h.Orders, compareOrders) // what is left of sealed orders moves
	}
	if over := len(h.Sealed.OrderHashes) - rules.LedgerLimit; over > 0 {
		h.Sealed.OrderHashes = slices.Delete(h.Sealed.OrderHashes, 0, over)
	}
}

// dropFirst drops the ledger's first entries, which went into the sealed sums
// whole: the sum of both is what it was.
func (h *History) dropFirst(settled int) {
	if h.memo.entries > settled {
		h.memo.entries -= settled
	} else {
		h.memo = memo{}
	}
	if len(h.Orders) <= fewOrders {
		h.Orders = slices.Delete(h.Orders, 0, settled)
		return
	}
	clear(h.Orders[:settled])
	h.Orders = h.Orders[settled:]
}

// fewOrders are moved to the front of their memory when those before them go. More
// stay where they are: moving them would take longer than making room again, now and
// then.
const fewOrders = 64

// settleEntry reports whether it changed the entry.
func (h *History) settleEntry(o *Order, before calendar.Day, rules *Rules) bool {
	switch {
	case o.Placed && o.Day < before:
		h.sealOrder(o, rules)
		h.settleRefunds(o, before, rules)
		return true
	case o.Placed && len(o.Refunds) == 0 && !o.Cancelled:
		return false // nearly every entry, nearly always
	case o.Placed:
		return o.forget(min(before, o.FirstDay-rules.LatenessDays))
	case o.SealedBefore:
		return h.settleRefunds(o, before, rules)
	default:
		return o.forget(before)
	}
}

// sealOrder adds an order to the sums and leaves its refunds in the entry, to be
// known again if they are repeated. Entries of ascending days come here in
// order, so the first day sealed is the customer's first.
func (h *History) sealOrder(o *Order, rules *Rules) {
	out := o.outcome(rules)
	h.Sealed.add(o, out)
	if out.stands {
		h.sealMonth(o.Day, 1, out.netMinor, out.netMarginMinor)
	}
	h.Sealed.OrderHashes = append(h.Sealed.OrderHashes, orderHash(o.ID, out.stands))
	o.forget(o.FirstDay - rules.LatenessDays)
	sealed := Order{ID: o.ID, SealedBefore: true}
	if out.stands {
		sealed.Refunds = o.Refunds
	}
	for i := range sealed.Refunds {
		sealed.Refunds[i].Counted = sealed.Refunds[i].Day <= o.FirstDay+rules.LatenessDays
	}
	*o = sealed
	o.age()
}

// settleRefunds settles the refunds of a sealed order with what repeats them,
// and reports whether there were any.
func (h *History) settleRefunds(o *Order, before calendar.Day, rules *Rules) bool {
	if !slices.ContainsFunc(o.Refunds, func(r Refund) bool { return r.Day < before }) {
		return false
	}
	kept := make([]Refund, 0, len(o.Refunds))
	var first *Refund
	for i := range o.Refunds {
		r := &o.Refunds[i]
		if first == nil || !r.repeats(first, rules.LatenessDays) {
			if first = r; r.Day < before {
				h.sealLate(r)
			}
		}
		if first.Day >= before {
			kept = append(kept, *r)
		}
	}
	o.Refunds = kept
	o.age()
	return true
}

// forget drops the refunds and the cancel of days before a day, and reports
// whether there were any.
func (o *Order) forget(before calendar.Day) bool {
	refunds := len(o.Refunds)
	o.Refunds = slices.DeleteFunc(o.Refunds, func(r Refund) bool { return r.Day < before })
	forgotten := len(o.Refunds) < refunds
	if o.Cancelled && o.CancelDay < before {
		o.Cancelled, o.CancelDay = false, 0
		forgotten = true
	}
	o.age()
	return forgotten
}

func (o Order) isEmpty() bool { return !o.Placed && !o.Cancelled && len(o.Refunds) == 0 }

func (s *Sealed) add(o *Order, out outcome) {
	if !out.stands {
		return
	}
	if s.Days == 0 {
		s.FirstDay = o.Day
	}
	if s.Days == 0 || o.Day != s.LastDay {
		s.Days++
		s.LastDay = o.Day
	}
	if o.Day == s.FirstDay {
		s.FirstDayMinor += out.netMinor
	}
	s.Orders++
	s.AmountMinor += out.netMinor
	s.MarginMinor += out.netMarginMinor
	s.LastOrderMicros = max(s.LastOrderMicros, o.AtMicros)
}

// sealLate seals a refund of a sealed order, in the month of the refund.
func (h *History) sealLate(r *Refund) {
	h.Sealed.addLate(r)
	if !r.Counted {
		h.sealMonth(r.Day, 0, -r.AmountMinor, -r.MarginMinor)
	}
}

// addLate adds a refund of a sealed order that came after its sealing.
func (s *Sealed) addLate(r *Refund) {
	if r.Counted {
		return
	}
	s.LateRefundMinor += r.AmountMinor
	s.LateRefundMarginMinor += r.MarginMinor
}

// knows says whether an order is among the sealed, and whether it stood.
func (s *Sealed) knows(id string) (known, stood bool) {
	if len(s.OrderHashes) == 0 {
		return false, false
	}
	hash := orderHash(id, false)
	for _, h := range s.OrderHashes {
		if h&^1 == hash {
			return true, h&1 == 1
		}
	}
	return false, false
}

// daysBurst is how many times the ledger limit one single day may hold before
// that day, too, is sealed and refuses further orders.
const daysBurst = 4

// sealEarly seals whole days from the oldest while the ledger is over its limit.
// The latest day is spared until it alone is over the limit several times.
func (h *History) sealEarly(rules *Rules) {
	for size := h.ledgerSize(); size > rules.LedgerLimit; size = h.ledgerSize() {
		oldest, latest := h.Orders[0].Day, h.Orders[len(h.Orders)-1].Day
		if oldest == latest && size <= daysBurst*rules.LedgerLimit {
			return
		}
		h.Sealed.Early, h.Sealed.EarlyDay = true, oldest
		h.settle(oldest+1, rules)
	}
}

// ledgerSize counts orders and refunds: both take memory, and either can be
// sent without end.
func (h *History) ledgerSize() int {
	size := len(h.Orders)
	for i := range h.Orders {
		size += len(h.Orders[i].Refunds)
	}
	return size
}
