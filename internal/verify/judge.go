package verify

import (
	"math"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
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
	untouched := w.view(before, r.latestDay)
	same := untouched.says() == now.says()
	j.nothing = same && r.latestMicros == before.latestMicros
	certainly, maybe := now.mattersAfter(&w.valuation.Awake.Tiers, w.announced)
	j.may = j.nothing || maybe || same && w.turned(before, r.latestDay)
	switch {
	case now.status != w.last.status:
		j.must = "the status changed"
	case j.nothing:
	case certainly:
		j.must = "the event brought the customer to " + now.describe()
	case w.differs(before, now) && w.enough(now.clvMinor) && !j.may:
		j.must = "the event moved the value"
	}
	return j
}

// differs says whether a view says something else than the last look before its
// event. Where the customer was put back to after the event before, that was it.
func (w *replay) differs(before *recomputed, now *view) bool {
	if w.rewound || w.refuses {
		if latest := w.view(before, before.latestDay); latest.says() == now.says() {
			return false
		}
	}
	return now.says() != w.last.says()
}

// turned says whether the customer may have been valued in silence on a
// day, as they stood otherwise on the day before.
func (w *replay) turned(r *recomputed, day calendar.Day) bool {
	if day <= r.latestDay {
		return false
	}
	then, now := w.view(r, day-1), w.view(r, day)
	turned := then.low != now.low || then.high != now.high
	for _, t := range w.announced {
		before, maybeBefore := then.near(&w.valuation.Awake.Tiers, t.tier)
		after, maybeAfter := now.near(&w.valuation.Awake.Tiers, t.tier)
		turned = turned || before != after || maybeBefore != maybeAfter
	}
	return turned
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

// follows says whether a change names as previous what may have been announced last.
// That a customer is active again passes for announced at any valuation, and who had
// no order that stood since was of no stage.
func (w *replay) follows(c *change) bool {
	passed := c.was.stage == unsaid || c.was.stage == standing.StageActive || c.was.stage == standing.NoStage && w.empty
	for _, t := range w.announced {
		stage := passed || c.was.stage == t.stage
		if stage && c.was.tier == t.tier {
			return true
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
