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
		"Money went back",
		"An order was cancelled",
		"`churn.confirmed`, `churn.predicted`, or `churn.reverted` of a customer who was not churned",
		"A churned customer is active again, by an order or by another word on churn",
		"A newer version of an order, or what it cost to win the customer",
		"Time passed: P(alive) fell below a watched level, CLV:CAC crossed its floor, the next tier came near, or the value drifted by as much as is watched for",
		"Time passed: silence brought the customer into another stage",
		"Time passed: it brought the customer into another tier",
		"Another model, or other borders of the tiers, came into force")
	causes = words(history.OrderPlaced,
		"An order, or a newer version of one",
		"Money of an order went back",
		"An order does not stand any more",
		"The customer is known to have left",
		"The customer is known not to have left",
		"Another system's probability that the customer has left",
		"What it cost to win the customer",
		"No event: a due time came")
	statuses = words(history.Prospect,
		"No order stands",
		"An order stands, and no confirmed churn came after it",
		"A churn is confirmed and no order came after it")
	stages = words(standing.NoStage,
		"No order stands",
		"Ordered, and not silent for long",
		"Silent for longer than `awake.cooling` allows",
		"Silent for longer than `awake.dormant` allows",
		"Silent for longer than `awake.lost` allows, or churned",
		"An order ended a dormancy, a loss or a churn, no longer ago than `awake.won_back_days`")
	directions = []Word{{"up", "Into a higher tier"}, {"down", "Into a lower one"}, {"same", "The tier is the same"}}
)

// table is every field of a change, in the order of the JSON. A field is added here
// and nowhere else; `make generate` then writes the schema and the documentation, and
// the commands that show a change or a customer have it.
var table = [...]Object{
	{Fields: []Field{
		text("customer_id", "The customer, and the record's key", func(d *Data) string { return d.CustomerID }).atLeast(1),
		count("version", "1 for the customer's first change, then one more each: a gap means a change was missed",
			func(d *Data) int64 { return int64(d.Version) }).atLeast(1).ofMove(),
		word("reason", "Why the value or the standing changed", reasons, func(d *Data) string { return d.Reason.String() }).ofMove(),
		instant("as_of", "The instant that the value holds for: the customer's latest event time or, where time caused the change, that instant",
			func(d *Data) int64 { return d.Current.AsOfMicros }),
	}},
	{Name: "cause", About: "What changed the value", Fields: []Field{
		put("event_id", "The event that changed the value; where time did, the change's own id", appendCauseID).ofMove(),
		word("type", "Its type", causes, func(d *Data) string { return d.Cause.Kind.String() }).ofMove(),
		text("order_id", "Its order", func(d *Data) string { return d.Cause.OrderID }).null("for other events than `order.*`").ofMove(),
		instant("occurred_at", "When it happened", func(d *Data) int64 { return d.Cause.AtMicros }).ofMove(),
	}},
	{Fields: []Field{
		text("currency", "ISO 4217 code of every amount here", func(d *Data) string { return d.Currency.String() }).matching("^[A-Z]{3}$"),
	}},
	{Name: "clv", About: "The lifetime value, and what it is made of", Fields: []Field{
		amount("previous", "The value of the change before this one; 0 for the first", func(d *Data) int64 { return minorOf(d.PreviousMinor) }).ofMove(),
		amount("current", "The lifetime value: historic + predicted", currentMinor),
		amount("delta", "current − previous", func(d *Data) int64 { return currentMinor(d) - minorOf(d.PreviousMinor) }).ofMove(),
		amount("historic", "Net margin to date", historicMinor),
		amount("predicted", "Discounted expected margin within the model's horizon", func(d *Data) int64 { return currentMinor(d) - historicMinor(d) }),
		amount("residual", "The same over the infinite horizon", func(d *Data) int64 { return minorOf(d.Current.ResidualMinor) }).
			absentUnless(func(d *Data) bool { return d.Current.ResidualKnown }, "where the model has none"),
	}},
	{Fields: []Field{
		word("status", "Whether the customer orders", statuses, func(d *Data) string { return d.Current.Status.String() }),
		number("p_alive", "Probability that the customer has not left; 0 while no order stands", func(d *Data) float64 { return d.Current.PAlive }).share(),
		number("expected_orders", "Purchase days expected within the model's horizon", func(d *Data) float64 { return d.Current.ExpectedOrders }).atLeast(0),
		amount("expected_spend", "Expected amount of a purchase day", func(d *Data) int64 { return minorOf(d.Current.SpendMinor) }),
		number("next_order_days", "Median days to the next order if the customer is alive", func(d *Data) float64 { return d.Current.NextOrderDays }).
			nullUnless(func(d *Data) bool { return d.Current.NextOrderDays > 0 }, "where the model has none").atLeast(0),
		count("orders", "Orders that stand: not cancelled, not refunded whole", func(d *Data) int64 { return int64(d.facts().Orders) }),
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
	{Name: "stage", About: "Where silence has brought the customer", Absent: "while no order stands",
		there: func(d *Data) bool { return d.Standing.Stage != standing.NoStage }, Fields: []Field{
			word("previous", "As last announced", stages, func(d *Data) string { return d.Was.Stage.String() }).ofMove(),
			word("current", "As of as_of", stages, func(d *Data) string { return d.Standing.Stage.String() }),
			instant("since", "When the stage was entered", func(d *Data) int64 { return d.Standing.StageMicros }),
			count("silence_days", "Days since the last purchase day", func(d *Data) int64 { return int64(d.Silence.Days) }),
			number("silence_quantile", "How likely an order would have come by now if the customer went on in their own rhythm; 0 where none is known",
				func(d *Data) float64 { return d.Silence.Quantile }).share(),
			amount("expected_loss", "By how much clv.predicted has fallen since the last purchase day", func(d *Data) int64 { return minorOf(d.Silence.LossMinor) }).
				absentUnless(entersSilence, "unless a stage of silence is entered"),
			day("best_moment", "The day on which clv.predicted falls most: the best day to speak to the customer", func(d *Data) calendar.Day { return d.Silence.BestDay }).
				absentUnless(entersSilence, "unless a stage of silence is entered"),
		}},
	{Name: "tier", About: "The tier that the value has reached", Absent: "where no tiers are configured",
		there: func(d *Data) bool { return d.Tier != standing.TierMove{} }, Fields: []Field{
			text("previous", "As last announced", func(d *Data) string { return d.Tier.Was }).null("for none").ofMove(),
			text("current", "As of as_of", func(d *Data) string { return d.Tier.Now }).null("for none"),
			word("direction", "From previous to current", directions, direction).ofMove(),
			text("next", "The next higher tier", func(d *Data) string { return d.Tier.Next }).null("in the highest"),
			amount("distance", "What is missing to the next tier", func(d *Data) int64 { return minorOf(d.Tier.MissingMinor) }).
				nullUnless(func(d *Data) bool { return d.Tier.Next != "" }, "in the highest"),
			truth("approaching", "No more is missing than was configured", func(d *Data) bool { return d.Standing.Approaching }),
		}},
	{Name: "acquisition", About: "What it cost to win the customer, and whether that pays", Absent: "until `customer.acquired` told the cost",
		there: func(d *Data) bool { return d.Current.Acquisition.Known }, Fields: []Field{
			amount("cost", "What it cost to win the customer", costMinor),
			text("channel", "Through which channel", func(d *Data) string { return d.Current.Acquisition.Channel }).null("where none was told"),
			amount("net_clv", "clv.current − cost", func(d *Data) int64 { return currentMinor(d) - costMinor(d) }),
			number("clv_to_cac", "clv.current ÷ cost", func(d *Data) float64 { return d.Current.CLVMinor / float64(costMinor(d)) }).
				nullUnless(func(d *Data) bool { return costMinor(d) > 0 }, "when the cost is 0"),
			truth("worthwhile", "clv_to_cac is not below the configured floor", func(d *Data) bool { return d.Standing.Worthwhile }),
			day("break_even", "The day by which margin covers the cost, past or expected", func(d *Data) calendar.Day { return d.BreakEven.Day }).
				nullUnless(func(d *Data) bool { return d.BreakEven.Kind != estimate.BreakEvenUnknown }, "where it is not expected within the model's horizon"),
			truth("broken_even", "It does already", func(d *Data) bool { return d.BreakEven.Kind == estimate.BreakEvenReached }),
		}},
	{Name: "model", About: "What valued the customer", Fields: []Field{
		text("name", "The model, such as mbgnbd", func(d *Data) string { return d.ModelName }),
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
