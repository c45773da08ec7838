package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv/history"
)

// neighbour is what an order is stored beside: what is known of the orders before it.
type neighbour struct {
	id, eventID string
	likeness    likeness // of the last event's id that is stored as alike its order's
	atMicros    int64    // of the last order that was placed
	whole       int64    // of its grain, since 1970
	grain       grain    // of all of them
	share       share
}

func newNeighbour(sinceMicros int64, g grain) neighbour {
	return neighbour{atMicros: sinceMicros, whole: g.whole(sinceMicros), grain: g}
}

// pass goes on to the next order.
func (n *neighbour) pass(o *history.Order, event idForm) {
	n.id = o.ID
	if !o.Placed {
		return
	}
	n.eventID, n.atMicros = o.Newest.EventID, o.AtMicros
	if event == idAlike {
		n.likeness, _ = likenessOf(n.eventID, n.id)
	}
}

// appendLedger appends uvarint 4 × count + grain, then the orders, the first since an
// instant. The grain is the coarsest that all have.
func appendLedger(dst []byte, orders []history.Order, sinceMicros int64) []byte {
	n := newNeighbour(sinceMicros, grainOfOrders(orders))
	dst = binary.AppendUvarint(dst, uint64(len(orders))<<grainBits|uint64(n.grain))
	for i := range orders {
		dst = appendOrder(dst, &orders[i], &n)
	}
	return dst
}

const grainBits = 2

func grainOfOrders(orders []history.Order) (most grain) {
	for i := range orders {
		if o := &orders[i]; o.Placed {
			if most = max(most, grainOf(o.AtMicros)); most == micros {
				break
			}
		}
	}
	return most
}

func readLedger(r *reader, h *history.History, sinceMicros int64) {
	head := r.uvarint()
	g, orders := grain(head&(1<<grainBits-1)), head>>grainBits
	if g >= grains {
		r.fail(newer("grain", byte(g)))
	}
	if orders > uint64(len(r.rest)) {
		r.fail(errTruncated)
	}
	if r.err != nil {
		return
	}
	if orders > 0 {
		h.Orders = r.orders(int(orders))
	}
	n := newNeighbour(sinceMicros, g)
	for i := range h.Orders {
		readOrder(r, &h.Orders[i], &n, len(h.Orders)-i)
	}
	if g != seconds && grainOfOrders(h.Orders) != g {
		r.fail(errForeign)
	}
}
