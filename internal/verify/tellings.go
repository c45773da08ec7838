package verify

import (
	"cmp"
	"slices"

	"github.com/clvstream/clvstream/clv/calendar"
)

// tellings is all that was told of an order, or of a refund.
type tellings []*inputEvent

// newest is the one that counts: those with a version by it, before those without; then the
// one that was told last, then the one with the highest id.
func (t tellings) newest() *inputEvent {
	return slices.MaxFunc(t, func(a, b *inputEvent) int {
		return cmp.Or(cmp.Compare(a.version, b.version), cmp.Compare(a.toldMicros, b.toldMicros), cmp.Compare(a.id, b.id))
	})
}

// first is the one of the earliest occurred_at.
func (t tellings) first() *inputEvent {
	return slices.MinFunc(t, func(a, b *inputEvent) int { return cmp.Compare(a.atMicros, b.atMicros) })
}

// happened is when what is told happened. What is told again without a version or an
// updated_at is edited, and happened when it was told first.
func (t tellings) happened() (int64, calendar.Day) {
	e := t.newest()
	if !e.dated {
		e = t.first()
	}
	return e.atMicros, e.day
}

// takenBack says whether cancels or reverts take an order or a refund back: those of their
// last day, which is not before a day. They do unless what is told is newer.
func takenBack(told *inputEvent, by []*inputEvent, from calendar.Day) bool {
	if len(by) == 0 {
		return false
	}
	last := lastDay(by)
	if last[0].day < from {
		return false
	}
	word := last.newest()
	if word.version >= 0 && told.version >= 0 && word.version != told.version {
		return word.version > told.version
	}
	return told.toldMicros <= word.toldMicros
}

// lastDay is those of the latest day.
func lastDay(events []*inputEvent) (last tellings) {
	for _, e := range events {
		if len(last) > 0 && e.day > last[0].day {
			last = nil
		}
		if len(last) == 0 || e.day == last[0].day {
			last = append(last, e)
		}
	}
	return last
}

// refund is all that is known of one refund of an order.
type refund struct {
	id       string
	tellings tellings
	reverts  []*inputEvent

	winner *inputEvent // nil: it has not come
	at     int64
	day    calendar.Day
	first  calendar.Day
	counts bool // it was not reverted
}

func (r *refund) settle(latenessDays calendar.Day) {
	if len(r.tellings) == 0 {
		for _, e := range r.reverts {
			r.at, r.day = max(r.at, e.atMicros), max(r.day, e.day)
		}
		return
	}
	r.winner, r.first = r.tellings.newest(), r.tellings.first().day
	r.at, r.day = r.tellings.happened()
	r.counts = !takenBack(r.winner, r.reverts, r.first-latenessDays)
}
