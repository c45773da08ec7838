package verify

import (
	"strconv"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/standing"
)

// farthestDays is how long after the first order something is scheduled: a hundred years.
const farthestDays = 36_525

// standing compares where the stored customer stands with where they would by a
// value of the same instant.
func (d *differences) standing(now *view, got *clv.Customer, v *clv.Valuation) {
	at, asOf := &got.Standing, got.Value.AsOfMicros
	if !now.stands(at.Stage) {
		d.text("stage", now.high.stage.String(), at.Stage.String())
	}
	if at.AliveLevel != now.low.level && at.AliveLevel != now.high.level {
		d.integer("alive_level", int64(now.high.level), int64(at.AliveLevel))
	}
	if at.Worthwhile != now.low.worthwhile && at.Worthwhile != now.high.worthwhile {
		d.text("worthwhile", strconv.FormatBool(now.high.worthwhile), strconv.FormatBool(at.Worthwhile))
	}
	tiers := &v.Awake.Tiers
	if !now.allowsTier(tiers, at.Tier, holds(v, at, now.day)) {
		least, most := now.tierRange(tiers)
		want := strconv.Itoa(int(least))
		if most > least {
			want += " to " + strconv.Itoa(int(most))
		}
		d.differ("tier", want, strconv.Itoa(int(at.Tier)))
	} else if certainly, maybe := now.near(tiers, at.Tier); at.Approaching != certainly && at.Approaching != maybe {
		d.text("approaching", strconv.FormatBool(certainly), strconv.FormatBool(at.Approaching))
	}
	for _, since := range [...]struct {
		field  string
		micros int64
	}{{"stage_since", at.StageMicros}, {"tier_since", at.TierMicros}} {
		if since.micros > asOf {
			d.differ(since.field, "at most "+instant(asOf), instant(since.micros))
		}
	}
}

// holds says whether a tier is still kept whatever the value is.
func holds(v *clv.Valuation, at *standing.Standing, day calendar.Day) bool {
	return at.Tier > 0 && day < dayOfMicros(at.TierMicros, v.Rules.Calendar)+calendar.Day(v.Awake.Tiers.HoldDays)
}

// due checks that the stored due time is not later than the first day on which
// the customer's standing differs. Values fall through silence, so a difference persists,
// and checking the day before the due time covers all days before it.
func (d *differences) due(want *recomputed, now *view, got *clv.Customer, v *clv.Valuation) {
	due := got.DueMicros
	if due != 0 && due < got.Value.AsOfMicros {
		d.differ("due", "not before "+instant(got.Value.AsOfMicros), instant(due))
		return
	}
	if held := heldUntil(got, &v.Policy); held != 0 && (due == 0 || due > held) {
		d.differ("due", "at most "+instant(held)+", when the pending change may be announced", describeDue(due))
		return
	}
	if len(want.days) == 0 {
		return
	}
	before := want.days[0] + farthestDays
	if due != 0 {
		before = dayOfMicros(due, v.Rules.Calendar) - 1
	}
	if before <= now.day {
		return
	}
	then := want.view(v, before)
	if what := then.otherwise(now, got, v); what != "" {
		d.differ("due", "not after "+before.String()+", when "+what+" is another", describeDue(due))
	}
}

func describeDue(micros int64) string {
	if micros == 0 {
		return "none"
	}
	return instant(micros)
}

// heldUntil is when a change that waits may be announced at the latest; 0: none
// waits.
func heldUntil(c *clv.Customer, p *announce.Policy) int64 {
	if c.Announced.Pending == 0 {
		return 0
	}
	return max(c.Announced.AtMicros+p.SpanMicros, c.Announced.Standing.StageMicros+p.CoolDownMicros)
}

// otherwise names what certainly differs on a later day from where a customer
// stands now; empty: nothing.
func (w *view) otherwise(now *view, c *clv.Customer, v *clv.Valuation) string {
	at, tiers := &c.Standing, &v.Awake.Tiers
	_, already := now.drift(c.AnnouncedMinor, v.Awake.Drift)
	drifts, _ := w.drift(c.AnnouncedMinor, v.Awake.Drift)
	least, most := w.tierRange(tiers)
	leaves := at.Tier < least || at.Tier > most && !holds(v, at, w.day)
	certainly, maybe := w.near(tiers, at.Tier)
	switch {
	case !w.stands(at.Stage):
		return "the stage"
	case w.low.level != at.AliveLevel && w.high.level != at.AliveLevel:
		return "the level of P(alive)"
	case w.low.worthwhile != at.Worthwhile && w.high.worthwhile != at.Worthwhile:
		return "being worthwhile"
	case leaves:
		return "the tier"
	case at.Approaching != certainly && at.Approaching != maybe:
		return "being near the next tier"
	case drifts && !already:
		return "the drifted value"
	default:
		return ""
	}
}
