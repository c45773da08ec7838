package verify

import "math"

// course is what the changes of a customer say, taken together, about the order in
// which events and due times came.
type course struct {
	announced map[coordinate]bool
	position  map[coordinate]int // of an event among those that were applied
	earliest  []int64            // per change, of the instants of time's changes from it on
}

func courseOf(c *subject, changes []change) course {
	r := course{announced: map[coordinate]bool{}, position: map[coordinate]int{}, earliest: make([]int64, len(changes))}
	for i, e := range c.applied {
		r.position[e.coordinate] = i
	}
	earliest := int64(math.MaxInt64)
	for i := len(changes) - 1; i >= 0; i-- {
		if changes[i].due {
			earliest = min(earliest, changes[i].asOf)
		} else {
			r.announced[changes[i].cause] = true
		}
		r.earliest[i] = earliest
	}
	return r
}

// silentUntil is up to which event, from one on, all may have come before a change
// of time: those that announced nothing, and were not after it or after one that
// follows.
func (r *course) silentUntil(events []*inputEvent, from, change int) int {
	for from < len(events) && events[from].atMicros <= r.earliest[change] && !r.announced[events[from].coordinate] {
		from++
	}
	return from
}
