package verify

import (
	"cmp"
	"slices"

	"github.com/clvstream/clvstream/clv"
)

// setsLimit is how many sets of events are tried for one change. A customer has more than
// one only where events announced nothing, and each costs a recomputation.
const setsLimit = 64

// anyOrder checks the changes of a customer whose events came in several partitions. No log
// records how these were interleaved, but a change that an event caused says how far each
// partition had been taken at the least, and a later one how far at the most:
//
//	orders  e1 ──── e2 ──── e3          change 2 was caused by e2, change 3 by time:
//	churn   e4 ──── e5                  it may know of e4, of e5, or of neither
//
// A change is sound if one of these sets of events gives every field of it, and if time
// was its cause, something that subscribers did not know. What must have been announced,
// the reason, and since when a stage or a tier has lasted need the order, and are left out.
type anyOrder struct {
	v         *verification
	c         *subject
	valuation *clv.Valuation
	changes   []change
	queues    [][]*inputEvent    // of each partition, in order of arrival
	announced map[coordinate]int // which change an event caused
	memo      map[string]*recomputed
	found     []finding
}

// followInAnyOrder says what is off. A change that too many sets may give leaves the customer
// unchecked.
func (v *verification) followInAnyOrder(c *subject, changes []change) (found []finding, how following) {
	a := &anyOrder{v: v, c: c, valuation: &v.config.Valuation, changes: changes, memo: map[string]*recomputed{}}
	if a.valuation.Awake.Tiers.Cut != 0 {
		a.valuation, a.changes = withoutTiers(a.valuation, changes)
	}
	a.queues, a.announced = queuesOf(c.applied), map[coordinate]int{}
	for i := range a.changes {
		if !a.changes[i].due {
			a.announced[a.changes[i].cause] = i
		}
	}
	for i := range a.changes {
		if !a.check(i) {
			return nil, wholeAndInOrder
		}
	}
	return a.found, inSomeOrder
}

// queuesOf are the events of each partition in order of arrival.
func queuesOf(events []*inputEvent) (queues [][]*inputEvent) {
	bySource := map[int32]int{}
	for _, e := range events {
		at, known := bySource[e.source]
		if !known {
			at = len(queues)
			bySource[e.source] = at
			queues = append(queues, nil)
		}
		queues[at] = append(queues[at], e)
	}
	for _, queue := range queues {
		slices.SortFunc(queue, func(a, b *inputEvent) int {
			return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.part, b.part))
		})
	}
	return queues
}

// check tries the sets of events that a change may have known until one gives it, and
// otherwise keeps what is off with the best of them. It gives up above the limit.
func (a *anyOrder) check(i int) bool {
	least, most := a.reach(i)
	sets := 1
	for q := range least {
		if least[q] > most[q] {
			a.unfounded(i, "none: an event that came before it is later")
			return true
		}
		if sets *= most[q] - least[q] + 1; sets > setsLimit {
			return false
		}
	}
	var best []finding
	for taken := slices.Clone(least); ; {
		found := a.off(i, taken)
		if len(found) == 0 {
			return true
		}
		if best == nil || len(found) < len(best) {
			best = found
		}
		if !advance(taken, least, most) {
			a.found = append(a.found, best...)
			return true
		}
	}
}

// reach is how many events of each partition a change knew at the least and at the most.
func (a *anyOrder) reach(i int) (least, most []int) {
	for _, queue := range a.queues {
		from, until := 0, len(queue)
		for at, e := range queue {
			caused, does := a.announced[e.coordinate]
			switch {
			case does && caused <= i:
				from = at + 1
			case does || e.atMicros > a.changes[i].asOf:
				until = min(until, at)
			}
		}
		least, most = append(least, from), append(most, until)
	}
	return least, most
}

// advance goes on to the next set, if there is one.
func advance(taken, least, most []int) bool {
	for q := range taken {
		if taken[q]++; taken[q] <= most[q] {
			return true
		}
		taken[q] = least[q]
	}
	return false
}

// off is what of a change does not follow from a set of events.
func (a *anyOrder) off(i int, taken []int) []finding {
	c, r := &a.changes[i], a.history(taken)
	w := &replay{v: a.v, c: a.c, valuation: a.valuation}
	now := w.view(r, w.day(c.asOf))
	if i > 0 {
		w.lastTier = a.changes[i-1].now.tier
	}
	w.check(c, r, &now, &place{stageUnsure: true, tierUnsure: true})
	if len(w.found) == 0 && c.due && !a.newToSubscribers(i, w, &now) {
		w.unfounded(c, "none: time brought nothing that was not announced")
	}
	return append(w.found, w.misnamed...)
}

func (a *anyOrder) history(taken []int) *recomputed {
	key := make([]byte, 0, 2*len(taken))
	for _, n := range taken { // at most replayLimit of each
		key = append(key, byte(n>>8), byte(n))
	}
	r := a.memo[string(key)]
	if r == nil {
		var known []*inputEvent
		for q, n := range taken {
			known = append(known, a.queues[q][:n]...)
		}
		r = recompute(known, &a.valuation.Rules)
		a.memo[string(key)] = r
	}
	return r
}

// newToSubscribers says whether a change of time may tell something that the one before did
// not. Between the two a level of P(alive) may have been regained, and a tier have come
// near no more, without a change: both may then be told again.
func (a *anyOrder) newToSubscribers(i int, w *replay, now *view) bool {
	c := &a.changes[i]
	if i == 0 || c.ofTiers || !simple(&a.v.config.Valuation.Policy) {
		return true
	}
	last := &a.changes[i-1]
	w.announced = []announcement{{stage: last.now.stage, tier: last.now.tier, worthwhile: last.now.worthwhile}}
	if w.brings(c, now) {
		return true
	}
	for _, rounding := range []float64{-0.5, 0, 0.5} { // a change says its value in whole minor units
		if _, drifts := now.drift(float64(last.currentMinor)+rounding, a.valuation.Awake.Drift); drifts {
			return true
		}
	}
	return false
}

func (a *anyOrder) unfounded(i int, want string) {
	w := &replay{v: a.v, c: a.c}
	w.unfounded(&a.changes[i], want)
	a.found = append(a.found, w.found...)
}
