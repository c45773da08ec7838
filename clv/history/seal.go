package history

import (
	"slices"

	"github.com/clvstream/clvstream/clv/calendar"
)

// seal settles what no acceptable event can reach any more: an order of a day
// before 2L, because what counts against it comes within L of it and arrives
// within L after that. The same holds for the refunds of a sealed order, and for
// what waits for an order that has not come.
func (h *History) seal(latestDay calendar.Day, rules *Rules) {
	before := latestDay - 2*rules.LatenessDays
	h.settle(h.sealable(before, rules), before, rules)
}

// sealable is the day before which orders are sealed. A refund within the lateness may be
// told again, or reverted, within L of it: so its order is kept for 3L, and with it those
// of its day and later, because days are sealed in their order.
func (h *History) sealable(before calendar.Day, rules *Rules) calendar.Day {
	for i := range h.Orders {
		switch o := &h.Orders[i]; {
		case o.Day >= before:
			return before
		case o.Placed && o.Day >= before-rules.LatenessDays && o.refundedInTime(rules):
			return o.Day
		}
	}
	return before
}

func (o *Order) refundedInTime(rules *Rules) bool {
	return slices.ContainsFunc(o.Refunds, func(r Refund) bool {
		return r.Known && r.Day >= o.FirstDay-rules.LatenessDays && r.FirstDay <= o.FirstDay+rules.LatenessDays
	})
}

// settle seals orders of the days before one, and settles the rest of the ledger up to
// another, which is not before that.
func (h *History) settle(ordersBefore, before calendar.Day, rules *Rules) {
	settled, last := 0, 0
	for i := range h.Orders {
		if h.settleEntry(&h.Orders[i], ordersBefore, before, rules) {
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
		slices.SortFunc(h.Orders, func(a, b Order) int { return compareOrders(&a, &b) }) // what is left of sealed orders moves
	}
	h.forgetHashes(rules)
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
func (h *History) settleEntry(o *Order, ordersBefore, before calendar.Day, rules *Rules) bool {
	switch {
	case o.Placed && o.Day < ordersBefore:
		h.sealOrder(o, before, rules)
		h.settleRefunds(o, before, rules)
		return true
	case o.Placed && o.untouched():
		return false // nearly every entry, nearly always
	case o.Placed:
		return h.forget(o, min(before, o.FirstDay-rules.LatenessDays), before, rules)
	case o.SealedBefore:
		return h.settleRefunds(o, before, rules)
	default:
		return h.forget(o, before, before, rules)
	}
}

// sealOrder adds an order to the sums and leaves its refunds in the entry, to be
// known again if they are repeated. Entries of ascending days come here in
// order, so the first day sealed is the customer's first.
func (h *History) sealOrder(o *Order, before calendar.Day, rules *Rules) {
	out := o.outcome(rules)
	h.Sealed.add(o, &out)
	if out.stands {
		if rules.Contract != (Period{}) {
			h.Sealed.renew(o.Day, rules.Contract)
		}
		h.sealMonth(o.Day, 1, out.left.AmountMinor, out.left.MarginMinor)
	}
	h.Sealed.OrderHashes = append(h.Sealed.OrderHashes, orderHash(o.ID, out.stands))
	h.SealedWorth = append(h.SealedWorth, out.left)
	h.forget(o, o.FirstDay-rules.LatenessDays, before, rules)
	sealed := Order{ID: o.ID, SealedBefore: true, Fell: !out.stands, Worth: out.left, Refunds: o.Refunds}
	for i := range sealed.Refunds {
		r := &sealed.Refunds[i]
		r.Counted = r.Known && r.Day <= o.FirstDay+rules.LatenessDays
	}
	*o = sealed
	o.age()
}

// settleRefunds settles the refunds of a sealed order of the days before one, and reports
// whether there were any. They are of ascending times, so it does not matter how many of
// them are settled at once.
func (h *History) settleRefunds(o *Order, before calendar.Day, rules *Rules) bool {
	settled, forgotten := 0, false
	for i := range o.Refunds {
		if r := &o.Refunds[i]; r.Day < before {
			settled++
		} else {
			forgotten = r.forgetRevert(before, rules) || forgotten
		}
	}
	if settled == 0 {
		return forgotten
	}
	h.remember(o, o.Refunds[:settled])
	rest := slices.Clone(o.Refunds[settled:])
	o.Refunds = o.Refunds[:settled]
	backMinor := o.BackMinor
	for i := range o.Refunds {
		if r := &o.Refunds[i]; o.isLate(r, rules) {
			amountMinor, marginMinor := h.Sealed.addLate(&o.Worth, o.Worth.refund(r))
			h.sealMonth(r.Day, 0, -amountMinor, -marginMinor)
		}
	}
	if at := h.Sealed.find(o.ID); at >= 0 && o.BackMinor != backMinor {
		h.SealedWorth[at].BackMinor = o.BackMinor
	}
	o.Refunds = rest
	o.age()
	return true
}

// forget drops the refunds and the cancel of days before a day, and what reverts of days
// before another cannot count any more, and reports whether there were any.
func (h *History) forget(o *Order, before, revertsBefore calendar.Day, rules *Rules) (forgotten bool) {
	o.Refunds = slices.DeleteFunc(o.Refunds, func(r Refund) bool {
		drop := r.Day < before
		if drop {
			h.remember(o, []Refund{r})
		}
		forgotten = forgotten || drop
		return drop
	})
	for i := range o.Refunds {
		forgotten = o.Refunds[i].forgetRevert(revertsBefore, rules) || forgotten
	}
	if o.Cancelled && o.CancelDay < before {
		o.dropCancel()
		forgotten = true
	}
	o.age()
	return forgotten
}

// remember keeps 6 bytes of refunds that leave the ledger, in the order of these, so that an
// id is one refund for good.
func (h *History) remember(o *Order, refunds []Refund) {
	for i := range refunds {
		if hash := refundHash(o.ID, refunds[i].ID); refunds[i].Known {
			at, _ := slices.BinarySearch(h.RefundHashes, hash)
			h.RefundHashes = slices.Insert(h.RefundHashes, at, hash)
		}
	}
}

func (o *Order) dropCancel() { o.Cancelled, o.Cancel, o.CancelDay = false, Telling{}, 0 }

func (o Order) isEmpty() bool { return !o.Placed && !o.Cancelled && len(o.Refunds) == 0 }

func (s *Sealed) add(o *Order, out *outcome) {
	s.ExcessMinor += out.excessMinor
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
		s.FirstDayMinor += out.left.AmountMinor
	}
	s.Orders++
	s.AmountMinor += out.left.AmountMinor
	s.MarginMinor += out.left.MarginMinor
	s.LastOrderMicros = max(s.LastOrderMicros, o.AtMicros)
}

// addLate adds what a late refund of an order takes, and notes in the order that it did.
func (s *Sealed) addLate(w *Worth, backMinor int64) (amountMinor, marginMinor int64) {
	excess := w.excess(w.BackMinor)
	amountMinor, marginMinor = w.takeBack(backMinor)
	s.LateRefundMinor += amountMinor
	s.LateRefundMarginMinor += marginMinor
	s.ExcessMinor += w.excess(w.BackMinor) - excess
	return amountMinor, marginMinor
}

// find is the place of an order among the sealed, or −1.
func (s *Sealed) find(id string) int {
	if len(s.OrderHashes) == 0 {
		return -1
	}
	hash := orderHash(id, false)
	for i, h := range s.OrderHashes {
		if h&^1 == hash {
			return i
		}
	}
	return -1
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
