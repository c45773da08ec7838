package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv/history"
)

// Flags of a stored order and of a stored refund.
const (
	orderPlaced = 1 << iota
	orderSealedBefore
	orderCancelled

	refundCounted = 1
)

func appendOrder(dst []byte, o *history.Order) []byte {
	var flags byte
	for _, f := range [...]struct {
		set  bool
		flag byte
	}{{o.Placed, orderPlaced}, {o.SealedBefore, orderSealedBefore}, {o.Cancelled, orderCancelled}} {
		if f.set {
			flags |= f.flag
		}
	}
	dst = append(dst, flags)
	dst = appendString(dst, o.ID)
	dst = binary.AppendVarint(dst, int64(o.Day))
	if o.Placed {
		dst = binary.AppendVarint(dst, o.AtMicros)
		dst = binary.LittleEndian.AppendUint64(dst, o.VersionHash)
		dst = binary.AppendVarint(dst, int64(o.FirstDay))
		dst = binary.AppendVarint(dst, o.AmountMinor)
		dst = binary.AppendVarint(dst, o.MarginMinor)
	}
	if o.Cancelled {
		dst = binary.AppendVarint(dst, int64(o.CancelDay))
	}
	dst = binary.AppendUvarint(dst, uint64(len(o.Refunds)))
	for i := range o.Refunds {
		dst = appendRefund(dst, &o.Refunds[i])
	}
	return dst
}

func appendRefund(dst []byte, r *history.Refund) []byte {
	dst = appendString(dst, r.ID)
	dst = binary.AppendVarint(dst, r.AtMicros)
	dst = binary.AppendVarint(dst, int64(r.Day))
	dst = binary.AppendVarint(dst, r.AmountMinor)
	dst = binary.AppendVarint(dst, r.MarginMinor)
	if r.Counted {
		return append(dst, refundCounted)
	}
	return append(dst, 0)
}

func readOrder(r *reader) history.Order {
	flags := r.flags(orderPlaced | orderSealedBefore | orderCancelled)
	o := history.Order{
		Placed:       flags&orderPlaced != 0,
		SealedBefore: flags&orderSealedBefore != 0,
		Cancelled:    flags&orderCancelled != 0,
		ID:           r.string(),
		Day:          r.day(),
	}
	if o.Placed {
		o.AtMicros, o.VersionHash, o.FirstDay = r.varint(), r.fixed64(), r.day()
		o.AmountMinor, o.MarginMinor = r.varint(), r.varint()
	}
	if o.Cancelled {
		o.CancelDay = r.day()
	}
	if n := r.count(); n > 0 {
		o.Refunds = make([]history.Refund, 0, n)
		for range n {
			o.Refunds = append(o.Refunds, history.Refund{
				ID: r.string(), AtMicros: r.varint(), Day: r.day(), AmountMinor: r.varint(), MarginMinor: r.varint(), Counted: r.flags(refundCounted) != 0,
			})
		}
	}
	return o
}
