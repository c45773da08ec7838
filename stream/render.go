package stream

import (
	"math"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
)

// ChangeType is the CloudEvents type of a change; schema/clv.changed.json
// describes its data.
const ChangeType = "io.clvstream.clv.changed.v1"

// renderer turns outbox items into the records that the world sees. It belongs to
// one goroutine.
type renderer struct {
	topics   cluster.OutputTopics
	currency money.Currency
	source   []byte // CloudEvents source

	cause    []byte // kept to be used again
	instants instants
	page     page
}

// records render a change for the changes and for the current topic: one record but
// for the topic.
func (r *renderer) records(source layout.Source, item *layout.Item) (change, latest *kgo.Record) {
	key := r.page.text(item.Change.CustomerID)
	record := kgo.Record{Key: key, Value: r.change(item.Change), Headers: r.changeHeaders(source, item, key), Topic: r.topics.Changes}
	change = r.page.record(record)
	record.Topic = r.topics.Current
	return change, r.page.record(record)
}

// Headers that are the same of every change.
var (
	cloudEventsVersion = []byte("1.0")
	changeType         = []byte(ChangeType)
	contentType        = []byte("application/json")
)

// change renders a change as the value shared by the changes and the current
// topic. Its JSON is at most two levels deep; money is decimal strings in major
// units; schema/clv.changed.json describes the fields.
func (r *renderer) change(c *clv.Change) []byte {
	e, exponent := &c.Current, r.currency.Exponent()
	historic, current := minorOf(e.HistoricMinor), minorOf(e.CLVMinor)
	previous := minorOf(c.PreviousMinor)
	r.cause = appendCauseID(r.cause[:0], c, &r.instants)
	from := len(r.page.bytes)
	j := object{bytes: r.page.bytes, exponent: exponent, instants: &r.instants}
	j.begin("")
	j.text("customer_id", c.CustomerID)
	j.integer("version", int64(c.Version))
	j.text("reason", c.Reason.String())
	j.instant("as_of", e.AsOfMicros)
	j.begin("cause")
	j.quoted("event_id", r.cause)
	j.text("type", c.Cause.Kind.String())
	j.textOrNull("order_id", c.Cause.OrderID)
	j.instant("occurred_at", c.Cause.AtMicros)
	j.end()
	j.text("currency", r.currency.String())
	j.begin("clv")
	j.money("previous", previous)
	j.money("current", current)
	j.money("delta", current-previous)
	j.money("historic", historic)
	j.money("predicted", current-historic)
	if e.ResidualKnown {
		j.money("residual", minorOf(e.ResidualMinor))
	}
	j.end()
	j.text("status", e.Status.String())
	j.number("p_alive", e.PAlive)
	j.number("expected_orders", e.ExpectedOrders)
	j.money("expected_spend", minorOf(e.SpendMinor))
	j.nextOrder(e)
	j.statistics(&e.Facts)
	j.stage(c)
	j.tier(c)
	j.acquisition(c, current)
	j.begin("model")
	j.text("name", c.ModelName)
	j.text("version", c.ModelVersion)
	j.end()
	j.end()
	r.page.bytes = j.bytes
	return r.page.since(from)
}

func (j *object) nextOrder(e *estimate.Estimate) {
	if e.NextOrderDays > 0 {
		j.number("next_order_days", e.NextOrderDays)
	} else {
		j.null("next_order_days")
	}
}

func (j *object) statistics(f *history.Facts) {
	j.integer("orders", int64(f.Orders))
	j.integer("purchase_days", int64(f.PurchaseDays))
	j.money("revenue", f.RevenueMinor)
	j.money("margin", f.MarginMinor)
	j.integer("recency_days", int64(f.RecencyDays))
	j.integer("age_days", int64(f.AgeDays))
	if f.Orders > 0 {
		j.money("average_order_value", minorOf(float64(f.RevenueMinor)/float64(f.Orders)))
	} else {
		j.null("average_order_value")
	}
	if f.Frequency > 0 {
		j.number("days_between_orders", float64(f.RecencyDays)/float64(f.Frequency))
	} else {
		j.null("days_between_orders")
	}
}

// stage tells where silence has brought the customer.
func (j *object) stage(c *clv.Change) {
	if c.Standing.Stage == standing.NoStage {
		return
	}
	j.begin("stage")
	j.text("previous", c.Was.Stage.String())
	j.text("current", c.Standing.Stage.String())
	j.instant("since", c.Standing.StageMicros)
	j.integer("silence_days", int64(c.Silence.Days))
	j.number("silence_quantile", c.Silence.Quantile)
	if c.Silence.LossKnown {
		j.money("expected_loss", minorOf(c.Silence.LossMinor))
		j.text("best_moment", c.Silence.BestDay.String())
	}
	j.end()
}

// tier tells in which tier the customer is and how far from the next, where there
// are tiers.
func (j *object) tier(c *clv.Change) {
	if c.Tier == (standing.TierMove{}) {
		return
	}
	j.begin("tier")
	j.textOrNull("previous", c.Tier.Was)
	j.textOrNull("current", c.Tier.Now)
	j.text("direction", direction(c.Was.Tier, c.Standing.Tier))
	j.textOrNull("next", c.Tier.Next)
	if c.Tier.Next == "" {
		j.null("distance")
	} else {
		j.money("distance", minorOf(c.Tier.MissingMinor))
	}
	j.boolean("approaching", c.Standing.Approaching)
	j.end()
}

func direction(was, now uint8) string {
	switch {
	case now > was:
		return "up"
	case now < was:
		return "down"
	default:
		return "same"
	}
}

func (j *object) acquisition(c *clv.Change, current int64) {
	e := &c.Current
	if !e.Acquisition.Known {
		return
	}
	j.begin("acquisition")
	j.money("cost", e.Acquisition.CostMinor)
	j.textOrNull("channel", e.Acquisition.Channel)
	j.money("net_clv", current-e.Acquisition.CostMinor)
	if e.Acquisition.CostMinor > 0 {
		j.number("clv_to_cac", e.CLVMinor/float64(e.Acquisition.CostMinor))
	} else {
		j.null("clv_to_cac")
	}
	j.boolean("worthwhile", c.Standing.Worthwhile)
	if c.BreakEven.Kind == estimate.BreakEvenUnknown {
		j.null("break_even")
	} else {
		j.text("break_even", c.BreakEven.Day.String())
	}
	j.boolean("broken_even", c.BreakEven.Kind == estimate.BreakEvenReached)
	j.end()
}

// minorOf rounds half away from zero to whole minor units.
func minorOf(minor float64) int64 { return int64(math.Round(minor)) }

// changeHeaders are the CloudEvents attributes of a change in Kafka's binary
// mode, and the trace of the order that caused it. The key is the customer.
func (r *renderer) changeHeaders(source layout.Source, item *layout.Item, key []byte) []kgo.RecordHeader {
	at := len(r.page.bytes)
	r.page.bytes = r.appendChangeID(r.page.bytes, source, item)
	id := r.page.since(at)
	at = len(r.page.bytes)
	r.page.bytes = r.instants.append(r.page.bytes, item.Change.Current.AsOfMicros)
	headers := [...]kgo.RecordHeader{
		{Key: "ce_specversion", Value: cloudEventsVersion},
		{Key: "ce_type", Value: changeType},
		{Key: "ce_source", Value: r.source},
		{Key: "ce_id", Value: id},
		{Key: "ce_time", Value: r.page.since(at)},
		{Key: "ce_subject", Value: key},
		{Key: "content-type", Value: contentType},
		{Key: traceparentHeader},
	}
	known := len(headers) - 1
	if item.TraceParent != "" {
		headers[known].Value = r.page.text(item.TraceParent)
		known++
	}
	return r.page.head(headers[:known]...)
}

// appendChangeID appends the coordinates of the event that caused the change or,
// where time did, the customer, the instant and the version.
func (r *renderer) appendChangeID(dst []byte, source layout.Source, item *layout.Item) []byte {
	if item.Change.Cause.Kind == history.TimePassed {
		return appendCauseID(dst, item.Change, &r.instants)
	}
	return appendCoordinates(dst, source, item.Offset)
}

// appendCauseID appends the name of what caused a change.
func appendCauseID(dst []byte, c *clv.Change, instants *instants) []byte {
	if c.Cause.Kind != history.TimePassed {
		return append(dst, c.Cause.EventID...)
	}
	dst = append(dst, DueIDPrefix...)
	dst = append(dst, c.CustomerID...)
	dst = instants.append(append(dst, '@'), c.Cause.AtMicros)
	return strconv.AppendUint(append(dst, '#'), c.Version, 10)
}

// DueIDPrefix begins the id of a change that no event caused.
const DueIDPrefix = "due:"

// appendCoordinates appends what names an input record, and with it the one change
// or dead letter that it causes: topic/partition/offset.
func appendCoordinates(dst []byte, source layout.Source, offset int64) []byte {
	dst = append(dst, source.Topic...)
	dst = strconv.AppendInt(append(dst, '/'), int64(source.Partition), 10)
	return strconv.AppendInt(append(dst, '/'), offset, 10)
}
