package history

import (
	"cmp"
	"slices"

	"github.com/clvstream/clvstream/clv/calendar"
)

// Place is where an event's record stands. The zero Place is none.
type Place struct {
	Input     string // topic
	Partition int32
	Offset    int64
	Part      int32 // of the record, from 0: a mapped one may be several events
}

// Waiting is a refund or a cancel that waits for its order, or a revert that waits for its
// refund: of an id that is not known, of another customer's, or of an order that came more
// than the lateness after it. It is given up when its day is sealed: then no order that may
// still come is its own.
//
//	no order of its id ──► waits ──┬─► its order comes: met
//	                               └─► its day is sealed: given up, as Unmatched
type Waiting struct {
	Event Event // its Place is where it stands
	Day   calendar.Day
}

// await notes what an accepted event means for those that wait: it may be what they wait for,
// or it begins to wait itself.
func (h *History) await(e *Event, day calendar.Day, rules *Rules) {
	if e.Kind == OrderPlaced && len(h.Waiting) == 0 {
		return
	}
	at := h.find(e.OrderID)
	if at < 0 { // of a sealed order, and settled
		return
	}
	o := &h.Orders[at]
	if slices.ContainsFunc(h.Waiting, func(w Waiting) bool { return o.meets(&w, rules) }) {
		h.Waiting = slices.DeleteFunc(slices.Clone(h.Waiting), func(w Waiting) bool { return o.meets(&w, rules) })
	}
	w := Waiting{Event: *e, Day: day}
	if e.Kind == OrderPlaced || o.isOf(&w, rules) {
		return
	}
	w.Event.CustomerID = "" // it is the customer's own
	if i, known := slices.BinarySearchFunc(h.Waiting, w, CompareWaiting); !known {
		h.Waiting = slices.Insert(slices.Clone(h.Waiting), i, w)
	}
}

func (o *Order) meets(w *Waiting, rules *Rules) bool {
	return w.Event.OrderID == o.ID && o.isOf(w, rules)
}

// isOf says whether an entry has what an event is of: the refund that it tells of or reverts,
// and an order that was placed at most the lateness after that.
func (o *Order) isOf(w *Waiting, rules *Rules) bool {
	day := w.Day
	if w.Event.RefundID != "" {
		r := o.refundOf(w, rules)
		if r == nil {
			return false
		}
		day = r.Day
	}
	return o.SealedBefore || o.Placed && day >= o.FirstDay-rules.LatenessDays
}

// refundOf is the refund that an event tells of, or reverts: one that came at most the lateness
// after the revert. nil: it is not known.
func (o *Order) refundOf(w *Waiting, rules *Rules) *Refund {
	r := o.refund(w.Event.RefundID)
	if r == nil || !r.Known || w.Event.Kind == RefundReverted && w.Day < r.FirstDay-rules.LatenessDays {
		return nil
	}
	return r
}

// CompareWaiting orders by time, and tells an event from one that repeats it.
func CompareWaiting(a, b Waiting) int {
	x, y := &a.Event, &b.Event
	return cmp.Or(cmp.Compare(x.AtMicros, y.AtMicros), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.OrderID, y.OrderID),
		cmp.Compare(x.RefundID, y.RefundID), cmp.Compare(x.ID, y.ID))
}

// giveUp takes out what waits of the days before one, and the oldest of more than the ledger
// limit.
func (h *History) giveUp(before calendar.Day, rules *Rules) (given []Waiting) {
	var kept []Waiting
	over := len(h.Waiting) - rules.LedgerLimit
	for i, w := range h.Waiting {
		if i < over || h.lastDay(&w, rules) < before {
			given = append(given, w)
		} else {
			kept = append(kept, w)
		}
	}
	if len(given) > 0 {
		h.Waiting = kept
	}
	return given
}

// lastDay is the last day of what waits: of all that is told of a refund, that of the refund
// if it is later.
func (h *History) lastDay(w *Waiting, rules *Rules) calendar.Day {
	if w.Event.RefundID == "" || w.Day == calendar.EarliestDay {
		return w.Day
	}
	if at := h.find(w.Event.OrderID); at >= 0 {
		if r := h.Orders[at].refundOf(w, rules); r != nil {
			return max(w.Day, r.Day)
		}
	}
	return w.Day
}

// dropWaiting has what waits for an order given up, since the ledger
// limit has dropped it.
func (h *History) dropWaiting(orderID string) {
	h.Waiting = slices.Clone(h.Waiting)
	for i := range h.Waiting {
		if w := &h.Waiting[i]; w.Event.OrderID == orderID {
			w.Day = calendar.EarliestDay
		}
	}
}
