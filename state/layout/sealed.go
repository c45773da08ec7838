package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

func sealedAnything(h *history.History) bool {
	s := &h.Sealed
	return s.Days > 0 || len(s.OrderHashes) > 0 || s.LateRefundMinor != 0 || len(h.SealedMonths) > 0 || len(h.RefundHashes) > 0
}

func appendSealed(dst []byte, h *history.History) []byte {
	s := &h.Sealed
	if sealedAnything(h) {
		dst = binary.AppendUvarint(dst, uint64(s.Days))
		dst = binary.AppendUvarint(dst, uint64(s.Orders))
		for _, v := range [...]int64{
			int64(s.FirstDay), int64(s.LastDay), s.LastOrderMicros, s.FirstDayMinor,
			s.AmountMinor, s.MarginMinor, s.LateRefundMinor, s.LateRefundMarginMinor, s.ExcessMinor,
		} {
			dst = binary.AppendVarint(dst, v)
		}
		dst = binary.AppendUvarint(dst, uint64(len(s.OrderHashes)))
		for i, hash := range s.OrderHashes {
			dst = appendSealedOrder(dst, hash, &h.SealedWorth[i])
		}
		dst = binary.AppendUvarint(dst, uint64(len(h.RefundHashes)))
		for _, hash := range h.RefundHashes {
			dst = appendHash(dst, hash)
		}
		dst = appendMonths(dst, h.SealedMonths)
	}
	if s.Early {
		dst = binary.AppendVarint(dst, int64(s.EarlyDay))
	}
	return dst
}

// Bits of a sealed order's hash, beside those that name it.
const (
	sealedStood = 1 << iota
	sealedForeign
	sealedBack

	sealedHashBytes = 6
)

// appendSealedOrder appends a hash, its lowest bits being stood 1, foreign 2,
// back 4; and if it stood, what it brought: see appendWorth.
func appendSealedOrder(dst []byte, hash uint64, w *history.Worth) []byte {
	hash |= uint64(flag(w.Own != nil, sealedForeign) | flag(w.BackMinor != 0, sealedBack))
	dst = appendHash(dst, hash)
	if hash&sealedStood == 0 {
		return dst
	}
	return appendWorth(dst, w)
}

// appendHash appends 6 bytes little-endian.
func appendHash(dst []byte, hash uint64) []byte {
	return binary.LittleEndian.AppendUint64(dst, hash)[:len(dst)+sealedHashBytes]
}

func (r *reader) hash() uint64 {
	if len(r.rest) < sealedHashBytes {
		r.fail(errTruncated)
		return 0
	}
	b := r.rest[:sealedHashBytes]
	r.rest = r.rest[sealedHashBytes:]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40
}

func readSealedOrder(r *reader, into *history.Worth) (hash uint64) {
	switch hash = r.hash(); {
	case hash&sealedStood != 0:
		readWorth(r, into, hash&sealedForeign != 0, hash&sealedBack != 0)
	case hash&(sealedForeign|sealedBack) != 0:
		r.fail(errForeign)
	}
	return hash & (history.OrderHashBits | sealedStood)
}

func appendMonths(dst []byte, months []history.MonthSum) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(months)))
	var last calendar.Month
	for _, m := range months {
		dst = binary.AppendVarint(dst, int64(m.Month)-int64(last))
		dst = binary.AppendUvarint(dst, uint64(m.Orders))
		dst = binary.AppendVarint(dst, m.AmountMinor)
		dst = binary.AppendVarint(dst, m.MarginMinor)
		last = m.Month
	}
	return dst
}

func readSealedOrders(r *reader, h *history.History) {
	if n := r.count(); n > 0 {
		h.Sealed.OrderHashes, h.SealedWorth = r.hashes(n), r.worths(n)
		for i := range n {
			h.Sealed.OrderHashes[i] = readSealedOrder(r, &h.SealedWorth[i])
		}
	}
	if n := r.count(); n > 0 {
		h.RefundHashes = make([]uint64, n)
		for i := range n {
			if h.RefundHashes[i] = r.hash(); h.RefundHashes[i]&^history.OrderHashBits != 0 {
				r.fail(errForeign)
			}
		}
	}
}

func readSealed(r *reader, h *history.History, flags byte) {
	s := &h.Sealed
	if flags&flagSealed != 0 {
		s.Days, s.Orders = int(r.uvarint()), int(r.uvarint())
		s.FirstDay, s.LastDay = r.day(), r.day()
		s.LastOrderMicros, s.FirstDayMinor = r.varint(), r.varint()
		s.AmountMinor, s.MarginMinor = r.varint(), r.varint()
		s.LateRefundMinor, s.LateRefundMarginMinor = r.varint(), r.varint()
		if r.former {
			readFormerHashes(r, h)
		} else {
			s.ExcessMinor = r.varint()
			readSealedOrders(r, h)
		}
		h.SealedMonths = readMonths(r)
	}
	if flags&flagSealedEarly != 0 {
		s.Early, s.EarlyDay = true, r.day()
	}
}

func readMonths(r *reader) []history.MonthSum {
	n := r.count()
	if n == 0 {
		return nil
	}
	months := r.months(n)
	last := int64(0)
	for i := range months {
		last += r.varint()
		if last != int64(int32(last)) {
			r.fail(errForeign)
		}
		months[i] = history.MonthSum{Month: calendar.Month(last), Orders: int(r.uvarint()), AmountMinor: r.varint(), MarginMinor: r.varint()}
	}
	return months
}
