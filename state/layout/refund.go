package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv/history"
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

// appendRefund appends
//
//	flags byte (counted 1, known 2, reverted 4, told otherwise 8, foreign 16),
//	id string, µs, day varint
//	if known: event id, and if told otherwise, tellings; amount varint minor; if
//	  foreign: own
//	if reverted: day varint, told µs varint, version uvarint (plus 1, 0: none)
//
// The event's id is relative to the order's id: see appendEventID.
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

// readRefunds reads a count and so many refunds.
func readRefunds(r *reader, o *history.Order) {
	n := r.count()
	if n == 0 {
		return
	}
	o.Refunds = make([]history.Refund, 0, n)
	for i := range n {
		o.Refunds = append(o.Refunds, readRefund(r, o.ID, n-i))
	}
}

func readRefund(r *reader, orderID string, more int) history.Refund {
	flags := r.flags(refundFlags)
	refund := history.Refund{Counted: flags&refundCounted != 0, Known: flags&refundKnown != 0, Reverted: flags&refundReverted != 0, ID: r.string()}
	refund.AtMicros, refund.Day = r.varint(), r.day()
	if refund.Known {
		refund.Newest = history.Telling{Micros: refund.AtMicros, EventID: r.eventID(orderID, more)}
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
