package layout

import (
	"cmp"
	"slices"

	"github.com/clvstream/clvstream/clv/history"
)

// What customers of the layouts 4 and 5 have otherwise than those of today:
//
//	order    flags byte (placed 1, sealed before 2, cancelled 4), id string, day varint,
//	         if placed: µs varint, hash of the event's id uint64, first day varint, amount
//	         and margin varint minor; if cancelled: day varint; refunds: uvarint count, then
//	         id string, µs, day, amount, margin varint, flags byte (counted 1)
//	sealed   no excess; 8 bytes an order, without what it brought
//	churn, acquired  hash uint64 instead of the event's id
//
// What they do not say is read as what comes nearest. Event ids are not known, so of two
// tellings of one time the first stays. An order that was edited counts on the day that the
// edit gave it, until it is told again. A cancel was of the noon of its day, and newer than
// its order. Of an id that has several refunds, the latest counts. A sealed order brought
// what all of them did: a late refund takes their average margin share, and not more than
// there is. Refunds that were settled are not known.

func readFormerOrder(r *reader, o *history.Order) {
	flags := r.flags(orderPlaced | orderSealedBefore | orderCancelled)
	o.Placed, o.SealedBefore, o.Cancelled = flags&orderPlaced != 0, flags&orderSealedBefore != 0, flags&orderCancelled != 0
	o.ID = r.string()
	o.Day = r.day()
	if o.Placed {
		o.AtMicros = r.varint()
		_ = r.fixed64()
		o.FirstDay = r.day()
		o.AmountMinor, o.MarginMinor = r.varint(), r.varint()
		o.Newest.Micros, o.FirstMicros = o.AtMicros, o.AtMicros
		if o.FirstDay != o.Day {
			o.FirstMicros, o.Dated = noon(o.FirstDay), true
		}
	}
	if o.Cancelled {
		o.CancelDay = r.day()
		o.Cancel.Micros = max(noon(o.CancelDay), o.Newest.Micros)
	}
	for range r.count() {
		refund := readFormerRefund(r)
		o.Refunds = slices.DeleteFunc(o.Refunds, func(other history.Refund) bool { return other.ID == refund.ID })
		o.Refunds = append(o.Refunds, refund)
	}
	slices.SortFunc(o.Refunds, func(a, b history.Refund) int {
		return cmp.Or(cmp.Compare(a.AtMicros, b.AtMicros), cmp.Compare(a.ID, b.ID))
	})
}

func readFormerRefund(r *reader) history.Refund {
	refund := history.Refund{ID: r.string(), Known: true}
	refund.AtMicros, refund.Day = r.varint(), r.day()
	refund.AmountMinor = r.varint()
	_ = r.varint()
	refund.Counted = r.flags(refundCounted) != 0
	refund.Newest.Micros, refund.FirstMicros, refund.FirstDay = refund.AtMicros, refund.AtMicros, refund.Day
	return refund
}

// readFormerHashes reads the hashes of sealed orders.
func readFormerHashes(r *reader, h *history.History) {
	s, all := &h.Sealed, worthOfAll(h)
	for range r.count() {
		hash := r.fixed64()
		s.OrderHashes = append(s.OrderHashes, hash&(history.OrderHashBits|1))
		h.SealedWorth = append(h.SealedWorth, history.Worth{})
		if hash&1 == 1 {
			h.SealedWorth[len(h.SealedWorth)-1] = all
		}
	}
}

// worthOfAll is what all sealed orders brought together.
func worthOfAll(h *history.History) history.Worth {
	s := &h.Sealed
	return history.Worth{AmountMinor: s.AmountMinor - s.LateRefundMinor, MarginMinor: s.MarginMinor - s.LateRefundMarginMinor}
}

// worthOfFormer gives the entries of sealed orders what their orders brought.
func worthOfFormer(h *history.History) {
	for i := range h.Orders {
		if o := &h.Orders[i]; o.SealedBefore {
			o.Worth = worthOfAll(h)
		}
	}
}

// eventOf is the id of an event. Layouts before had a hash of it.
func (r *reader) eventOf() string {
	if r.former {
		_ = r.fixed64()
		return ""
	}
	return r.string()
}
