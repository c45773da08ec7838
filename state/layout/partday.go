package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
)

// appendPartDay appends the day that the ledger limit sealed in part, if it did: the day, the
// purchase day before it, and the time up to which events went into the sums, all varint.
func appendPartDay(dst []byte, customer *clv.Customer) []byte {
	part := &customer.History.Sealed.Part
	if part.UntilMicros == 0 {
		return dst
	}
	dst = binary.AppendVarint(dst, int64(part.Day))
	dst = binary.AppendVarint(dst, int64(part.Before))
	return binary.AppendVarint(dst, part.UntilMicros)
}

func readPartDay(r *reader, customer *clv.Customer) {
	part := history.PartDay{Day: r.day(), Before: r.day(), UntilMicros: r.varint()}
	if part.UntilMicros == 0 {
		r.fail(errForeign)
	}
	customer.History.Sealed.Part = part
}
