package webhook

import "time"

// gate says whether the receiver may be sent to, and tells failures of the receiver from those
// of a change:
//
//   - A failure counts against its change once the receiver has taken another: then it works,
//     and the change is to blame. Until then the failure is open.
//   - A receiver that cannot be reached, or that fails on several changes without taking one,
//     is paused. What failed is not to blame: its open failures are forgiven.
//   - While it is paused, one change at a time is tried, another each time, with growing pauses.
//     The first that is taken ends the pause.
//
// It also bounds how many requests are under way: halved when the receiver is slow or
// overloaded, and then grown by one with each round of answers.
type gate struct {
	limit  float64
	most   int
	flying int
	pauses backoff

	open     map[*item]bool // changes with a failure that nobody is to blame for yet
	paused   bool
	until    time.Time // of the pause
	failed   int       // pauses in a row
	held     time.Time // until when the receiver wants no request
	holds    int       // in a row
	disabled bool
}

// failuresToPause is how many different changes must fail without one being taken. Fewer would
// let a few bad changes, which came together, stop the others.
const failuresToPause = 3

// firstLimit is how many requests are under way until the receiver has shown that it takes
// more, at the start and after a pause.
const firstLimit = 4

// DefaultPauses lie between the tries of a receiver that takes nothing. The first is short:
// it may be a restart.
var defaultPauses = backoff{time.Second, 5 * time.Minute}

func newGate(most int, pauses backoff) *gate {
	return &gate{limit: min(firstLimit, float64(most)), most: most, pauses: pauses, open: map[*item]bool{}}
}

// admits says whether a request may begin, and if not, when to ask again; zero: after an answer.
func (g *gate) admits(now time.Time) (ok bool, again time.Time) {
	switch {
	case g.disabled || g.flying >= max(1, int(g.limit)):
		return false, time.Time{}
	case now.Before(g.held):
		return false, g.held
	case !g.paused:
		return true, time.Time{}
	case g.flying > 0:
		return false, time.Time{}
	case now.Before(g.until):
		return false, g.until
	default:
		return true, time.Time{}
	}
}

// begin notes a request.
func (g *gate) begin(it *item) {
	g.flying++
	it.probe = g.paused
}

// took notes a change that the receiver has taken. It gives those whose open failure counts
// against them now.
func (g *gate) took(it *item) (blamed []*item) {
	delete(g.open, it)
	g.paused, g.failed, g.holds = false, 0, 0
	g.limit = min(float64(g.most), g.limit+1/g.limit)
	for other := range g.open {
		blamed = append(blamed, other)
	}
	clear(g.open)
	return blamed
}

// failed is what a failure means.
type verdict uint8

const (
	suspect  verdict = iota // the change may be to blame: it waits for its next try
	forgiven                // the receiver is: the change is tried when the gate allows it
)

// blame notes a failure, and says what it means for the change and for others.
func (g *gate) blame(it *item, o *Outcome, now time.Time) (v verdict, others []*item) {
	if o.slows() {
		g.limit = max(1, g.limit/2)
	}
	if o.holds() {
		g.hold(o, now)
	}
	switch {
	case g.paused:
		if it.probe {
			g.pause(now)
		}
		return forgiven, nil
	case o.Class == Throttled:
		return forgiven, nil
	case o.away():
		return forgiven, g.pause(now)
	}
	g.open[it] = true
	if len(g.open) < failuresToPause {
		return suspect, nil
	}
	delete(g.open, it)
	return forgiven, g.pause(now)
}

// pause begins a pause or lengthens it, and gives the changes that are forgiven.
func (g *gate) pause(now time.Time) (others []*item) {
	g.failed++
	g.paused, g.until, g.limit = true, now.Add(g.pauses.after(g.failed)), min(firstLimit, float64(g.most))
	for it := range g.open {
		others = append(others, it)
	}
	clear(g.open)
	return others
}

// hold stops all requests for as long as the receiver wishes.
func (g *gate) hold(o *Outcome, now time.Time) {
	wait := jittered(o.RetryAfter)
	if o.RetryAfter == 0 {
		g.holds++
		wait = g.pauses.after(g.holds)
	}
	if until := now.Add(wait); until.After(g.held) {
		g.held = until
	}
}

// forget drops a change that is over.
func (g *gate) forget(it *item) { delete(g.open, it) }

// reopen is for a webhook that was enabled.
func (g *gate) reopen() {
	g.disabled, g.paused, g.failed, g.holds, g.held = false, false, 0, 0, time.Time{}
	g.limit = min(firstLimit, float64(g.most))
}
