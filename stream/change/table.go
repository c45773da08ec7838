package change

import (
	"math"
	"strconv"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// The words of the fields that have some, in the order of their sets.
var (
	reasons = words(announce.ReasonFirst,
		"The customer's first value",
		"An order",
		"A refund",
		"An order was cancelled",
		"`churn.confirmed`, `churn.predicted`, or `churn.reverted` of a customer who was not churned",
		"A churned customer is active again, by an order or by a later churn event",
		"A newer telling of an order, a reverted refund, or an acquisition cost",
		"Time passed: P(alive) fell below a watched level, CLV:CAC crossed its floor, the customer approaches the next tier, `won_back` ended, or the value drifted by `awake.drift`",
		"Time passed: silence changed the stage to `cooling`, `dormant` or `lost`",
		"Time passed: the tier changed",
		"Another model, or new borders of tiers, came into force",
		"`customer.erased`: forget the customer. Every figure is 0 or null, and `clv.current` has a tombstone")
	causes = words(history.OrderPlaced,
		"An order, or a newer telling of one",
		"A refund of an order",
		"A cancel of an order",
		"A confirmed churn",
		"A churn was reverted",
		"A churn probability from another system",
		"The acquisition cost of the customer",
		"No event: a due time fired",
		"A refund was reverted",
		"The customer was erased")
	statuses = words(history.Prospect,
		"No order stands, and no churn is confirmed",
		"An order stands, and no confirmed churn came after it",
		"A churn is confirmed and no order that stands came after it")
	stages = words(standing.NoStage,
		"No order stands",
		"An order stands, and the silence is within `awake.cooling`",
		"Silence beyond `awake.cooling`",
		"Silence beyond `awake.dormant`",
		"Silence beyond `awake.lost`, or churned",
		"An order ended the stage dormant or lost, or a churn, at most `awake.won_back_days` ago")
	directions = []Word{{"up", "Into a higher tier"}, {"down", "Into a lower one"}, {"same", "The tier is the same"}}
)

// table is every field of a change, in the order of the JSON. A field is added here
// and nowhere else; `make generate` then writes the schema and the documentation, and
// the commands that show a change or a customer have it.
var table = [...]Object{
	{Fields: []Field{
		text("customer_id", "The customer, and the record's key", func(d *Data) string { return d.CustomerID }).atLeast(1),
		count("version", "1 for the customer's first change, then one more for each: a gap means a missed change",
			func(d *Data) int64 { return int64(d.Version) }).atLeast(1).ofMove(),
		word("reason", "Why the value, the stage or the tier changed", reasons, func(d *Data) string { return d.Reason.String() }).growing().ofMove(),
		instant("as_of", "The instant of the value: the customer's latest event time or last due time, whichever is later; never before that of the previous change",
			func(d *Data) int64 { return d.Current.AsOfMicros }),
	}},
	{Name: "cause", About: "What changed the value", Fields: []Field{
		put("event_id", "The id of the event that changed the value; if time did, that of the change itself", appendCauseID).ofMove(),
		word("type", "Its type", causes, func(d *Data) string { return d.Cause.Kind.String() }).growing().ofMove(),
		text("order_id", "Its order", func(d *Data) string { return d.Cause.OrderID }).null("for other events than `order.*`").ofMove(),
		instant("occurred_at", "When it happened", func(d *Data) int64 { return d.Cause.AtMicros }).ofMove(),
	}},
	{Fields: []Field{
		text("currency", "ISO 4217 code of every amount here", func(d *Data) string { return d.Currency.String() }).matching("^[A-Z]{3}$"),
	}},
	{Name: "clv", About: "The lifetime value and its parts", Fields: []Field{
		amount("previous", "The value of the change before this one; 0 for the first", func(d *Data) int64 { return minorOf(d.PreviousMinor) }).ofMove(),
		amount("current", "The lifetime value: historic + predicted", currentMinor),
		amount("delta", "current − previous", func(d *Data) int64 { return currentMinor(d) - minorOf(d.PreviousMinor) }).ofMove(),
		amount("historic", "Net margin to date", historicMinor),
		amount("predicted", "Discounted expected margin within the model's horizon", func(d *Data) int64 { return currentMinor(d) - historicMinor(d) }),
		amount("residual", "The same over the infinite horizon", func(d *Data) int64 { return minorOf(d.Current.ResidualMinor) }).
			absentUnless(func(d *Data) bool { return d.Current.ResidualKnown }, "if the model has none"),
	}},
	{Fields: []Field{
		word("status", "Whether the customer orders", statuses, func(d *Data) string { return d.Current.Status.String() }),
		number("p_alive", "Probability that the customer has not left", func(d *Data) float64 { return d.Current.PAlive }).
			nullUnless(func(d *Data) bool { return d.Current.AliveKnown }, "while no order stands (unless churned), and where the model has none and no churn event says it").share(),
		number("expected_orders", "Purchase days expected within the model's horizon", func(d *Data) float64 { return d.Current.ExpectedOrders }).atLeast(0),
		amount("expected_spend", "Expected amount of a purchase day", func(d *Data) int64 { return minorOf(d.Current.SpendMinor) }),
		number("next_order_days", "Median days to the next order if the customer is alive", func(d *Data) float64 { return d.Current.NextOrderDays }).
			nullUnless(func(d *Data) bool { return d.Current.NextOrderDays > 0 }, "where the model has none").atLeast(0),
		count("orders", "Orders that stand: not cancelled, not refunded in full", func(d *Data) int64 { return int64(d.facts().Orders) }),
		count("purchase_days", "Days with an order that stands", func(d *Data) int64 { return int64(d.facts().PurchaseDays) }),
		amount("revenue", "Revenue to date, net of refunds", func(d *Data) int64 { return d.facts().RevenueMinor }),
		amount("margin", "Margin to date, net of refunds", func(d *Data) int64 { return d.facts().MarginMinor }),
		count("recency_days", "Days from the first purchase day to the last", func(d *Data) int64 { return int64(d.facts().RecencyDays) }),
		count("age_days", "Days from the first purchase day to as_of", func(d *Data) int64 { return int64(d.facts().AgeDays) }),
		amount("average_order_value", "Revenue per order", func(d *Data) int64 { return minorOf(float64(d.facts().RevenueMinor) / float64(d.facts().Orders)) }).
			nullUnless(func(d *Data) bool { return d.facts().Orders > 0 }, "while no order stands"),
		number("days_between_orders", "Mean days between purchase days", func(d *Data) float64 { return float64(d.facts().RecencyDays) / float64(d.facts().Frequency) }).
			nullUnless(func(d *Data) bool { return d.facts().Frequency > 0 }, "before the second").atLeast(0),
		text("first_channel", "The channel of the earliest order, as it was placed", func(d *Data) string { return d.FirstChannel }).
			null("where that order names none, or was stored before this field was"),
	}},
	{Name: "stage", About: "The stage of silence", Absent: "where no order stands, and none did as last announced",
		there: func(d *Data) bool { return d.Standing.Stage != standing.NoStage || d.Was.Stage != standing.NoStage }, Fields: []Field{
			word("previous", "As last announced", stages, func(d *Data) string { return d.Was.Stage.String() }).ofMove(),
			word("current", "As of as_of", stages, func(d *Data) string { return d.Standing.Stage.String() }),
			instant("since", "When the stage was entered", func(d *Data) int64 { return d.Standing.StageMicros }),
			count("silence_days", "Days since the last purchase day", func(d *Data) int64 { return int64(d.Silence.Days) }),
			number("silence_quantile", "Probability that an alive customer with this customer's rate would have ordered by now; 0 if the model gives none",
				func(d *Data) float64 { return d.Silence.Quantile }).share(),
			amount("expected_loss", "By how much clv.predicted has fallen since the last purchase day", func(d *Data) int64 { return minorOf(d.Silence.LossMinor) }).
				absentUnless(entersSilence, "unless a stage of silence is entered"),
			day("best_moment", "The day on which clv.predicted falls most: the best day to contact the customer", func(d *Data) calendar.Day { return d.Silence.BestDay }).
				absentUnless(entersSilence, "unless a stage of silence is entered"),
		}},
	{Name: "tier", About: "The customer's tier", Absent: "where no tiers are configured",
		there: func(d *Data) bool { return d.Tier != standing.TierMove{} }, Fields: []Field{
			text("previous", "As last announced", func(d *Data) string { return d.Tier.Was }).null("for none").ofMove(),
			text("current", "As of as_of", func(d *Data) string { return d.Tier.Now }).null("for none"),
			word("direction", "From previous to current", directions, direction).ofMove(),
			text("next", "The next higher tier", func(d *Data) string { return d.Tier.Next }).null("in the highest"),
			amount("distance", "The amount missing to the next tier", func(d *Data) int64 { return minorOf(d.Tier.MissingMinor) }).
				nullUnless(func(d *Data) bool { return d.Tier.Next != "" }, "in the highest"),
			truth("approaching", "distance is at most `tiers.approaching`", func(d *Data) bool { return d.Standing.Approaching }),
		}},
	{Name: "acquisition", About: "The acquisition cost, and whether the value covers it", Absent: "before `customer.acquired`",
		there: func(d *Data) bool { return d.Current.Acquisition.Known }, Fields: []Field{
			amount("cost", "The acquisition cost", costMinor),
			text("channel", "The acquisition channel", func(d *Data) string { return d.Current.Acquisition.Channel }).null("if unknown"),
			amount("net_clv", "clv.current − cost", func(d *Data) int64 { return currentMinor(d) - costMinor(d) }),
			number("clv_to_cac", "clv.current ÷ cost", func(d *Data) float64 { return d.Current.CLVMinor / float64(costMinor(d)) }).
				nullUnless(func(d *Data) bool { return costMinor(d) > 0 }, "when the cost is 0"),
			truth("worthwhile", "clv_to_cac is not below the configured floor", func(d *Data) bool { return d.Standing.Worthwhile }),
			day("break_even", "The day by which margin covers the cost, past or expected", func(d *Data) calendar.Day { return d.BreakEven.Day }).
				nullUnless(func(d *Data) bool { return d.BreakEven.Kind != estimate.BreakEvenUnknown }, "if it is not expected within the model's horizon"),
			truth("broken_even", "break_even has been reached", func(d *Data) bool { return d.BreakEven.Kind == estimate.BreakEvenReached }),
		}},
	{Name: "model", About: "The model that valued the customer", Fields: []Field{
		text("name", "Its name, such as mbgnbd", func(d *Data) string { return d.ModelName }),
		text("version", "Its parameters: a hash of the model file, or the parameters themselves", func(d *Data) string { return d.ModelVersion }),
	}},
}

func (d *Data) facts() *history.Facts { return &d.Current.Facts }

func currentMinor(d *Data) int64  { return minorOf(d.Current.CLVMinor) }
func historicMinor(d *Data) int64 { return minorOf(d.Current.HistoricMinor) }
func costMinor(d *Data) int64     { return d.Current.Acquisition.CostMinor }

// minorOf rounds half away from zero to whole minor units.
func minorOf(minor float64) int64 { return int64(math.Round(minor)) }

func entersSilence(d *Data) bool { return d.Silence.LossKnown }

func direction(d *Data) string {
	switch was, now := d.Was.Tier, d.Standing.Tier; {
	case now > was:
		return directions[0].Name
	case now < was:
		return directions[1].Name
	default:
		return directions[2].Name
	}
}

// DueIDPrefix begins the id of a change that no event caused.
const DueIDPrefix = "due:"

// appendCauseID appends the id of the event that caused the change or, where time
// did, the customer, the instant and the version.
func appendCauseID(dst []byte, d *Data) []byte {
	if d.Cause.Kind != history.TimePassed {
		return append(dst, d.Cause.EventID...)
	}
	dst = append(dst, DueIDPrefix...)
	dst = append(dst, d.CustomerID...)
	dst = d.times.append(append(dst, '@'), d.Cause.AtMicros)
	return strconv.AppendUint(append(dst, '#'), d.Version, 10)
}
