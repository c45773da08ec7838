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
	"github.com/clvstream/clvstream/clv/money"
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
	// ErasedOneIn is of how many events one is an erasure; 0: none is.
	ErasedOneIn int
}

// Draw draws a set of events, in no order. Ids are unique among them, so two
// events of equal ids are the same event.
func (l Life) Draw(rnd *rand.Rand) []history.Event {
	events := make([]history.Event, 0, l.Events)
	for i := range l.Events {
		e := history.Event{ID: "e" + strconv.Itoa(i), CustomerID: l.CustomerID, AtMicros: l.time(rnd, events)}
		if l.ErasedOneIn > 0 && rnd.IntN(l.ErasedOneIn) == 0 {
			e.Kind = history.CustomerErased
		} else {
			l.fill(rnd, &e)
		}
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
	switch roll := rnd.IntN(22); {
	case roll < 9:
		e.Kind = history.OrderPlaced
		e.AmountMinor = int64(rnd.IntN(6)) * 1000
		e.Channel = channels[rnd.IntN(len(channels))]
		if rnd.IntN(3) == 0 {
			e.MarginMinor, e.MarginKnown = rnd.Int64N(5001)-1000, true
		}
	case roll < 15:
		e.Kind = history.OrderRefunded
		e.RefundID = refundID(rnd)
		e.AmountMinor = 1 + rnd.Int64N(3000)
	case roll < 17:
		e.Kind = history.OrderCancelled
	case roll < 19:
		e.Kind = history.RefundReverted
		e.RefundID = refundID(rnd)
	default:
		l.fillOther(rnd, e)
		return
	}
	l.tell(rnd, e)
}

// refundID is one of few, so that refunds are told again.
func refundID(rnd *rand.Rand) string { return "r" + strconv.Itoa(rnd.IntN(3)) }

// tell draws when it was told, and in which currency.
func (l Life) tell(rnd *rand.Rand, e *history.Event) {
	switch rnd.IntN(6) {
	case 0:
		e.UpdatedMicros = e.AtMicros + rnd.Int64N(int64(l.LatenessDays+1)*2*DayMicros)
	case 1:
		e.Version, e.Versioned = rnd.Int64N(4), true
	case 2:
		e.UpdatedMicros = e.AtMicros + (rnd.Int64N(3)-1)*DayMicros
		if rnd.IntN(2) == 0 {
			e.Version, e.Versioned = rnd.Int64N(4), true
		}
	}
	if tells(e) && rnd.IntN(4) == 0 {
		e.Own = history.Own{Currency: foreign[rnd.IntN(len(foreign))], Minor: e.AmountMinor*rnd.Int64N(4)/2 + rnd.Int64N(3)}
	}
}

var foreign = []money.Currency{Currency("JPY"), Currency("CHF")}

// Currency is the one of a code, which must be known.
func Currency(code string) money.Currency {
	c, err := money.ParseCurrency(code)
	if err != nil {
		panic(err)
	}
	return c
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
// but none later than the rules promise to take.
func Deliver(rnd *rand.Rand, events []history.Event, rules *history.Rules) []*history.Event {
	d := delivery{rules: rules, first: map[thing]calendar.Day{}}
	waiting := make([]*history.Event, len(events))
	for i := range events {
		waiting[i] = &events[i]
	}
	for len(waiting) > 0 {
		at := rnd.IntN(len(waiting))
		for !d.canCome(waiting[at], waiting) {
			at = rnd.IntN(len(waiting))
		}
		d.take(waiting[at])
		waiting[at] = waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		for rnd.IntN(4) == 0 {
			if again := d.arrived[rnd.IntN(len(d.arrived))]; d.latest <= d.until(again) {
				d.arrived = append(d.arrived, again)
			}
		}
	}
	return d.arrived
}

// delivery is what has arrived so far.
type delivery struct {
	rules   *history.Rules
	arrived []*history.Event
	latest  calendar.Day
	first   map[thing]calendar.Day // of its earliest telling that has arrived
}

func (d *delivery) day(e *history.Event) calendar.Day { return d.rules.Calendar.Day(e.AtMicros) }

// until is up to which latest day an event is promised to be taken: the lateness after it
// happened; of what is known already, the lateness after it was told, but not more than
// twice the lateness after it was told first.
func (d *delivery) until(e *history.Event) calendar.Day {
	until := d.day(e) + d.rules.LatenessDays
	if first, known := d.first[thingOf(e)]; known && e.OrderID != "" && e.UpdatedMicros != 0 && d.day(e) >= first {
		told := d.rules.Calendar.Day(e.UpdatedMicros)
		until = max(until, min(told, first+d.rules.LatenessDays)+d.rules.LatenessDays)
	}
	return until
}

// canCome says whether all others may still come after an event.
func (d *delivery) canCome(e *history.Event, waiting []*history.Event) bool {
	for _, other := range waiting {
		if d.day(e) > d.until(other) {
			return false
		}
	}
	return true
}

func (d *delivery) take(e *history.Event) {
	day := d.day(e)
	if first, known := d.first[thingOf(e)]; tells(e) && (!known || day < first) {
		d.first[thingOf(e)] = day
	}
	if len(d.arrived) == 0 || day > d.latest {
		d.latest = day
	}
	d.arrived = append(d.arrived, e)
}
