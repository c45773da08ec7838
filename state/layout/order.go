package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// Flags of a stored order.
const (
	orderPlaced = 1 << iota
	orderSealedBefore
	orderCancelled
	orderTold // otherwise than by one telling without version and updated_at: see appendTellings
	orderForeign
	orderBack // refunds are in the sums already
	orderFell

	orderFlags = orderFell<<1 - 1
)

// Flags of a stored refund.
const (
	refundCounted = 1 << iota
	refundKnown
	refundReverted
	refundTold
	refundForeign

	refundFlags = refundForeign<<1 - 1
)

// flag is one bit if it is set.
func flag(set bool, bit byte) byte {
	if set {
		return bit
	}
	return 0
}

// appendOrder appends
//
//	flags byte (placed 1, sealed before 2, cancelled 4, told otherwise 8, foreign 16,
//	back 32, fell 64), id string, day varint
//	if placed: µs varint, event id, and if told otherwise, tellings
//	if placed or sealed before: amount, margin varint minor; if foreign: own
//	if back: uvarint minor of the own currency
//	if cancelled: day varint, told µs varint, version uvarint (plus 1, 0: none)
//	refunds: uvarint count, then each
//	  flags byte (counted 1, known 2, reverted 4, told otherwise 8, foreign 16),
//	  id string, µs, day varint
//	  if known: event id, and if told otherwise, tellings; amount varint minor; if
//	    foreign: own
//	  if reverted: day varint, told µs varint, version uvarint
//
// Event ids are relative to the order's id: see appendEventID.
func appendOrder(dst []byte, o *history.Order) []byte {
	told := o.Placed && toldOtherwise(&o.Tellings)
	dst = append(dst, flag(o.Placed, orderPlaced)|flag(o.SealedBefore, orderSealedBefore)|flag(o.Cancelled, orderCancelled)|
		flag(told, orderTold)|flag(o.Own != nil, orderForeign)|flag(o.BackMinor != 0, orderBack)|flag(o.Fell, orderFell))
	dst = appendString(dst, o.ID)
	dst = binary.AppendVarint(dst, int64(o.Day))
	if o.Placed {
		dst = binary.AppendVarint(dst, o.AtMicros)
		dst = appendEventID(dst, o.Newest.EventID, o.ID)
		if told {
			dst = appendTellings(dst, &o.Tellings)
		}
	}
	if o.Placed || o.SealedBefore {
		dst = appendWorth(dst, &o.Worth)
	}
	if o.Cancelled {
		dst = binary.AppendVarint(dst, int64(o.CancelDay))
		dst = appendTaking(dst, &o.Cancel)
	}
	dst = binary.AppendUvarint(dst, uint64(len(o.Refunds)))
	for i := range o.Refunds {
		dst = appendRefund(dst, &o.Refunds[i], o.ID)
	}
	return dst
}

func appendRefund(dst []byte, r *history.Refund, orderID string) []byte {
	told := r.Known && toldOtherwise(&r.Tellings)
	dst = append(dst, flag(r.Counted, refundCounted)|flag(r.Known, refundKnown)|flag(r.Reverted, refundReverted)|
		flag(told, refundTold)|flag(r.Own != nil, refundForeign))
	dst = appendString(dst, r.ID)
	dst = binary.AppendVarint(dst, r.AtMicros)
	dst = binary.AppendVarint(dst, int64(r.Day))
	if r.Known {
		dst = appendEventID(dst, r.Newest.EventID, orderID)
		if told {
			dst = appendTellings(dst, &r.Tellings)
		}
		dst = binary.AppendVarint(dst, r.AmountMinor)
		dst = appendOwn(dst, r.Own)
	}
	if r.Reverted {
		dst = binary.AppendVarint(dst, int64(r.RevertDay))
		dst = appendTaking(dst, &r.Revert)
	}
	return dst
}

// appendWorth appends amount and margin, varint minor; if foreign: own; if back: uvarint.
func appendWorth(dst []byte, w *history.Worth) []byte {
	dst = binary.AppendVarint(dst, w.AmountMinor)
	dst = binary.AppendVarint(dst, w.MarginMinor)
	dst = appendOwn(dst, w.Own)
	if w.BackMinor != 0 {
		dst = binary.AppendUvarint(dst, uint64(w.BackMinor))
	}
	return dst
}

func readOrder(r *reader, o *history.Order) {
	flags := r.flags(orderFlags)
	o.Placed, o.SealedBefore, o.Cancelled, o.Fell = flags&orderPlaced != 0, flags&orderSealedBefore != 0, flags&orderCancelled != 0, flags&orderFell != 0
	o.ID = r.string()
	o.Day = r.day()
	if o.Placed {
		o.AtMicros = r.varint()
		o.Newest = history.Telling{Micros: o.AtMicros, EventID: r.eventID(o.ID)}
		o.FirstMicros, o.FirstDay = o.AtMicros, o.Day
	}
	if flags&orderTold != 0 {
		r.tellings(&o.Tellings, o.Placed)
	}
	if o.Placed || o.SealedBefore {
		readWorth(r, &o.Worth, flags&orderForeign != 0, flags&orderBack != 0)
	} else if flags&(orderForeign|orderBack) != 0 {
		r.fail(errForeign)
	}
	if o.Cancelled {
		o.CancelDay, o.Cancel = r.day(), r.taking()
	}
	if n := r.count(); n > 0 {
		o.Refunds = make([]history.Refund, 0, n)
		for range n {
			o.Refunds = append(o.Refunds, readRefund(r, o.ID))
		}
	}
}

func readRefund(r *reader, orderID string) history.Refund {
	flags := r.flags(refundFlags)
	refund := history.Refund{Counted: flags&refundCounted != 0, Known: flags&refundKnown != 0, Reverted: flags&refundReverted != 0, ID: r.string()}
	refund.AtMicros, refund.Day = r.varint(), r.day()
	if refund.Known {
		refund.Newest = history.Telling{Micros: refund.AtMicros, EventID: r.eventID(orderID)}
		refund.FirstMicros, refund.FirstDay = refund.AtMicros, refund.Day
	}
	if flags&refundTold != 0 {
		r.tellings(&refund.Tellings, refund.Known)
	}
	if refund.Known {
		refund.AmountMinor = r.varint()
		refund.Own = r.own(flags&refundForeign != 0)
	} else if flags&refundForeign != 0 {
		r.fail(errForeign)
	}
	if refund.Reverted {
		refund.RevertDay, refund.Revert = r.day(), r.taking()
	}
	return refund
}

func readWorth(r *reader, w *history.Worth, foreign, back bool) {
	w.AmountMinor, w.MarginMinor = r.varint(), r.varint()
	if foreign {
		w.Own = r.own(true)
	}
	if back {
		if w.BackMinor = r.minor(); w.BackMinor == 0 {
			r.fail(errForeign)
		}
	}
}

// noon is within a day of any time zone of today's.
func noon(day calendar.Day) int64 { return (int64(day)*24 + 12) * 60 * 60 * 1_000_000 }
