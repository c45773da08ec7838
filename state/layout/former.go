package layout

import (
	"fmt"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
)

// Customers of the layouts 6 and 7, which are read and not written any more:
//
//	schema      1 byte: 7 if there are extensions, else 6
//	flags       1 byte: churn 1, acquired 2, sealed 4, sealed early 8, fired 16,
//	            waiting 32
//	version     uvarint
//	announced   float64, minor units
//	as-of       varint µs            ┐
//	status      1 byte               │
//	historic, predicted, CLV,        │ the last value
//	P(alive), expected orders  5 × float64
//	digest      uint64               │
//	model       string               ┘
//	standing    see appendStanding
//	settled     the same                                            if fired
//	announced   the same (rose 4), varint µs, held reason byte
//	due         varint µs
//	cut         uvarint
//	entries     uvarint count, then month varint, stage byte, uvarint count
//	latest      varint µs
//	churn       kind byte, varint µs, event id string, float64      if flagged
//	acquired    varint µs, event id string, varint minor, string    if flagged
//	sealed      uvarint days, orders; varint first day, last day,
//	            last order µs, first day's, all days', margin, late
//	            refunds, their margin, excess (minor units)         if flagged
//	            uvarint count, then a sealed order each: hash, amount, margin varint
//	            uvarint count, then 6 bytes a settled refund,
//	            uvarint count, then a month each: varint since the one
//	            before, uvarint orders, varint amount, varint margin minor
//	early       varint day                                          if flagged
//	ledger      uvarint count, then an order each (readFormerOrder)
//	waiting     see appendWaiting                                   if flagged
//	extensions  as today's, and one more: the first order
//
// They say the same as those of today.
const (
	formerChurn = 1 << iota
	formerAcquired
	formerSealed
	formerSealedEarly
	formerFired
	formerWaiting

	formerFlags = formerWaiting<<1 - 1
)

// formerRose is a flag of what was announced, beside those of any standing.
const formerRose = 1 << 2

func readFormerCustomer(r *reader, c *clv.Customer, extended bool) {
	flags := r.flags(formerFlags)
	c.Version, c.AnnouncedMinor = r.uvarint(), r.float()
	readFormerValued(r, &c.Value)
	readFormerStandings(r, c, flags)
	h := &c.History
	h.LatestMicros = r.varint()
	if flags&formerChurn != 0 {
		h.Churn = history.Churn{Kind: history.Kind(r.known(r.byte(), kinds, "kind of event")), AtMicros: r.varint(), EventID: r.string(), Probability: r.float()}
	}
	if flags&formerAcquired != 0 {
		h.Acquisition = history.Acquisition{Known: true, AtMicros: r.varint(), EventID: r.string(), CostMinor: r.varint(), Channel: r.string()}
	}
	if flags&formerSealed != 0 {
		readFormerSealed(r, h)
	}
	if flags&formerSealedEarly != 0 {
		h.Sealed.Early, h.Sealed.EarlyDay = true, r.day()
	}
	if n := r.count(); n > 0 {
		h.Orders = r.orders(n)
		for i := range h.Orders {
			readFormerOrder(r, &h.Orders[i], n-i)
		}
	}
	if flags&formerWaiting != 0 {
		h.Waiting = readWaiting(r)
	}
	if extended {
		first := extension[clv.Customer]{tag: 1, read: readFormerFirst}
		readCustomerExtensions(r, c, append([]extension[clv.Customer]{first}, customerExtensions...))
	}
	if r.err == nil && flagsOf(c)&formerFlags != customerFlag(flags) {
		r.fail(fmt.Errorf("%w: its flags and what is there differ", ErrDamaged))
	}
}

func readFormerValued(r *reader, v *estimate.Valued) {
	*v = estimate.Valued{
		AsOfMicros:     r.varint(),
		Status:         history.Status(r.known(r.byte(), statuses, "status")),
		HistoricMinor:  r.float(),
		PredictedMinor: r.float(),
		CLVMinor:       r.float(),
		PAlive:         r.float(),
		ExpectedOrders: r.float(),
		Digest:         r.fixed64(),
		ModelVersion:   r.string(),
	}
	v.AliveKnown = !isZero(v.PAlive) || v.Status != history.Prospect
}

func readFormerStandings(r *reader, c *clv.Customer, flags byte) {
	c.Standing, _ = readStanding(r, 0)
	c.Settled = c.Standing
	if flags&formerFired != 0 {
		c.Settled, _ = readStanding(r, 0)
	}
	var told byte
	c.Announced.Standing, told = readStanding(r, formerRose)
	c.Announced.Rose = told&formerRose != 0
	c.Announced.AtMicros, c.Announced.Pending = r.varint(), announce.Reason(r.known(r.byte(), reasons, "held reason"))
	c.DueMicros = r.varint()
	c.Cut = r.uvarint()
	readEntries(r, c)
}

// readFormerFirst reads µs varint and the channel's name.
func readFormerFirst(r *reader, c *clv.Customer) {
	c.History.First = history.FirstOrder{Known: true, AtMicros: r.varint(), Channel: r.remainder()}
}

func readFormerSealed(r *reader, h *history.History) {
	s := &h.Sealed
	s.Days, s.Orders = int(r.uvarint()), int(r.uvarint())
	s.FirstDay, s.LastDay = r.day(), r.day()
	s.LastOrderMicros, s.FirstDayMinor = r.varint(), r.varint()
	s.AmountMinor, s.MarginMinor = r.varint(), r.varint()
	s.LateRefundMinor, s.LateRefundMarginMinor, s.ExcessMinor = r.varint(), r.varint(), r.varint()
	if n := r.count(); n > 0 {
		s.OrderHashes, h.SealedWorth = r.hashes(n), r.worths(n)
		for i := range n {
			hash := r.hash()
			s.OrderHashes[i] = hash & (history.OrderHashBits | sealedStood)
			if hash&sealedStood != 0 {
				readFormerWorth(r, &h.SealedWorth[i], hash&sealedForeign != 0, hash&sealedBack != 0)
			} else if hash&(sealedForeign|sealedBack) != 0 {
				r.fail(errForeign)
			}
		}
	}
	readRefundHashes(r, h)
	if n := r.count(); n > 0 {
		h.SealedMonths = r.months(n)
		last := int64(0)
		for i := range h.SealedMonths {
			readMonth(r, &h.SealedMonths[i], &last)
			h.SealedMonths[i].AmountMinor, h.SealedMonths[i].MarginMinor = r.varint(), r.varint()
		}
	}
}

func readFormerWorth(r *reader, w *history.Worth, foreign, back bool) {
	w.AmountMinor, w.MarginMinor = r.varint(), r.varint()
	readOwnWorth(r, w, foreign, back)
}

// Flags of an order of the layout before.
const (
	formerPlaced = 1 << iota
	formerSealedBefore
	formerCancelled
	formerTold
	formerForeign
	formerBack
	formerFell

	formerOrderFlags = formerFell<<1 - 1
)

// readFormerOrder reads
//
//	flags byte (placed 1, sealed before 2, cancelled 4, told otherwise 8, foreign 16,
//	back 32, fell 64), id string, day varint
//	if placed: µs varint, event id (appendEventID), and if told otherwise, tellings
//	if placed or sealed before: amount, margin varint minor; if foreign: own
//	if back: uvarint minor of the own currency
//	if cancelled: day varint, told µs varint, version uvarint (plus 1, 0: none)
//	refunds: uvarint count, then each: see appendRefund
//
// of an order behind which so many more may follow.
func readFormerOrder(r *reader, o *history.Order, more int) {
	flags := r.flags(formerOrderFlags)
	o.Placed, o.SealedBefore, o.Cancelled, o.Fell = flags&formerPlaced != 0, flags&formerSealedBefore != 0, flags&formerCancelled != 0, flags&formerFell != 0
	o.ID = r.string()
	o.Day = r.day()
	if o.Placed {
		o.AtMicros = r.varint()
		o.Newest = history.Telling{Micros: o.AtMicros, EventID: r.eventID(o.ID, more)}
		o.FirstMicros, o.FirstDay = o.AtMicros, o.Day
	}
	if flags&formerTold != 0 {
		r.tellings(&o.Tellings, o.Placed)
	}
	if o.Placed || o.SealedBefore {
		readFormerWorth(r, &o.Worth, flags&formerForeign != 0, flags&formerBack != 0)
	} else if flags&(formerForeign|formerBack) != 0 {
		r.fail(errForeign)
	}
	if o.Cancelled {
		o.CancelDay, o.Cancel = r.day(), r.taking()
	}
	readRefunds(r, o)
}

// eventOf is the id of an event. Entries of the layout before had a hash of it.
func (r *reader) eventOf() string {
	if r.former {
		_ = r.fixed64()
		return ""
	}
	return r.string()
}
