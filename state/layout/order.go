package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv/history"
)

// The head of a stored order, from its lowest bits on: an idForm of the order, one of its
// event, a dayForm, and whether flags follow.
const (
	headEvent   = orderIDBits
	headDay     = headEvent + eventIDBits
	headFlagged = 1 << (headDay + dayFormBits)
)

func orderFormOf(head byte) idForm { return idForm(head & (1<<orderIDBits - 1)) }
func eventFormOf(head byte) idForm { return idForm(head >> headEvent & (1<<eventIDBits - 1)) }
func dayFormIn(head byte) dayForm  { return dayForm(head >> headDay & (1<<dayFormBits - 1)) }

// Flags of a stored order that is not just placed once and in one way.
const (
	orderNotPlaced = 1 << iota
	orderSealedBefore
	orderCancelled
	orderTold // otherwise than by one telling without version and updated_at: see appendTellings
	orderForeign
	orderBack // refunds are in the sums already
	orderFell
	orderRefunded // or refunds wait for it
)

// flag is one bit if it is set.
func flag(set bool, bit byte) byte {
	if set {
		return bit
	}
	return 0
}

// storedOrder is how an order is stored.
type storedOrder struct {
	head, flags byte
	id, event   storedID
	day         dayForm
	atMicros    int64 // beside which its day is stored
}

// beside finds how an order is stored behind its neighbour.
func (s *storedOrder) beside(o *history.Order, n *neighbour) {
	s.flags = flag(!o.Placed, orderNotPlaced) | flag(o.SealedBefore, orderSealedBefore) | flag(o.Cancelled, orderCancelled) |
		flag(o.Placed && toldOtherwise(&o.Tellings), orderTold) | flag(o.Own != nil, orderForeign) | flag(o.BackMinor != 0, orderBack) |
		flag(o.Fell, orderFell) | flag(len(o.Refunds) > 0, orderRefunded)
	s.atMicros = n.atMicros
	s.id.beside(o.ID, n.id, n.id)
	if o.Placed {
		s.atMicros = o.AtMicros
		s.event.ofEvent(o.Newest.EventID, o.ID, n)
	}
	s.day = dayFormOf(o.Day, s.atMicros)
	s.head = byte(s.id.form) | byte(s.event.form)<<headEvent | byte(s.day)<<headDay | flag(s.flags != 0, headFlagged)
}

// appendOrder appends
//
//	head    1 byte: form of the id (2 bits), of the event's id (3), of the day (2);
//	        whether flags follow 128
//	flags   1 byte: not placed 1, sealed before 2, cancelled 4, told otherwise 8,
//	        foreign 16, back 32, fell 64, refunds 128               if any
//	id      see idForm
//	placed  varint in the ledger's grain since the order before;
//	        the event's id, see idForm                              unless not placed
//	day     varint since that of the instant in UTC                 if it has that form
//	told    tellings                                                if told otherwise
//	worth   see appendWorth                                         if placed or sealed before
//	cancel  day varint, told µs varint, version uvarint (plus 1, 0: none)  if cancelled
//	refunds uvarint count, then each: see appendRefund              if any
func appendOrder(dst []byte, o *history.Order, n *neighbour) []byte {
	var s storedOrder
	s.beside(o, n)
	flags := s.flags
	dst = append(dst, s.head)
	if flags != 0 {
		dst = append(dst, flags)
	}
	dst = s.id.append(dst, o.ID)
	if o.Placed {
		whole := n.grain.whole(o.AtMicros)
		dst = binary.AppendVarint(dst, whole-n.whole)
		n.whole = whole
		dst = s.event.append(dst, o.Newest.EventID)
	}
	if s.day == dayOther {
		dst = appendDay(dst, o.Day, s.atMicros)
	}
	if flags&orderTold != 0 {
		dst = appendTellings(dst, &o.Tellings)
	}
	if o.Placed || o.SealedBefore {
		dst = appendWorth(dst, &o.Worth, &n.share)
	}
	if o.Cancelled {
		dst = binary.AppendVarint(dst, int64(o.CancelDay))
		dst = appendTaking(dst, &o.Cancel)
	}
	if len(o.Refunds) > 0 {
		dst = binary.AppendUvarint(dst, uint64(len(o.Refunds)))
		for i := range o.Refunds {
			dst = appendRefund(dst, &o.Refunds[i], o.ID)
		}
	}
	n.pass(o, s.event.form)
	return dst
}

// readOrder reads an order, behind which so many more may follow.
func readOrder(r *reader, o *history.Order, n *neighbour, more int) {
	head, flags := r.byte(), byte(0)
	if head&headFlagged != 0 {
		flags = r.byteIf(true)
	}
	o.Placed, o.SealedBefore, o.Cancelled, o.Fell = flags&orderNotPlaced == 0, flags&orderSealedBefore != 0, flags&orderCancelled != 0, flags&orderFell != 0
	o.ID = r.orderID(orderFormOf(head), n.id, more)
	atMicros := n.atMicros
	if o.Placed {
		n.whole += r.varint()
		o.AtMicros = r.start(n.whole, n.grain)
		o.Newest = history.Telling{Micros: o.AtMicros, EventID: r.orderEventID(eventFormOf(head), o.ID, n, 2*more)}
		o.FirstMicros, atMicros = o.AtMicros, o.AtMicros
	}
	o.Day = r.dayOf(dayFormIn(head), atMicros)
	if o.Placed {
		o.FirstDay = o.Day
	} else if eventFormOf(head) != 0 {
		r.fail(errForeign)
	}
	if flags&orderTold != 0 {
		r.tellings(&o.Tellings, o.Placed)
	}
	if o.Placed || o.SealedBefore {
		readWorth(r, &o.Worth, flags&orderForeign != 0, flags&orderBack != 0, &n.share)
	} else if flags&(orderForeign|orderBack) != 0 {
		r.fail(errForeign)
	}
	if o.Cancelled {
		o.CancelDay, o.Cancel = r.day(), r.taking()
	}
	if flags&orderRefunded != 0 {
		if readRefunds(r, o); len(o.Refunds) == 0 {
			r.fail(errForeign)
		}
	}
	n.pass(o, eventFormOf(head))
}
