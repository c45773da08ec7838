package layout

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
)

// Versions of the stored customer's layout: without and with extensions, as they are
// written, and as they were before.
const (
	customerSchema               = 8
	extendedCustomerSchema       = 9
	formerCustomerSchema         = 6
	extendedFormerCustomerSchema = 7
)

// customerFlag is one of the flags of the stored customer.
type customerFlag uint16

const (
	flagChurn customerFlag = 1 << iota
	flagAcquired
	flagSealed
	flagSealedEarly
	flagFired // a due time has been fired since the latest event
	flagWaiting
	flagFirst              // the first order is known
	flagUnannounced        // the CLV is not the one that was announced
	flagAnnouncedOtherwise // they stand otherwise than was announced
	flagRose
	flagHeld // a change is, for its time
	flagCut
	flagEntries
	flagRefreshed

	customerFlags = flagRefreshed<<1 - 1
)

// AppendCustomer appends the customer's stored form to dst:
//
//	schema      1 byte: 9 if there are extensions, else 8
//	flags       2 bytes little-endian: churn 1, acquired 2, sealed 4, sealed early 8,
//	            fired 16, waiting 32, first 64, unannounced 128,
//	            announced otherwise 256, rose 512, held 1024, cut 2048, entries 4096,
//	            refreshed 8192
//	version     uvarint
//	instants    4 bytes of forms, and what they have: see appendInstants
//	value       status byte, flags byte, figures, digest: see appendValued
//	announced   float64, minor units                                if unannounced
//	standings   see appendStandings
//	first       channel string                                      if flagged
//	churn       kind byte, instant, event id string, float64        if flagged
//	acquired    instant, event id string, varint minor, string      if flagged
//	sealed      see appendSealed                                    if flagged
//	early       varint day                                          if flagged
//	ledger      uvarint count and grain, then an order each: see appendLedger
//	waiting     see appendWaiting                                   if flagged
//	refreshed   see appendRefreshed                                 if flagged
//	model       6 bytes or string: see appendVersion
//	extensions  up to the end, ascending by tag: tag uvarint, value string
//
// What is as it mostly is takes a bit: an instant that is that of another, a CLV that is the
// sum of its parts and was announced, an order that was placed once. What the extensions
// are says extension.go.
//
// Of one who was erased it appends the marker: see AppendMarker.
func AppendCustomer(dst []byte, c *clv.Customer) []byte {
	if c.Erased() {
		return AppendMarker(dst, markerOf(c))
	}
	h, start, flags := &c.History, len(dst), flagsOf(c)
	dst = append(dst, customerSchema, byte(flags), byte(flags>>8))
	dst = binary.AppendUvarint(dst, c.Version)
	at := instantsOf(c)
	dst = appendInstants(dst, &at)
	dst = appendValued(dst, &c.Value)
	if flags&flagUnannounced != 0 {
		dst = appendFloat(dst, c.AnnouncedMinor)
	}
	dst = appendStandings(dst, c, flags)
	if flags&flagFirst != 0 {
		dst = appendString(dst, h.First.Channel)
	}
	if flags&flagChurn != 0 {
		dst = append(dst, byte(h.Churn.Kind))
		dst = appendInstant(dst, h.Churn.AtMicros, h.LatestMicros)
		dst = appendString(dst, h.Churn.EventID)
		dst = appendFloat(dst, h.Churn.Probability)
	}
	if flags&flagAcquired != 0 {
		dst = appendInstant(dst, h.Acquisition.AtMicros, h.LatestMicros)
		dst = appendString(dst, h.Acquisition.EventID)
		dst = binary.AppendVarint(dst, h.Acquisition.CostMinor)
		dst = appendString(dst, h.Acquisition.Channel)
	}
	dst = appendSealed(dst, h)
	dst = appendLedger(dst, h.Orders, ledgerSince(h))
	dst = appendWaiting(dst, h.Waiting)
	if flags&flagRefreshed != 0 {
		dst = appendRefreshed(dst, c)
	}
	dst = appendVersion(dst, c.Value.ModelVersion)
	end := len(dst)
	if dst = appendExtensions(dst, customerExtensions, c, c.Extensions); len(dst) > end {
		dst[start] = extendedCustomerSchema
	}
	return dst
}

// ledgerSince is the instant since which the ledger's first order is stored: most begin with
// the first order of all.
func ledgerSince(h *history.History) int64 {
	if h.First.Known {
		return h.First.AtMicros
	}
	return h.LatestMicros
}

func flagsOf(c *clv.Customer) (flags customerFlag) {
	h, announced := &c.History, &c.Announced.Standing
	for _, f := range [...]struct {
		set  bool
		flag customerFlag
	}{
		{h.Churn.Kind != 0, flagChurn},
		{h.Acquisition.Known, flagAcquired},
		{sealedAnything(h), flagSealed},
		{h.Sealed.Early, flagSealedEarly},
		{c.Settled != c.Standing, flagFired},
		{len(h.Waiting) > 0, flagWaiting},
		{h.First.Known, flagFirst},
		{math.Float64bits(c.AnnouncedMinor) != math.Float64bits(c.Value.CLVMinor), flagUnannounced},
		{*announced != since(c.Standing, announced), flagAnnouncedOtherwise},
		{c.Announced.Rose, flagRose},
		{c.Announced.Pending != 0, flagHeld},
		{c.Cut != 0, flagCut},
		{len(c.Entries) > 0, flagEntries},
		{c.Refreshed.Known, flagRefreshed},
	} {
		if f.set {
			flags |= f.flag
		}
	}
	return flags
}

// DecodeCustomer is the inverse of AppendCustomer. Bytes that AppendCustomer can
// not have written are ErrDamaged, ErrNewer or ErrOlder; it never panics. The
// customer's strings are parts of the stored one, or of one string in which the ids are
// put together.
func DecodeCustomer(stored string) (*clv.Customer, error) {
	c := new(clv.Customer)
	if err := decodeCustomer(&reader{rest: stored}, c); err != nil {
		return nil, err
	}
	return c, nil
}

func decodeCustomer(r *reader, c *clv.Customer) error {
	*c = clv.Customer{}
	if IsMarker(r.rest) {
		readMarker(r, c)
		return r.end("customer")
	}
	switch schema := r.schema(formerCustomerSchema, extendedCustomerSchema); schema {
	case customerSchema, extendedCustomerSchema:
		readCustomer(r, c, schema == extendedCustomerSchema)
	default:
		readFormerCustomer(r, c, schema == extendedFormerCustomerSchema)
	}
	return r.end("customer")
}

func readCustomer(r *reader, c *clv.Customer, extended bool) {
	flags := customerFlag(r.fixed16())
	if flags&^customerFlags != 0 {
		r.fail(newer("flags", byte(flags>>8)))
	}
	c.Version = r.uvarint()
	at := r.instants()
	at.give(c)
	valued := readValued(r, &c.Value)
	c.AnnouncedMinor = c.Value.CLVMinor
	if flags&flagUnannounced != 0 {
		c.AnnouncedMinor = r.float()
	}
	readStandings(r, c, flags)
	readHistory(r, &c.History, flags)
	if flags&flagRefreshed != 0 {
		readRefreshed(r, c)
	}
	readVersion(r, &c.Value, valued)
	if extended {
		readCustomerExtensions(r, c, customerExtensions)
	}
	if r.err == nil && flagsOf(c) != flags {
		r.fail(fmt.Errorf("%w: its flags and what is there differ", ErrDamaged))
	}
}

// readCustomerExtensions reads them by a reader of their own. It moves to the heap, and that
// of the customer would: few customers have any.
func readCustomerExtensions(r *reader, c *clv.Customer, known []extension[clv.Customer]) {
	behind := &reader{rest: r.rest}
	c.Extensions = readExtensions(behind, known, c)
	r.rest, r.err, r.later = behind.rest, cmp.Or(r.err, behind.err), cmp.Or(r.later, behind.later)
}

func readHistory(r *reader, h *history.History, flags customerFlag) {
	if flags&flagFirst != 0 {
		h.First.Known, h.First.Channel = true, r.string()
	} else if h.First.AtMicros != 0 {
		r.fail(errForeign)
	}
	if flags&flagChurn != 0 {
		h.Churn = history.Churn{Kind: history.Kind(r.known(r.byte(), kinds, "kind of event")), AtMicros: r.instant(h.LatestMicros), EventID: r.string(), Probability: r.float()}
	}
	if flags&flagAcquired != 0 {
		h.Acquisition = history.Acquisition{Known: true, AtMicros: r.instant(h.LatestMicros), EventID: r.string(), CostMinor: r.varint(), Channel: r.string()}
	}
	if flags&flagSealed != 0 {
		readSealed(r, h)
	}
	if flags&flagSealedEarly != 0 {
		h.Sealed.Early, h.Sealed.EarlyDay = true, r.day()
	}
	readLedger(r, h, ledgerSince(h))
	if flags&flagWaiting != 0 {
		h.Waiting = readWaiting(r)
	}
}
