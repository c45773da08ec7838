package history

import (
	"math"

	"github.com/clvstream/clvstream/clv/calendar"
)

// FirstOrder is what is remembered of the earliest order that was accepted, for as long
// as the customer is. It counts as it was placed: a later cancel, a refund or a newer
// telling changes nothing. It is unknown of customers whose orders were stored before
// it was.
type FirstOrder struct {
	Known    bool
	AtMicros int64
	Channel  string // empty when the order named none
}

// FirstChannel is the channel that won the customer's first order; empty when the
// order named none, or is unknown.
func (h *History) FirstChannel(calendar *calendar.Calendar) string {
	if h.missesFirst(calendar) {
		return ""
	}
	return h.First.Channel
}

// firstWith is the first order once an event is accepted. Of two at the same instant
// the one with the lesser name counts, so that their order of arrival does not. A
// customer with orders of whom it is not known stays so.
func (h *History) firstWith(e *Event, calendar *calendar.Calendar) FirstOrder {
	f := h.First
	switch {
	case e.Kind != OrderPlaced:
		return f
	case h.missesFirst(calendar):
		return FirstOrder{}
	case f.Known && (e.AtMicros > f.AtMicros || e.AtMicros == f.AtMicros && e.Channel >= f.Channel):
		return f
	}
	return FirstOrder{Known: true, AtMicros: e.AtMicros, Channel: e.Channel}
}

// missesFirst says whether the customer has orders of which one is the first that is
// not remembered. A version of the program that does not know FirstOrder may have
// folded an earlier one than it says.
func (h *History) missesFirst(calendar *calendar.Calendar) bool {
	if !h.First.Known {
		return h.Sealed.Days > 0 || len(h.Sealed.OrderHashes) > 0 || h.placedBefore(math.MaxInt64, math.MaxInt32)
	}
	day := calendar.Day(h.First.AtMicros)
	return h.Sealed.Days > 0 && h.Sealed.FirstDay < day || h.placedBefore(h.First.AtMicros, day)
}

// placedBefore says whether an order was placed before an instant of a day. The ledger is
// ascending by days, so this ends soon.
func (h *History) placedBefore(micros int64, day calendar.Day) bool {
	for i := range h.Orders {
		switch o := &h.Orders[i]; {
		case o.Day > day:
			return false
		case o.Placed && o.AtMicros < micros:
			return true
		}
	}
	return false
}
