package shop

import (
	"strconv"

	"github.com/clvstream/clvstream/clv/history"
)

// kindLetters make event ids of one order distinct: s1-c0000042.o3 is the order,
// s1-c0000042.r3 its refund.
const kindLetters = "-orxcvpa"

// name gives the event its ids, cut from one string.
func (r *run) name(m moment) history.Event {
	b := make([]byte, 0, len(r.IDPrefix)+24)
	b = append(b, r.IDPrefix...)
	b = append(b, 'c')
	for digits := uint32(1e6); digits > m.customer && digits > 1; digits /= 10 {
		b = append(b, '0')
	}
	b = strconv.AppendUint(b, uint64(m.customer), 10)
	end := len(b)
	b = append(b, '.', kindLetters[m.kind])
	b = strconv.AppendUint(b, uint64(m.order), 10)
	id := string(b)
	e := history.Event{Kind: m.kind, ID: id, CustomerID: id[:end], AtMicros: m.atMicros}
	switch m.kind {
	case history.OrderPlaced:
		e.OrderID = id
	case history.OrderRefunded:
		e.RefundID = id
		e.OrderID = orderID(id, end)
	case history.OrderCancelled:
		e.OrderID = orderID(id, end)
	}
	return e
}

// orderID is the id of the order that the event id belongs to.
func orderID(id string, customerEnd int) string {
	return id[:customerEnd+1] + "o" + id[customerEnd+2:]
}
