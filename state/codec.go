package state

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// customerSchema is the version of the stored customer's layout. Bytes of any
// other version are refused: a newer writer has been here.
const customerSchema = 4

// Flags of the stored customer.
const (
	flagChurn = 1 << iota
	flagAcquired
	flagSealed
	flagSealedEarly
	flagFired // a due time has been fired since the latest event
)

// Flags of a stored standing, and of what was told.
const (
	standingWorthwhile = 1 << iota
	standingApproaching
	toldRose
)

// Flags of a stored order and of a stored refund.
const (
	orderPlaced = 1 << iota
	orderSealedBefore
	orderCancelled

	refundCounted = 1
)

// AppendCustomer appends the customer's stored form to dst:
//
//	schema      1 byte
//	flags       1 byte: churn 1, acquired 2, sealed 4, sealed early 8, fired 16
//	version     uvarint
//	announced   float64, minor units
//	as-of       varint µs            ┐
//	status      1 byte               │
//	historic, predicted, CLV,        │ the last value
//	P(alive), expected orders  5 × float64
//	digest      uint64               │
//	model       string               ┘
//	standing    stage byte, varint µs, tier byte, varint µs, level byte,
//	            flags byte: worthwhile 1, approaching 2
//	settled     the same                                            if fired
//	told        the same (rose 4), varint µs, held reason byte
//	due         varint µs
//	cut         uvarint
//	entries     uvarint count, then month varint, stage byte, uvarint count
//	latest      varint µs
//	churn       kind byte, varint µs, hash uint64, float64          if flagged
//	acquired    varint µs, hash uint64, varint minor, string        if flagged
//	sealed      uvarint days, orders; varint first day, last day,
//	            last order µs, first day's, all days', margin,
//	            late refunds, their margin (minor units)            if flagged
//	            uvarint count, then a hash uint64 each,
//	            uvarint count, then a month each: varint since the one
//	            before, uvarint orders, varint amount minor
//	early       varint day                                          if flagged
//	ledger      uvarint count, then each order:
//	              flags byte (placed 1, sealed before 2, cancelled 4),
//	              id string, day varint,
//	              if placed: µs varint, hash uint64, first day varint,
//	                amount and margin varint minor
//	              if cancelled: day varint
//	              refunds: uvarint count, then id string, µs, day, amount varint,
//	                flags byte (counted 1)
//
// A string is its uvarint length and its bytes; integers are LEB128 varints as
// in encoding/binary, fixed ones little-endian.
func AppendCustomer(dst []byte, c *clv.Customer) []byte {
	h := &c.History
	dst = append(dst, customerSchema, customerFlags(c))
	dst = binary.AppendUvarint(dst, c.Version)
	dst = appendFloat(dst, c.AnnouncedMinor)
	dst = appendValued(dst, &c.Value)
	dst = appendAwake(dst, c)
	dst = binary.AppendVarint(dst, h.LatestMicros)
	if h.Churn.Kind != 0 {
		dst = append(dst, byte(h.Churn.Kind))
		dst = binary.AppendVarint(dst, h.Churn.AtMicros)
		dst = binary.LittleEndian.AppendUint64(dst, h.Churn.EventHash)
		dst = appendFloat(dst, h.Churn.Probability)
	}
	if h.Acquisition.Known {
		dst = binary.AppendVarint(dst, h.Acquisition.AtMicros)
		dst = binary.LittleEndian.AppendUint64(dst, h.Acquisition.EventHash)
		dst = binary.AppendVarint(dst, h.Acquisition.CostMinor)
		dst = appendString(dst, h.Acquisition.Channel)
	}
	dst = appendSealed(dst, h)
	dst = binary.AppendUvarint(dst, uint64(len(h.Orders)))
	for i := range h.Orders {
		dst = appendOrder(dst, &h.Orders[i])
	}
	return dst
}

func customerFlags(c *clv.Customer) (flags byte) {
	h := &c.History
	if h.Churn.Kind != 0 {
		flags |= flagChurn
	}
	if h.Acquisition.Known {
		flags |= flagAcquired
	}
	if sealedAnything(h) {
		flags |= flagSealed
	}
	if h.Sealed.Early {
		flags |= flagSealedEarly
	}
	if c.Settled != c.Standing {
		flags |= flagFired
	}
	return flags
}

func appendAwake(dst []byte, c *clv.Customer) []byte {
	dst = appendStanding(dst, &c.Standing, 0)
	if c.Settled != c.Standing {
		dst = appendStanding(dst, &c.Settled, 0)
	}
	var rose byte
	if c.Announced.Rose {
		rose = toldRose
	}
	dst = appendStanding(dst, &c.Announced.Standing, rose)
	dst = binary.AppendVarint(dst, c.Announced.AtMicros)
	dst = append(dst, byte(c.Announced.Pending))
	dst = binary.AppendVarint(dst, c.DueMicros)
	dst = binary.AppendUvarint(dst, c.Cut)
	dst = binary.AppendUvarint(dst, uint64(len(c.Entries)))
	for _, e := range c.Entries {
		dst = binary.AppendVarint(dst, int64(e.Month))
		dst = append(dst, byte(e.Stage))
		dst = binary.AppendUvarint(dst, uint64(e.Count))
	}
	return dst
}

func appendStanding(dst []byte, s *standing.Standing, flags byte) []byte {
	if s.Worthwhile {
		flags |= standingWorthwhile
	}
	if s.Approaching {
		flags |= standingApproaching
	}
	dst = append(dst, byte(s.Stage))
	dst = binary.AppendVarint(dst, s.StageMicros)
	dst = append(dst, s.Tier)
	dst = binary.AppendVarint(dst, s.TierMicros)
	return append(dst, s.AliveLevel, flags)
}

func sealedAnything(h *history.History) bool {
	s := &h.Sealed
	return s.Days > 0 || len(s.OrderHashes) > 0 || s.LateRefundMinor != 0 || len(h.SealedMonths) > 0
}

func appendValued(dst []byte, v *estimate.Valued) []byte {
	dst = binary.AppendVarint(dst, v.AsOfMicros)
	dst = append(dst, byte(v.Status))
	for _, f := range [...]float64{v.HistoricMinor, v.PredictedMinor, v.CLVMinor, v.PAlive, v.ExpectedOrders} {
		dst = appendFloat(dst, f)
	}
	dst = binary.LittleEndian.AppendUint64(dst, v.Digest)
	return appendString(dst, v.ModelVersion)
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

// DecodeCustomer is the inverse of AppendCustomer. It refuses bytes of another
// schema version and any others that AppendCustomer can not have written; it
// never panics. The customer's strings are parts of the stored one.
func DecodeCustomer(stored string) (*clv.Customer, error) {
	r := &reader{rest: stored}
	if schema := r.byte(); r.err == nil && schema != customerSchema {
		return nil, fmt.Errorf("decode customer: layout version %d is not known here (want %d): run the clvstream version that wrote it", schema, customerSchema)
	}
	flags := r.flags(flagChurn | flagAcquired | flagSealed | flagSealedEarly | flagFired)
	c := &clv.Customer{Version: r.uvarint(), AnnouncedMinor: r.float(), Value: readValued(r)}
	readAwake(r, c, flags)
	h := &c.History
	h.LatestMicros = r.varint()
	if flags&flagChurn != 0 {
		h.Churn = history.Churn{Kind: history.Kind(r.byte()), AtMicros: r.varint(), EventHash: r.fixed64(), Probability: r.float()}
	}
	if flags&flagAcquired != 0 {
		h.Acquisition = history.Acquisition{Known: true, AtMicros: r.varint(), EventHash: r.fixed64(), CostMinor: r.varint(), Channel: r.string()}
	}
	readSealed(r, h, flags)
	if n := r.count(); n > 0 {
		h.Orders = make([]history.Order, 0, n)
		for range n {
			h.Orders = append(h.Orders, readOrder(r))
		}
	}
	switch {
	case r.err != nil:
		return nil, fmt.Errorf("decode customer: %w", r.err)
	case customerFlags(c) != flags:
		return nil, errors.New("decode customer: its flags and what is there differ")
	case len(r.rest) > 0:
		return nil, fmt.Errorf("decode customer: %d bytes too many", len(r.rest))
	}
	return c, nil
}

func readAwake(r *reader, c *clv.Customer, flags byte) {
	c.Standing, _ = readStanding(r, 0)
	c.Settled = c.Standing
	if flags&flagFired != 0 {
		c.Settled, _ = readStanding(r, 0)
	}
	var told byte
	c.Announced.Standing, told = readStanding(r, toldRose)
	c.Announced.Rose = told&toldRose != 0
	c.Announced.AtMicros, c.Announced.Pending = r.varint(), announce.Reason(r.byte())
	c.DueMicros = r.varint()
	c.Cut = r.uvarint()
	if n := r.count(); n > 0 {
		c.Entries = make([]standing.Entry, 0, n)
		for range n {
			c.Entries = append(c.Entries, standing.Entry{Month: calendar.Month(r.int32()), Stage: standing.Stage(r.byte()), Count: int(r.uvarint())})
		}
	}
}

func readStanding(r *reader, more byte) (standing.Standing, byte) {
	s := standing.Standing{Stage: standing.Stage(r.byte()), StageMicros: r.varint(), Tier: r.byte(), TierMicros: r.varint(), AliveLevel: r.byte()}
	flags := r.flags(standingWorthwhile | standingApproaching | more)
	s.Worthwhile, s.Approaching = flags&standingWorthwhile != 0, flags&standingApproaching != 0
	return s, flags
}

func readValued(r *reader) estimate.Valued {
	return estimate.Valued{
		AsOfMicros:     r.varint(),
		Status:         history.Status(r.byte()),
		HistoricMinor:  r.float(),
		PredictedMinor: r.float(),
		CLVMinor:       r.float(),
		PAlive:         r.float(),
		ExpectedOrders: r.float(),
		Digest:         r.fixed64(),
		ModelVersion:   r.string(),
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
