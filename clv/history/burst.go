package history

import (
	"cmp"
	"math"
	"slices"

	"github.com/clvstream/clvstream/clv/calendar"
)

// PartDay is the day of which the ledger limit sealed the oldest orders and left the rest
// in the ledger: the day goes on. The zero PartDay is none.
//
//	Sealed.EarlyDay │ PartDay.Day
//	────────────────┼───────────┬──────────────────────┬─► time
//	  closed        │ in sums   │ in the ledger        │ new orders of the day are taken,
//	                │      UntilMicros                     whatever their time
type PartDay struct {
	Day         calendar.Day
	Before      calendar.Day // purchase day before it; calendar.EarliestDay: none
	UntilMicros int64        // time of the last event that went into the sums; 0: there is none
}

// daysBurst is how many times the ledger limit one single day may hold before its oldest
// orders are sealed. A quarter is sealed at once, so that it is seldom done.
const daysBurst = 4

// sealEarly seals from the oldest on while the ledger is over its limit: whole days before
// the latest, and of the latest its oldest orders once it alone is over the limit several
// times. So an order in order and in time is always taken, and the ledger holds daysBurst
// times the limit at most.
func (h *History) sealEarly(rules *Rules) {
	for size := h.ledgerSize(); size > rules.LedgerLimit; size = h.ledgerSize() {
		oldest, latest := h.Orders[0].Day, h.Orders[len(h.Orders)-1].Day
		switch {
		case oldest < latest:
			h.Sealed.Early, h.Sealed.EarlyDay = true, oldest
			h.sealDay(oldest, rules)
		case size > daysBurst*rules.LedgerLimit:
			h.sealPart(size-(daysBurst-1)*rules.LedgerLimit, rules)
			return
		default:
			return
		}
	}
}

// sealDay seals the ledger's oldest day, its orders in order of time: the hashes that are kept
// of a day with more orders than the limit are those of its latest.
func (h *History) sealDay(day calendar.Day, rules *Rules) {
	end := 0
	for end < len(h.Orders) && h.Orders[end].Day == day {
		end++
	}
	slices.SortStableFunc(h.Orders[:end], func(a, b Order) int { return cmp.Compare(a.lastMicros(rules), b.lastMicros(rules)) })
	h.memo = memo{}
	h.settle(day+1, day+1, rules)
	slices.SortFunc(h.Orders, func(a, b Order) int { return compareOrders(&a, &b) })
}

// sealPart seals entries of the ledger's one day, the oldest first, until so many orders and
// refunds are gone.
func (h *History) sealPart(excess int, rules *Rules) {
	part, day := &h.Sealed.Part, h.Orders[0].Day
	if part.Day != day || part.UntilMicros == 0 {
		part.Day, part.Before = day, calendar.EarliestDay
		if h.Sealed.Days > 0 && h.Sealed.LastDay < day {
			part.Before = h.Sealed.LastDay
		}
	}
	h.Sealed.EarlyDay = max(day-1, h.Sealed.EarlyDay)
	if !h.Sealed.Early {
		h.Sealed.Early, h.Sealed.EarlyDay = true, day-1
	}
	entries := make([]int, len(h.Orders))
	times := make([]int64, len(h.Orders))
	for i := range h.Orders {
		entries[i], times[i] = i, h.Orders[i].lastMicros(rules)
	}
	slices.SortStableFunc(entries, func(a, b int) int { return cmp.Compare(times[a], times[b]) })
	for _, i := range entries {
		if excess <= 0 {
			break
		}
		o := &h.Orders[i]
		excess -= 1 + len(o.Refunds)
		part.UntilMicros = max(part.UntilMicros, times[i])
		h.sealWhole(o, rules)
	}
	h.memo = memo{}
	h.Orders = slices.DeleteFunc(h.Orders, Order.isEmpty)
	h.forgetHashes(rules)
}

// sealWhole seals an entry with all that is known of it. What waits for an order is given up.
func (h *History) sealWhole(o *Order, rules *Rules) {
	switch {
	case o.Placed:
		h.sealOrder(o, math.MaxInt32, rules)
		h.settleRefunds(o, math.MaxInt32, rules)
	case o.SealedBefore:
		h.settleRefunds(o, math.MaxInt32, rules)
	default:
		h.dropWaiting(o.ID)
	}
	*o = Order{}
}

// lastMicros is the time of the last event of an entry; of a cancel the beginning of its day.
func (o *Order) lastMicros(rules *Rules) int64 {
	var last int64
	if o.Placed {
		last = o.AtMicros
	}
	if o.Cancelled {
		last = max(last, rules.Calendar.Start(o.CancelDay))
	}
	for i := range o.Refunds {
		last = max(last, o.Refunds[i].AtMicros)
	}
	return last
}

// mayBeIn says whether what an event says of a sealed order may be in the sums of a day that
// was sealed in part: then it must not be taken again.
func (p *PartDay) mayBeIn(e *Event) bool { return e.AtMicros <= p.UntilMicros }

// forgetHashes keeps those of the latest sealed orders, and so many of refunds.
func (h *History) forgetHashes(rules *Rules) {
	if over := len(h.Sealed.OrderHashes) - rules.LedgerLimit; over > 0 {
		h.Sealed.OrderHashes = slices.Delete(h.Sealed.OrderHashes, 0, over)
		h.SealedWorth = slices.Delete(h.SealedWorth, 0, over)
	}
	if over := len(h.RefundHashes) - rules.LedgerLimit; over > 0 {
		h.RefundHashes = slices.Delete(h.RefundHashes, 0, over) // any of them: they have no order in time
	}
}
