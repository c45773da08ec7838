package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

func sealedAnything(h *history.History) bool {
	s := &h.Sealed
	return s.Days > 0 || len(s.OrderHashes) > 0 || s.LateRefundMinor != 0 || len(h.SealedMonths) > 0
}

func appendSealed(dst []byte, h *history.History) []byte {
	s := &h.Sealed
	if sealedAnything(h) {
		dst = binary.AppendUvarint(dst, uint64(s.Days))
		dst = binary.AppendUvarint(dst, uint64(s.Orders))
		for _, v := range [...]int64{
			int64(s.FirstDay), int64(s.LastDay), s.LastOrderMicros, s.FirstDayMinor,
			s.AmountMinor, s.MarginMinor, s.LateRefundMinor, s.LateRefundMarginMinor,
		} {
			dst = binary.AppendVarint(dst, v)
		}
		dst = binary.AppendUvarint(dst, uint64(len(s.OrderHashes)))
		for _, hash := range s.OrderHashes {
			dst = binary.LittleEndian.AppendUint64(dst, hash)
		}
		dst = appendMonths(dst, h.SealedMonths)
	}
	if s.Early {
		dst = binary.AppendVarint(dst, int64(s.EarlyDay))
	}
	return dst
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

func readSealed(r *reader, h *history.History, flags byte) {
	s := &h.Sealed
	if flags&flagSealed != 0 {
		s.Days, s.Orders = int(r.uvarint()), int(r.uvarint())
		s.FirstDay, s.LastDay = r.day(), r.day()
		s.LastOrderMicros, s.FirstDayMinor = r.varint(), r.varint()
		s.AmountMinor, s.MarginMinor = r.varint(), r.varint()
		s.LateRefundMinor, s.LateRefundMarginMinor = r.varint(), r.varint()
		if n := r.count(); n > 0 {
			s.OrderHashes = make([]uint64, 0, n)
			for range n {
				s.OrderHashes = append(s.OrderHashes, r.fixed64())
			}
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
	months := make([]history.MonthSum, 0, n)
	last := int64(0)
	for range n {
		last += r.varint()
		if last != int64(int32(last)) {
			r.fail(errForeign)
		}
		months = append(months, history.MonthSum{Month: calendar.Month(last), Orders: int(r.uvarint()), AmountMinor: r.varint(), MarginMinor: r.varint()})
	}
	return months
}
