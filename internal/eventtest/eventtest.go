// Package eventtest draws random customers for property tests: sets of events near the
// limits of the rules, and orders of arrival of such a set.
//
//	Life.Draw ──► a set of events ──► Deliver ──► orders of arrival
//
//	Life.Draw ──► Recompute ──► Naive: the expected history of the set
//
// Order, Refund, Cancel, Churn and Fold build small histories for tables of cases.
//
// The events are not realistic: half of them are corner cases. For events like those of a
// shop, see package shop.
package eventtest

import (
	"math/rand/v2"
	"strconv"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// DayMicros is the length of a day without a clock change.
const DayMicros = 86_400_000_000

// Life says what to draw.
type Life struct {
	CustomerID  string
	Events      int
	StartMicros int64
	SpanDays    int
	Orders      int // order ids to choose from
	// LatenessDays is the L of the rules: times gather at whole multiples of it
	// behind each other.
	LatenessDays int
}

// Draw draws a set of events, in no order. Ids are unique among them, so two
// events of equal ids are the same event.
func (l Life) Draw(rnd *rand.Rand) []history.Event {
	events := make([]history.Event, 0, l.Events)
	for i := range l.Events {
		e := history.Event{ID: "e" + strconv.Itoa(i), CustomerID: l.CustomerID, AtMicros: l.time(rnd, events)}
		l.fill(rnd, &e)
		events = append(events, e)
	}
	return events
}

// time is anywhere in the span, or at a border of an earlier event's rules.
func (l Life) time(rnd *rand.Rand, events []history.Event) int64 {
	if len(events) == 0 || rnd.IntN(2) == 0 {
		return l.StartMicros + rnd.Int64N(int64(l.SpanDays)*DayMicros)
	}
	near := events[rnd.IntN(len(events))].AtMicros
	days := int64(rnd.IntN(5)-2)*int64(l.LatenessDays) + int64(rnd.IntN(3)-1)
	at := near + days*DayMicros
	if rnd.IntN(4) == 0 {
		at += rnd.Int64N(3) - 1
	}
	return min(max(at, l.StartMicros), l.StartMicros+int64(l.SpanDays)*DayMicros)
}

// fill draws what happened.
func (l Life) fill(rnd *rand.Rand, e *history.Event) {
	e.OrderID = "o" + strconv.Itoa(rnd.IntN(l.Orders))
	switch roll := rnd.IntN(20); {
	case roll < 9:
		e.Kind = history.OrderPlaced
		e.AmountMinor = int64(rnd.IntN(6)) * 1000
		e.Channel = channels[rnd.IntN(len(channels))]
		if rnd.IntN(3) == 0 {
			e.MarginMinor, e.MarginKnown = rnd.Int64N(5001)-1000, true
		}
	case roll < 15:
		e.Kind = history.OrderRefunded
		e.RefundID = "r" + strconv.Itoa(rnd.IntN(3)) // few, so that ids occur again at other times
		e.AmountMinor = 1 + rnd.Int64N(3000)
	case roll < 17:
		e.Kind = history.OrderCancelled
	default:
		l.fillOther(rnd, e)
	}
}

var channels = []string{"", "web", "store"}

func (l Life) fillOther(rnd *rand.Rand, e *history.Event) {
	e.OrderID = ""
	e.Kind = history.ChurnConfirmed + history.Kind(rnd.IntN(4))
	switch e.Kind {
	case history.ChurnPredicted:
		e.Probability = rnd.Float64()
	case history.CustomerAcquired:
		e.AmountMinor = rnd.Int64N(5000)
		e.Channel = channels[rnd.IntN(len(channels))]
	default:
	}
}

// Deliver is a way in which the set may arrive: shuffled, and some events again,
// but none more than the lateness behind the latest that came before it.
func Deliver(rnd *rand.Rand, events []history.Event, rules *history.Rules) []*history.Event {
	waiting := make([]*history.Event, len(events))
	for i := range events {
		waiting[i] = &events[i]
	}
	day := func(e *history.Event) calendar.Day { return rules.Calendar.Day(e.AtMicros) }
	var arrived []*history.Event
	var latest calendar.Day
	for len(waiting) > 0 {
		earliest := day(waiting[0])
		for _, e := range waiting {
			earliest = min(earliest, day(e))
		}
		at := rnd.IntN(len(waiting))
		for day(waiting[at]) > earliest+rules.LatenessDays {
			at = rnd.IntN(len(waiting))
		}
		e := waiting[at]
		if len(arrived) == 0 || day(e) > latest {
			latest = day(e)
		}
		arrived = append(arrived, e)
		waiting[at] = waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		for rnd.IntN(4) == 0 {
			if again := arrived[rnd.IntN(len(arrived))]; day(again) >= latest-rules.LatenessDays {
				arrived = append(arrived, again)
			}
		}
	}
	return arrived
}
