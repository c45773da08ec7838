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

// appendSealed appends of what is sealed, if anything is
//
//	uvarint days, orders
//	first, last day varint, since the day of the customer's latest event in UTC
//	last order: instant, since that event
//	varint minor first day's, late refunds, their margin, excess
//	all days' amount and margin: see appendMoney
//	uvarint count, then an order each: see appendSealedOrder
//	uvarint count, then 6 bytes a settled refund
//	uvarint count, then a month each: varint since the one before, uvarint orders, money
//
// and, if it was sealed early, up to which day, varint.
func appendSealed(dst []byte, h *history.History) []byte {
	s := &h.Sealed
	if sealedAnything(h) {
		dst = binary.AppendUvarint(dst, uint64(s.Days))
		dst = binary.AppendUvarint(dst, uint64(s.Orders))
		dst = appendDay(dst, s.FirstDay, h.LatestMicros)
		dst = appendDay(dst, s.LastDay, h.LatestMicros)
		dst = appendInstant(dst, s.LastOrderMicros, h.LatestMicros)
		for _, v := range [...]int64{s.FirstDayMinor, s.LateRefundMinor, s.LateRefundMarginMinor, s.ExcessMinor} {
			dst = binary.AppendVarint(dst, v)
		}
		var share share
		dst = appendMoney(dst, s.AmountMinor, s.MarginMinor, &share)
		dst = binary.AppendUvarint(dst, uint64(len(s.OrderHashes)))
		for i, hash := range s.OrderHashes {
			dst = appendSealedOrder(dst, hash, &h.SealedWorth[i], &share)
		}
		dst = binary.AppendUvarint(dst, uint64(len(h.RefundHashes)))
		for _, hash := range h.RefundHashes {
			dst = appendHash(dst, hash)
		}
		dst = appendMonths(dst, h.SealedMonths, &share)
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
func appendSealedOrder(dst []byte, hash uint64, w *history.Worth, s *share) []byte {
	hash |= uint64(flag(w.Own != nil, sealedForeign) | flag(w.BackMinor != 0, sealedBack))
	dst = appendHash(dst, hash)
	if hash&sealedStood == 0 {
		return dst
	}
	return appendWorth(dst, w, s)
}

// appendHash appends 6 bytes little-endian.
func appendHash(dst []byte, hash uint64) []byte {
	return binary.LittleEndian.AppendUint64(dst, hash)[:len(dst)+sealedHashBytes]
}

func (r *reader) hash() uint64 {
	b := r.fixed(sealedHashBytes)
	if b == "" {
		return 0
	}
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40
}

func readSealedOrder(r *reader, into *history.Worth, s *share) (hash uint64) {
	switch hash = r.hash(); {
	case hash&sealedStood != 0:
		readWorth(r, into, hash&sealedForeign != 0, hash&sealedBack != 0, s)
	case hash&(sealedForeign|sealedBack) != 0:
		r.fail(errForeign)
	}
	return hash & (history.OrderHashBits | sealedStood)
}

func appendMonths(dst []byte, months []history.MonthSum, s *share) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(months)))
	var last calendar.Month
	for _, m := range months {
		dst = binary.AppendVarint(dst, int64(m.Month)-int64(last))
		dst = binary.AppendUvarint(dst, uint64(m.Orders))
		dst = appendMoney(dst, m.AmountMinor, m.MarginMinor, s)
		last = m.Month
	}
	return dst
}

func readSealed(r *reader, h *history.History) {
	s := &h.Sealed
	s.Days, s.Orders = int(r.uvarint()), int(r.uvarint())
	s.FirstDay, s.LastDay = r.daySince(h.LatestMicros), r.daySince(h.LatestMicros)
	s.LastOrderMicros = r.instant(h.LatestMicros)
	s.FirstDayMinor, s.LateRefundMinor, s.LateRefundMarginMinor, s.ExcessMinor = r.varint(), r.varint(), r.varint(), r.varint()
	var share share
	s.AmountMinor, s.MarginMinor = r.money(&share)
	if n := r.count(); n > 0 {
		s.OrderHashes, h.SealedWorth = r.hashes(n), r.worths(n)
		for i := range n {
			s.OrderHashes[i] = readSealedOrder(r, &h.SealedWorth[i], &share)
		}
	}
	readRefundHashes(r, h)
	if n := r.count(); n > 0 {
		h.SealedMonths = r.months(n)
		last := int64(0)
		for i := range h.SealedMonths {
			readMonth(r, &h.SealedMonths[i], &last)
			h.SealedMonths[i].AmountMinor, h.SealedMonths[i].MarginMinor = r.money(&share)
		}
	}
}

func readRefundHashes(r *reader, h *history.History) {
	n := r.count()
	if n == 0 {
		return
	}
	h.RefundHashes = make([]uint64, n)
	for i := range n {
		if h.RefundHashes[i] = r.hash(); h.RefundHashes[i]&^history.OrderHashBits != 0 {
			r.fail(errForeign)
		}
	}
}

// readMonth reads which month it is, and its orders.
func readMonth(r *reader, m *history.MonthSum, last *int64) {
	if *last += r.varint(); *last != int64(int32(*last)) {
		r.fail(errForeign)
	}
	m.Month, m.Orders = calendar.Month(*last), int(r.uvarint())
}
