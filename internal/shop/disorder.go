package shop

import (
	"fmt"
	"iter"
	"math/rand/v2"

	"github.com/clvstream/clvstream/clv/history"
)

// Disorder is what a delivery does to a time-ordered stream. The zero value
// delivers everything at once and in order.
type Disorder struct {
	Seed           uint64
	LateShare      float64 // of deliveries that come late, [0, 1]
	MaxLateDays    float64 // lateness is uniform in (0, this], ≥ 0; keep it below the lateness of the system under test
	DuplicateShare float64 // of events delivered a second time under the same event id, [0, 1]; the copy may be late too
}

// Delivery is an event on its way in.
type Delivery struct {
	Event    history.Event
	AtMicros int64  // when it arrives, microseconds since 1970-01-01 UTC; never before the event
	Copy     bool   // the extra delivery of a duplicated event; it may overtake the first
	order    uint64 // ties arrive as they were sent
}

func (d Delivery) before(other Delivery) bool {
	if d.AtMicros != other.AtMicros {
		return d.AtMicros < other.AtMicros
	}
	return d.order < other.order
}

// Validate says which field is out of range.
func (d Disorder) Validate() error {
	for _, p := range []parameter{{"late share", d.LateShare}, {"duplicate share", d.DuplicateShare}} {
		if !(p.value >= 0 && p.value <= 1) {
			return fmt.Errorf("%s is %v: it must be 0 to 1", p.name, p.value)
		}
	}
	if !(d.MaxLateDays >= 0 && d.MaxLateDays <= 36525) {
		return fmt.Errorf("late days is %v: it must be 0 to 36525", d.MaxLateDays)
	}
	return nil
}

// Deliver gives the events in the order of their arrival. What is under way
// waits in memory: the late share of MaxLateDays' events.
func (d Disorder) Deliver(events iter.Seq[history.Event]) iter.Seq[Delivery] {
	return func(yield func(Delivery) bool) {
		rnd := rand.New(rand.NewPCG(d.Seed, mix64(d.Seed)))
		var waiting queue[Delivery]
		var order uint64
		send := func(e history.Event, extra bool) {
			order++
			waiting.push(Delivery{Event: e, AtMicros: e.AtMicros + d.lateness(rnd), Copy: extra, order: order})
		}
		for e := range events {
			send(e, false)
			if rnd.Float64() < d.DuplicateShare {
				send(e, true)
			}
			for len(waiting) > 0 && waiting[0].AtMicros <= e.AtMicros {
				if !yield(waiting.pop()) {
					return
				}
			}
		}
		for len(waiting) > 0 {
			if !yield(waiting.pop()) {
				return
			}
		}
	}
}

func (d Disorder) lateness(rnd *rand.Rand) int64 {
	if rnd.Float64() >= d.LateShare {
		return 0
	}
	return int64((1 - rnd.Float64()) * d.MaxLateDays * microsPerDay)
}
