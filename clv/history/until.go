package history

import (
	"slices"

	"github.com/clvstream/clvstream/clv/calendar"
)

// Any says whether anything has been sealed.
func (s *Sealed) Any() bool {
	return s.Days > 0 || len(s.OrderHashes) > 0 || s.LateRefundMinor != 0
}

// KnownFrom is the first instant of which the past can be rebuilt: the last sealed
// order that stands, or the line up to which refunds are sealed if such are; 0 if
// nothing is sealed.
func (h *History) KnownFrom(rules *Rules) int64 {
	from := h.Sealed.LastOrderMicros
	if h.Sealed.LateRefundMinor != 0 {
		from = max(from, rules.Calendar.Start(h.SealedBefore(rules)))
	}
	return from
}

// SealedBefore is the line: orders of the days before it are sealed.
func (h *History) SealedBefore(rules *Rules) calendar.Day {
	line := rules.Calendar.Day(h.LatestMicros) - 2*rules.LatenessDays
	if h.Sealed.Early {
		line = max(line, h.Sealed.EarlyDay+1)
	}
	return line
}

// Until is the history as far as it is kept of the events until an instant, which
// is not before KnownFrom.
func (h *History) Until(atMicros int64, rules *Rules) History {
	day := rules.Calendar.Day(atMicros)
	then := History{Sealed: h.Sealed, LatestMicros: atMicros}
	for _, o := range h.Orders {
		if o.Placed && o.AtMicros > atMicros {
			continue
		}
		o.Refunds = slices.DeleteFunc(slices.Clone(o.Refunds), func(r Refund) bool { return r.AtMicros > atMicros })
		for i := range o.Refunds {
			if r := &o.Refunds[i]; r.Reverted && r.Revert.Micros > atMicros {
				r.dropRevert()
			}
		}
		if o.Cancelled && o.CancelDay > day {
			o.dropCancel()
		}
		then.Orders = append(then.Orders, o)
	}
	if h.Churn.AtMicros <= atMicros {
		then.Churn = h.Churn
	}
	if h.First.AtMicros <= atMicros {
		then.First = h.First
	}
	if h.Acquisition.AtMicros <= atMicros {
		then.Acquisition = h.Acquisition
	}
	return then
}
