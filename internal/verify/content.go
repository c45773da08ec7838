package verify

import (
	"fmt"
	"math"
	"strconv"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// content is what a change says, less what follows from the rest of it: that is
// compared when the change is read.
type content struct {
	occurredMicros int64
	asOf           int64 // µs: the instant that it holds for
	previousMinor  int64
	currentMinor   int64
	marginMinor    int64 // historic value, too
	revenueMinor   int64
	residualMinor  int64
	spendMinor     int64
	pAlive         float64
	expectedOrders float64
	nextOrderDays  float64 // NaN: null

	stageMicros     int64
	silenceQuantile float64
	lossMinor       int64
	distanceMinor   int64 // to the next tier; −1: null
	costMinor       int64

	eventHash, orderHash                          uint32 // of ids; 0: null
	channelHash, firstChannelHash                 uint32 // of names; 0: null
	orders, purchaseDays, recencyDays, ageDays    int32
	bestDay                                       calendar.Day
	breakEven                                     calendar.Day // noDay: null
	reason                                        announce.Reason
	kind                                          history.Kind // of the cause
	status                                        history.Status
	next                                          uint8 // tier
	direction                                     int8  // of the tier: −1, 0 or 1
	residual, costly, tiers, acquired, brokenEven bool  // whether it has a residual value, a loss, tiers, a cost; whether that is earned
	ofTiers                                       bool  // it may be told for its tier alone, and tiers are not looked at: see withoutTiers
	was, now                                      said  // as last announced, and now; of what was before only stage and tier
}

// said is what a change says of where the customer stands.
type said struct {
	stage                   standing.Stage
	tier                    uint8 // 0: none; unknownTier: one that is not configured
	approaching, worthwhile bool
}

// unsaid stands for a stage that a change does not say.
const unsaid = standing.Stage(255)

// unknownTier is above every number of configured tiers.
const unknownTier = 255

// noDay stands for a day that is null.
const noDay = calendar.EarliestDay

// hashOrNull distinguishes texts; 0 is null.
func hashOrNull(text string) uint32 {
	if text == "" {
		return 0
	}
	return uint32(fnvOf(text))
}

// oddity is a field that does not follow from others of its change.
type oddity struct{ path, want, got string }

// take reads what a change says. What does not follow from the rest of it is odd.
func (c *content) take(w *wireChange, tiers []standing.Tier) (odd []oddity) {
	c.reason = word(w, "reason", announce.ParseReason)
	c.asOf = w.instant("as_of")
	c.eventHash = hashOrNull(w.text("cause.event_id"))
	c.orderHash = hashOrNull(w.textOrNull("cause.order_id"))
	c.occurredMicros = w.instant("cause.occurred_at")
	c.kind = word(w, "cause.type", func(name string) (history.Kind, bool) {
		kind, known := history.ParseKind(name)
		if name == history.TimePassed.String() {
			return history.TimePassed, true
		}
		return kind, known
	})
	c.previousMinor, c.currentMinor = w.amount("clv.previous"), w.amount("clv.current")
	if c.residual = w.has("clv.residual"); c.residual {
		c.residualMinor = w.amount("clv.residual")
	}
	c.status = word(w, "status", parseStatus)
	c.pAlive, c.expectedOrders = w.numberOrNull("p_alive"), w.number("expected_orders")
	c.spendMinor, c.nextOrderDays = w.amount("expected_spend"), w.numberOrNull("next_order_days")
	c.orders, c.purchaseDays = w.count("orders"), w.count("purchase_days")
	c.revenueMinor, c.marginMinor = w.amount("revenue"), w.amount("margin")
	c.recencyDays, c.ageDays = w.count("recency_days"), w.count("age_days")
	if w.has("first_channel") { // a publisher of a version before leaves it out
		c.firstChannelHash = hashOrNull(w.textOrNull("first_channel"))
	}
	c.takeStanding(w, tiers)
	return c.odd(w)
}

func (c *content) takeStanding(w *wireChange, tiers []standing.Tier) {
	c.was, c.now, c.distanceMinor, c.breakEven = said{stage: unsaid}, said{}, -1, noDay
	if w.has("stage") {
		c.was.stage, c.now.stage = word(w, "stage.previous", standing.ParseStage), word(w, "stage.current", standing.ParseStage)
		c.stageMicros, c.silenceQuantile = w.instant("stage.since"), w.number("stage.silence_quantile")
		if c.costly = w.has("stage.expected_loss") || w.has("stage.best_moment"); c.costly {
			c.lossMinor, c.bestDay = w.amount("stage.expected_loss"), w.day("stage.best_moment")
		}
	}
	if c.tiers = w.has("tier"); c.tiers {
		c.was.tier, c.now.tier = tierNumber(tiers, w.textOrNull("tier.previous")), tierNumber(tiers, w.textOrNull("tier.current"))
		c.next, c.now.approaching = tierNumber(tiers, w.textOrNull("tier.next")), w.truth("tier.approaching")
		c.direction = word(w, "tier.direction", parseDirection)
		if !w.isNull("tier.distance") {
			c.distanceMinor = w.amount("tier.distance")
		}
	}
	if c.acquired = w.has("acquisition"); c.acquired {
		c.costMinor, c.channelHash = w.amount("acquisition.cost"), hashOrNull(w.textOrNull("acquisition.channel"))
		c.now.worthwhile, c.brokenEven = w.truth("acquisition.worthwhile"), w.truth("acquisition.broken_even")
		if !w.isNull("acquisition.break_even") {
			c.breakEven = w.day("acquisition.break_even")
		}
	}
}

func parseStatus(name string) (history.Status, bool) {
	for _, status := range [...]history.Status{history.Prospect, history.Active, history.Churned} {
		if status.String() == name {
			return status, true
		}
	}
	return 0, false
}

func parseDirection(name string) (int8, bool) {
	direction, known := map[string]int8{"up": 1, "same": 0, "down": -1}[name]
	return direction, known
}

func tierNumber(tiers []standing.Tier, name string) uint8 {
	if name == "" {
		return 0
	}
	for i := range tiers {
		if tiers[i].Name == name {
			return uint8(i + 1)
		}
	}
	return unknownTier
}

// odd compares the fields that follow from others of the same change.
func (c *content) odd(w *wireChange) (odd []oddity) {
	note := func(path, want, got string) {
		if want != got {
			odd = append(odd, oddity{path, want, got})
		}
	}
	amount := func(path string, want int64) { note(path, minorText(want), minorText(w.amount(path))) }
	// A ratio of amounts that are rounded is off by as much as half a minor unit is.
	ratio := func(path string, known bool, want, tolerance float64) {
		got := w.numberOrNull(path)
		if known == math.IsNaN(got) || known && math.Abs(want-got) > tolerance {
			odd = append(odd, oddity{path, numberOrNull(known, want), numberOrNull(!math.IsNaN(got), got)})
		}
	}
	note("currency", w.currency.String(), w.text("currency"))
	amount("clv.delta", c.currentMinor-c.previousMinor)
	amount("clv.historic", c.marginMinor)
	amount("clv.predicted", c.currentMinor-c.marginMinor)
	if c.orders > 0 && !w.isNull("average_order_value") {
		amount("average_order_value", rounded(float64(c.revenueMinor)/float64(c.orders)))
	} else {
		note("average_order_value", strconv.FormatBool(c.orders > 0), strconv.FormatBool(!w.isNull("average_order_value")))
	}
	between := float64(c.recencyDays) / float64(c.purchaseDays-1)
	ratio("days_between_orders", c.purchaseDays > 1, between, tolerance*between)
	ended := c.was.stage != unsaid && c.was.stage != standing.NoStage
	note("stage", strconv.FormatBool(c.purchaseDays > 0 || ended), strconv.FormatBool(w.has("stage")))
	if w.has("stage") {
		note("stage.silence_days", strconv.Itoa(int(c.ageDays-c.recencyDays)), strconv.Itoa(int(w.count("stage.silence_days"))))
		entered := c.now.stage != c.was.stage && c.now.stage.Silent()
		note("stage.expected_loss", strconv.FormatBool(entered), strconv.FormatBool(c.costly))
	}
	if c.acquired {
		amount("acquisition.net_clv", c.currentMinor-c.costMinor)
		cost := float64(c.costMinor)
		ratio("acquisition.clv_to_cac", cost > 0, float64(c.currentMinor)/cost, 0.5/cost+tolerance*math.Abs(float64(c.currentMinor)/cost))
	}
	return odd
}

func minorText(minor int64) string { return fmt.Sprintf("%d minor units", minor) }

func numberOrNull(known bool, value float64) string {
	if !known {
		return "null"
	}
	return number(value)
}
