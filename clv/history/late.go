package history

import (
	"slices"

	"github.com/clvstream/clvstream/clv/calendar"
)

func tooLate(detail string) *Refusal { return &Refusal{Reason: TooLate, Detail: detail} }

func partSealed() *Refusal {
	return tooLate("concerns an order that the ledger limit sealed, and is not after that")
}

// line is the day before which orders are sealed.
func (h *History) line(latestDay calendar.Day, rules *Rules) calendar.Day {
	line := latestDay - 2*rules.LatenessDays
	if h.Sealed.Early {
		line = max(line, h.Sealed.EarlyDay+1)
	}
	return line
}

func (h *History) refundSettled(e *Event) bool {
	_, found := slices.BinarySearch(h.RefundHashes, refundHash(e.OrderID, e.RefundID))
	return found
}

// toldSince says whether an event was told on a day or later, of something that was known
// by then and happened at most the lateness before it. Anything else counts from when it
// happened: its day may be sealed.
func (o *Order) toldSince(e *Event, day, since calendar.Day, rules *Rules) bool {
	if e.UpdatedMicros == 0 || rules.Calendar.Day(e.UpdatedMicros) < since {
		return false
	}
	first, known := o.FirstDay, o.Placed
	if e.RefundID != "" {
		r := o.refund(e.RefundID)
		if known = r != nil && r.Known; known {
			first = r.FirstDay
		}
	}
	return known && day >= first && first >= since-rules.LatenessDays
}

// refuses says why an event is too late for what is known of its order: more than the
// lateness after that was first told, or when that is sealed already.
func (o *Order) refuses(e *Event, day, line calendar.Day, rules *Rules) *Refusal {
	if e.RefundID != "" {
		return o.refusesRefund(e, day, line, rules)
	}
	switch {
	case o.SealedBefore || o.Placed && o.FirstDay < line:
		return tooLate("concerns an order that is sealed")
	case o.Placed && day > o.FirstDay+rules.LatenessDays:
		return tooLate("amends or cancels an order more than the lateness after it was placed")
	}
	return nil
}

func (o *Order) refusesRefund(e *Event, day, line calendar.Day, rules *Rules) *Refusal {
	r := o.refund(e.RefundID)
	switch {
	case r == nil || !r.Known && !r.Counted:
		return nil
	case r.Counted && r.changedBy(e):
		return tooLate("concerns a refund within an order that is sealed")
	case r.FirstDay < line && r.changedBy(e):
		return tooLate("concerns a refund that is sealed")
	case day > r.FirstDay+rules.LatenessDays:
		return tooLate("tells a refund again, or reverts it, more than the lateness after it")
	}
	return nil
}
