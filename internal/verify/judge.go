package verify

import (
	"math"
	"strconv"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// judgement is what an event had to cause.
type judgement struct {
	must    string // why a change had to be announced; empty: it need not
	may     bool   // one may be, by what can not be known here
	nothing bool   // the event changes nothing that is seen
}

// judge decides what is to be announced of an event: the first value, a change of
// status, news of where the customer stands, and what moves the value by as much
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
	certainly, maybe := now.news(&w.valuation.Awake.Tiers, w.told)
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
	if w.undone || w.refuses {
		if latest := w.view(before, before.latestDay); latest.says() == now.says() {
			return false
		}
	}
	return now.says() != w.last.says()
}

// turned says whether somebody may have looked at the customer in silence on a
// day, as they stood otherwise on the day before.
func (w *replay) turned(r *recomputed, day calendar.Day) bool {
	if day <= r.latestDay {
		return false
	}
	then, now := w.view(r, day-1), w.view(r, day)
	turned := then.low != now.low || then.high != now.high
	for _, t := range w.told {
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

// brings says whether a change is news, by the tier that it says.
func (w *replay) brings(c *change, now *view) bool {
	for _, at := range now.places(c.now.tier, c.now.approaching) {
		for i := range w.told {
			if at.isNews(&w.told[i], now.acquired) {
				return true
			}
		}
	}
	return false
}

// check compares what a change says with a view.
func (w *replay) check(c *change, now *view) {
	if math.Abs(float64(c.currentMinor)-now.clvMinor) > 0.5+tolerance*math.Abs(now.clvMinor) {
		w.differ(c, "current_minor", strconv.FormatInt(rounded(now.clvMinor), 10), strconv.FormatInt(c.currentMinor, 10))
	}
	if !near(now.pAlive, c.pAlive) {
		w.differ(c, "p_alive", number(now.pAlive), number(c.pAlive))
	}
	if !now.stands(c.now.stage) {
		w.differ(c, "stage", now.high.stage.String(), c.now.stage.String())
	}
	if c.now.worthwhile != now.low.worthwhile && c.now.worthwhile != now.high.worthwhile {
		w.differ(c, "worthwhile", strconv.FormatBool(now.high.worthwhile), strconv.FormatBool(c.now.worthwhile))
	}
	tiers := &w.valuation.Awake.Tiers
	if !now.allowsTier(tiers, c.now.tier, true) {
		least, _ := now.tierRange(tiers)
		w.differ(c, "tier", "at least "+strconv.Itoa(int(least)), strconv.Itoa(int(c.now.tier)))
	}
	if certainly, maybe := now.near(tiers, c.now.tier); c.now.approaching != certainly && c.now.approaching != maybe {
		w.differ(c, "approaching", strconv.FormatBool(certainly), strconv.FormatBool(c.now.approaching))
	}
	if w.version > 0 && !w.follows(c) {
		w.differ(c, "previous stage and tier", "what was told last", c.was.stage.String()+", "+strconv.Itoa(int(c.was.tier)))
	}
}

// follows says whether a change names as previous what may have been told last.
func (w *replay) follows(c *change) bool {
	for _, t := range w.told {
		stage := c.was.stage == unsaid || c.was.stage == t.stage || c.was.stage < standing.StageCooling
		if stage && c.was.tier == t.tier {
			return true
		}
	}
	return false
}

func (w *replay) differ(c *change, field, want, got string) {
	w.found = append(w.found, finding{Difference: Difference{Customer: w.c.id, Field: c.name() + ": " + field, Want: want, Got: got}})
}

func (w *replay) unannounced(record, field, want string) {
	w.found = append(w.found, finding{&w.v.report.Unannounced, Difference{Customer: w.c.id, Record: record, Field: field, Want: want, Got: "none"}})
}

func (w *replay) unfounded(c *change, want string) {
	w.found = append(w.found, finding{&w.v.report.Unfounded, Difference{
		Customer: w.c.id, Record: w.v.causeOf(*c), Field: c.name(), Want: want, Got: "one",
	}})
}
