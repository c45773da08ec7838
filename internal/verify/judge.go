package verify

import (
	"math"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// judgement is what an event had to cause.
type judgement struct {
	must    string // why a change had to be announced; empty: it need not
	may     bool   // one may be, by what cannot be known here
	nothing bool   // the event changes nothing that is seen
}

// judge decides what is to be announced of an event: the first value, a change of
// status, a standing that matters, and what moves the value by as much
// as the policy asks for.
func (w *replay) judge(before, r *recomputed, now *view) (j judgement) {
	if w.version == 0 {
		if now.status != history.Prospect || now.acquired {
			j.must = "it is the first value"
		}
		return j
	}
	untouched := w.view(before, now.day)
	same := untouched.says() == now.says()
	j.nothing = same && r.latestMicros == before.latestMicros
	certainly, maybe := now.mattersAfter(&w.valuation.Awake.Tiers, w.announced)
	j.may = j.nothing || maybe || same && w.turned(before, now.day)
	switch {
	case now.status != w.last.status:
		j.must = "the status changed"
	case j.nothing:
	case certainly:
		j.must = "the event brought the customer to " + now.describe()
	case now.says() != w.last.says() && w.enough(now.clvMinor) && !j.may:
		j.must = "the event moved the value"
	}
	return j
}

// turned says whether the customer may have been valued in silence on a
// day, as they stood otherwise on the day before.
func (w *replay) turned(r *recomputed, day calendar.Day) bool {
	if day <= r.latestDay {
		return false
	}
	then, now := w.view(r, day-1), w.view(r, day)
	return w.otherwise(&then, &now)
}

// enough says whether a value has moved by as much as the policy asks for.
func (w *replay) enough(clvMinor float64) bool {
	moved, p := math.Abs(clvMinor-w.minor), &w.valuation.Policy
	return moved >= p.AbsoluteMinor && moved >= p.Relative*math.Abs(w.minor)
}

// brings says whether a change matters, by the tier that it says.
func (w *replay) brings(c *change, now *view) bool {
	for _, at := range now.places(c.now.tier, c.now.approaching) {
		for i := range w.announced {
			if at.matters(&w.announced[i], now.acquired) {
				return true
			}
		}
	}
	return false
}

func (w *replay) unannounced(record, field, want string) {
	if !w.simple {
		return
	}
	w.found = append(w.found, finding{&w.v.report.Unannounced, Difference{Customer: w.c.id, Record: record, Field: field, Want: want, Got: "none"}})
}

func (w *replay) unfounded(c *change, want string) {
	w.found = append(w.found, finding{&w.v.report.Unfounded, Difference{
		Customer: w.c.id, Record: w.v.causeOf(*c), Field: c.name(), Want: want, Got: "one",
	}})
}
