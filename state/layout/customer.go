package layout

import (
	"encoding/binary"
	"fmt"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
)

// Versions of the stored customer's layout: without and with extensions, as they are
// written, and as they were before.
const (
	customerSchema               = 6
	extendedCustomerSchema       = 7
	formerCustomerSchema         = 4
	extendedFormerCustomerSchema = 5
)

// Flags of the stored customer.
const (
	flagChurn = 1 << iota
	flagAcquired
	flagSealed
	flagSealedEarly
	flagFired // a due time has been fired since the latest event
	flagWaiting
)

// AppendCustomer appends the customer's stored form to dst:
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
//	standing    stage byte, varint µs, tier byte, varint µs, level byte,
//	            flags byte: worthwhile 1, approaching 2
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
//	            uvarint count, then a sealed order each,
//	            uvarint count, then 6 bytes a settled refund,
//	            uvarint count, then a month each: varint since the one
//	            before, uvarint orders, varint amount, varint margin minor
//	early       varint day                                          if flagged
//	ledger      uvarint count, then an order each (appendOrder)
//	waiting     see appendWaiting                                   if flagged
//	extensions  up to the end, ascending by tag: tag uvarint, value string
//
// What the extensions are says extension.go.
func AppendCustomer(dst []byte, c *clv.Customer) []byte {
	h, start := &c.History, len(dst)
	dst = append(dst, customerSchema, customerFlags(c))
	dst = binary.AppendUvarint(dst, c.Version)
	dst = appendFloat(dst, c.AnnouncedMinor)
	dst = appendValued(dst, &c.Value)
	dst = appendStandings(dst, c)
	dst = binary.AppendVarint(dst, h.LatestMicros)
	if h.Churn.Kind != 0 {
		dst = append(dst, byte(h.Churn.Kind))
		dst = binary.AppendVarint(dst, h.Churn.AtMicros)
		dst = appendString(dst, h.Churn.EventID)
		dst = appendFloat(dst, h.Churn.Probability)
	}
	if h.Acquisition.Known {
		dst = binary.AppendVarint(dst, h.Acquisition.AtMicros)
		dst = appendString(dst, h.Acquisition.EventID)
		dst = binary.AppendVarint(dst, h.Acquisition.CostMinor)
		dst = appendString(dst, h.Acquisition.Channel)
	}
	dst = appendSealed(dst, h)
	dst = binary.AppendUvarint(dst, uint64(len(h.Orders)))
	for i := range h.Orders {
		dst = appendOrder(dst, &h.Orders[i])
	}
	dst = appendWaiting(dst, h.Waiting)
	end := len(dst)
	if dst = appendExtensions(dst, customerExtensions, c, c.Extensions); len(dst) > end {
		dst[start] = extendedCustomerSchema
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
	if len(h.Waiting) > 0 {
		flags |= flagWaiting
	}
	return flags
}

// DecodeCustomer is the inverse of AppendCustomer. Bytes that AppendCustomer can
// not have written are ErrDamaged, ErrNewer or ErrOlder; it never panics. The
// customer's strings are parts of the stored one.
func DecodeCustomer(stored string) (*clv.Customer, error) {
	c := new(clv.Customer)
	if err := decodeCustomer(&reader{rest: stored}, c); err != nil {
		return nil, err
	}
	return c, nil
}

func decodeCustomer(r *reader, c *clv.Customer) error {
	schema := r.schema(formerCustomerSchema, extendedCustomerSchema)
	r.former = schema < customerSchema
	flags := r.flags(flagChurn | flagAcquired | flagSealed | flagSealedEarly | flagFired | flagWaiting)
	*c = clv.Customer{Version: r.uvarint(), AnnouncedMinor: r.float(), Value: readValued(r)}
	readStandings(r, c, flags)
	h := &c.History
	h.LatestMicros = r.varint()
	if flags&flagChurn != 0 {
		h.Churn = history.Churn{Kind: history.Kind(r.known(r.byte(), kinds, "kind of event")), AtMicros: r.varint(), EventID: r.eventOf(), Probability: r.float()}
	}
	if flags&flagAcquired != 0 {
		h.Acquisition = history.Acquisition{Known: true, AtMicros: r.varint(), EventID: r.eventOf(), CostMinor: r.varint(), Channel: r.string()}
	}
	readSealed(r, h, flags)
	readLedger(r, h)
	h.Waiting = readWaiting(r, flags)
	if schema == extendedCustomerSchema || schema == extendedFormerCustomerSchema {
		c.Extensions = readExtensions(r, customerExtensions, c)
	}
	if r.err == nil && customerFlags(c) != flags {
		r.fail(fmt.Errorf("%w: its flags and what is there differ", ErrDamaged))
	}
	return r.end("customer")
}

func readLedger(r *reader, h *history.History) {
	n := r.count()
	if n == 0 {
		return
	}
	h.Orders = r.orders(n)
	for i := range h.Orders {
		if r.former { // called by name, or the reader would move to the heap
			readFormerOrder(r, &h.Orders[i])
		} else {
			readOrder(r, &h.Orders[i])
		}
	}
	if r.former {
		worthOfFormer(h)
	}
}
