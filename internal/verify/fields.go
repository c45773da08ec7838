package verify

import (
	"math"
	"slices"
	"sort"
	"strconv"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// check compares what a change says with a view: each field that does not follow from
// others of the same change, which was compared when it was read.
func (w *replay) check(c *change, r *recomputed, now *view, at *place) {
	d := differences{customer: w.c.id, prefix: c.name() + ": "}
	facts := &now.facts
	d.text("status", now.status.String(), c.status.String())
	d.amount("clv.current", now.clvMinor, c.currentMinor)
	d.known("clv.residual", now.residualKnown, c.residual)
	if c.residual {
		d.amount("clv.residual", now.residualMinor, c.residualMinor)
	}
	d.known("p_alive", now.aliveKnown, !math.IsNaN(c.pAlive))
	if now.aliveKnown && !math.IsNaN(c.pAlive) {
		d.float("p_alive", now.pAlive, c.pAlive)
	}
	d.float("expected_orders", now.expectedOrders, c.expectedOrders)
	d.amount("expected_spend", now.spendMinor, c.spendMinor)
	d.known("next_order_days", now.nextOrderDays > 0, !math.IsNaN(c.nextOrderDays))
	if now.nextOrderDays > 0 && !math.IsNaN(c.nextOrderDays) {
		d.float("next_order_days", now.nextOrderDays, c.nextOrderDays)
	}
	d.integer("orders", int64(facts.Orders), int64(c.orders))
	d.integer("purchase_days", int64(facts.PurchaseDays), int64(c.purchaseDays))
	d.integer("revenue", facts.RevenueMinor, c.revenueMinor)
	d.integer("margin", facts.MarginMinor, c.marginMinor)
	d.integer("recency_days", int64(facts.RecencyDays), int64(c.recencyDays))
	d.integer("age_days", int64(facts.AgeDays), int64(c.ageDays))
	if c.firstChannelHash != 0 && (r.first == nil || hashOrNull(r.first.channel) != c.firstChannelHash) {
		d.differ("first_channel", r.firstOrder().Channel, "another")
	}
	w.checkStage(&d, c, r, now, at)
	w.checkTier(&d, c, now, at)
	w.checkAcquisition(&d, c, r, now)
	if model := w.valuation.Model.Version(); w.v.models[c.model] == model {
		w.keep(&d)
	} else if len(d.found) == 0 && now.predictedMinor != 0 { // two models predict no customer alike
		d.differ("model.version", model+", by which its figures are", w.v.models[c.model])
		w.misnamed = append(w.misnamed, finding{Difference: d.found[0]})
	}
}

// keep takes differences among what was found.
func (w *replay) keep(d *differences) {
	for _, found := range d.found {
		w.found = append(w.found, finding{Difference: found})
	}
}

func (d *differences) amount(field string, wantMinor float64, gotMinor int64) {
	if math.Abs(float64(gotMinor)-wantMinor) > 0.5+tolerance*math.Abs(wantMinor) {
		d.differ(field, minorText(rounded(wantMinor)), minorText(gotMinor))
	}
}

func (d *differences) truth(field string, want, got bool) {
	d.text(field, strconv.FormatBool(want), strconv.FormatBool(got))
}

// known compares whether a field is there, and not null.
func (d *differences) known(field string, want, got bool) {
	names := map[bool]string{true: "a value", false: "none"}
	d.text(field, names[want], names[got])
}

func (w *replay) checkStage(d *differences, c *change, r *recomputed, now *view, at *place) {
	if !now.stands(c.now.stage) {
		d.differ("stage.current", now.high.stage.String(), c.now.stage.String())
	}
	if facts := &now.facts; facts.PurchaseDays > 0 {
		if !at.stageUnsure {
			d.instant("stage.since", at.stageMicros, c.stageMicros)
		}
		d.float("stage.silence_quantile", w.valuation.Model.SilenceQuantile(*facts, float64(facts.AgeDays-facts.RecencyDays)), c.silenceQuantile)
	}
	if c.costly && len(r.days) > 0 {
		last := r.days[len(r.days)-1]
		d.amount("stage.expected_loss", w.predicted(r, last)-now.predictedMinor, c.lossMinor)
		if better, found := w.fallsMore(r, last, c.bestDay); found {
			d.differ("stage.best_moment", "a day such as "+better.String(), c.bestDay.String())
		}
	}
}

func (w *replay) predicted(r *recomputed, day calendar.Day) float64 {
	return r.estimate(w.valuation.Model, day).predictedMinor
}

// fallsMore searches for a day on which the predicted value falls clearly more until the
// next than on the published best day. It samples days far apart, and the day on which half
// of the value is lost, where it falls off a cliff: the best day has no formula, and a
// nearly equal one is accepted. If the value does not fall, the last purchase day is best.
func (w *replay) fallsMore(r *recomputed, last, best calendar.Day) (better calendar.Day, found bool) {
	fall := func(day calendar.Day) float64 { return w.predicted(r, day) - w.predicted(r, day+1) }
	longest := calendar.Day(min(max(2*w.valuation.Model.SilenceDays(r.at(last), 0.99), 30), 3652))
	whole := w.predicted(r, last)
	if best < last || best > last+longest || whole <= 0 || w.predicted(r, last+longest+1) >= whole {
		return last, best != last
	}
	days := []calendar.Day{last, best - 1, best + 1, best - 7, best + 7}
	for ahead := calendar.Day(1); ahead < longest; ahead *= 2 {
		days = append(days, last+ahead)
	}
	days = append(days, last-1+calendar.Day(sort.Search(int(longest)+1, func(ahead int) bool { return w.predicted(r, last+calendar.Day(ahead)) < whole/2 })))
	enough := fall(best) + steeperBy*math.Abs(fall(best)) + tolerance*whole
	for _, day := range days {
		if day >= last && day <= last+longest && fall(day) > enough {
			return day, true
		}
	}
	return last, false
}

// steeperBy is by which share another day may fall more than the best one.
const steeperBy = 0.01

func (w *replay) checkTier(d *differences, c *change, now *view, at *place) {
	tiers := &w.valuation.Awake.Tiers
	d.known("tier", len(tiers.Tiers) > 0, c.tiers)
	if !c.tiers || len(tiers.Tiers) == 0 {
		return
	}
	switch {
	case !now.allowsTier(tiers, c.now.tier, true):
		least, _ := now.tierRange(tiers)
		d.differ("tier.current", "at least "+strconv.Itoa(int(least)), strconv.Itoa(int(c.now.tier)))
	case !at.tierUnsure:
		d.integer("tier.current", int64(at.tier), int64(c.now.tier))
	}
	d.integer("tier.previous", int64(w.lastTier), int64(c.was.tier))
	d.integer("tier.direction", int64(compareTiers(c.was.tier, c.now.tier)), int64(c.direction))
	if certainly, maybe := now.near(tiers, c.now.tier); c.now.approaching != certainly && c.now.approaching != maybe {
		d.truth("tier.approaching", certainly, c.now.approaching)
	}
	if int(c.now.tier) >= len(tiers.Tiers) {
		d.integer("tier.next", 0, int64(c.next))
		d.known("tier.distance", false, c.distanceMinor >= 0)
		return
	}
	d.integer("tier.next", int64(c.now.tier)+1, int64(c.next))
	d.amount("tier.distance", max(0, tiers.Tiers[c.now.tier].FromMinor-now.tierValue(tiers)), c.distanceMinor)
}

func compareTiers(was, now uint8) int8 {
	switch {
	case now > was:
		return 1
	case now < was:
		return -1
	default:
		return 0
	}
}

func (w *replay) checkAcquisition(d *differences, c *change, r *recomputed, now *view) {
	if d.known("acquisition", now.acquired, c.acquired); !c.acquired || !now.acquired {
		return
	}
	d.integer("acquisition.cost", now.acquisitionCost, c.costMinor)
	if hashOrNull(now.channel) != c.channelHash {
		d.differ("acquisition.channel", now.channel, "another")
	}
	if c.now.worthwhile != now.low.worthwhile && c.now.worthwhile != now.high.worthwhile {
		d.truth("acquisition.worthwhile", now.high.worthwhile, c.now.worthwhile)
	}
	even, day, exact := r.breakEven(now, &w.valuation.Rules)
	d.truth("acquisition.broken_even", even, c.brokenEven)
	if off := c.breakEven - day; off != 0 && (exact || day == noDay || c.breakEven == noDay || off < -1 || off > 1) {
		d.differ("acquisition.break_even", dayOrNull(day), dayOrNull(c.breakEven))
	}
}

func dayOrNull(day calendar.Day) string {
	if day == noDay {
		return "null"
	}
	return day.String()
}

// breakEven is the day by which margin covers what the customer cost: past, which is
// when the balance was negative last, or expected, if what is predicted comes evenly
// over its horizon. A day that is expected may be off by one where a day more is a
// matter of a rounding.
func (r *recomputed) breakEven(now *view, rules *history.Rules) (even bool, day calendar.Day, exact bool) {
	if len(r.days) == 0 {
		return false, noDay, true
	}
	missing := float64(now.acquisitionCost - now.facts.MarginMinor)
	if missing <= 0 {
		return true, r.coveredSince(now.acquisitionCost, rules), true
	}
	if now.predictedMinor < missing || now.horizonDays == 0 {
		return false, noDay, true
	}
	ahead := now.horizonDays * missing / now.predictedMinor
	return false, now.day + calendar.Day(max(1, math.Ceil(ahead))), math.Abs(ahead-math.Round(ahead)) > 1e-6
}

// coveredSince is the last day that began with more cost than margin. Of days before
// those that are kept one by one, margin counts by the end of their month.
func (r *recomputed) coveredSince(costMinor int64, rules *history.Rules) calendar.Day {
	line := r.line(rules)
	byDay := map[calendar.Day]int64{r.days[0]: -costMinor}
	for _, o := range r.orders {
		if o.winner == nil || !o.stands {
			continue
		}
		sealed := o.day < line.orders
		for _, m := range o.money() {
			day := m.day
			if sealed && day < line.rest {
				day = min(day.Month().LastDay(), line.rest-1)
			}
			byDay[day] += m.marginMinor
		}
	}
	days := make([]calendar.Day, 0, len(byDay))
	for day := range byDay {
		days = append(days, day)
	}
	slices.Sort(days)
	since, balance := days[0], int64(0)
	for _, day := range days {
		if balance < 0 {
			since = day
		}
		balance += byDay[day]
	}
	return since
}
