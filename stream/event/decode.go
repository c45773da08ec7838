package event

import (
	"fmt"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// The limits that a Rules left at zero stands for.
const (
	DefaultMaxEventBytes  = 1 << 20 // an order is some 200 bytes; what is a thousand times that is no order
	DefaultMaxIDBytes     = 256     // a UUID is 36; ids become Redis keys and ledger entries
	DefaultMaxAmountMinor = 1e12    // ten billion euros; a million such orders still fit into 64 bits
	maxChannelBytes       = 64
)

// Rules are the settings that decide which events are accepted, and in which
// currency and day they count. None of them uses a clock, so that a replay
// decides the same.
type Rules struct {
	Rates           *money.Rates      // into the business's currency; required
	Calendar        calendar.Calendar // the day of an event, for its conversion rate
	Oldest          time.Time         // events before are refused; zero: any time goes
	FutureTolerance time.Duration     // how far an event may be ahead of its record's timestamp
	MaxEventBytes   int               // of a record's value; 0: DefaultMaxEventBytes
	MaxIDBytes      int               // of each id; 0: DefaultMaxIDBytes
	MaxAmountMinor  int64             // of each amount, in the business's currency; 0: DefaultMaxAmountMinor
	// OrderIndex lets refunds, reverts and cancels leave the customer out: it is found
	// through their order.
	OrderIndex bool
}

// Decoder turns records into events. It is for one goroutine: it reuses what it
// reads with. An event's strings are its own and keep no record alive.
type Decoder struct {
	rules        Rules
	oldestMicros int64
	reader       objectReader
	in           fields
	quoted       []byte // CloudEvents headers as JSON strings
}

// NewDecoder makes a decoder that holds events to the rules.
func NewDecoder(rules Rules) *Decoder {
	if rules.MaxEventBytes == 0 {
		rules.MaxEventBytes = DefaultMaxEventBytes
	}
	if rules.MaxIDBytes == 0 {
		rules.MaxIDBytes = DefaultMaxIDBytes
	}
	if rules.MaxAmountMinor == 0 {
		rules.MaxAmountMinor = DefaultMaxAmountMinor
	}
	return &Decoder{rules: rules, oldestMicros: rules.Oldest.UnixMicro()}
}

// Decode reads the event that a record carries, or says why it cannot be used.
// traceparent is the record's W3C trace context, nil when it has none that is
// well-formed; it is part of the record's memory.
func (d *Decoder) Decode(r *Record) (e history.Event, traceparent []byte, refused *history.Refusal) {
	envelope := readHeaders(r.Headers)
	e, refused = d.decode(r, &envelope)
	return e, envelope.traceparent, refused
}

// DecodeMembers reads the event that has these members, as Decode does once it has found
// them. recordMillis is the timestamp of their record.
func (d *Decoder) DecodeMembers(members *Members, recordMillis int64) (history.Event, *history.Refusal) {
	d.in = fields{json: *members}
	e := d.event(recordMillis)
	if d.in.refused != nil {
		return history.Event{}, d.in.refused
	}
	return e, nil
}

// CheckSize refuses a record without a value, or with one that is too large to be looked at.
func (d *Decoder) CheckSize(r *Record) *history.Refusal {
	switch {
	case r.Value == nil:
		return refuse(history.NullValue, "the record has no value")
	case len(r.Value) > d.rules.MaxEventBytes:
		return refuse(history.TooLarge, "the value has %d bytes, the limit is %d", len(r.Value), d.rules.MaxEventBytes)
	}
	return nil
}

func (d *Decoder) decode(r *Record, envelope *envelope) (history.Event, *history.Refusal) {
	if refused := d.CheckSize(r); refused != nil {
		return history.Event{}, refused
	}
	d.in = fields{}
	data, refused := d.unwrap(envelope, r.Value)
	if refused != nil {
		return history.Event{}, refused
	}
	if refused = d.in.read(&d.reader, data); refused == nil {
		e := d.event(r.TimestampMillis)
		if d.in.refused == nil {
			return e, nil
		}
		refused = d.in.refused
	}
	advise(refused, data, r.Headers)
	return history.Event{}, refused
}

// customer is the event's customer; empty where it is to be found through the event's order.
func (d *Decoder) customer(kind history.Kind) string {
	if d.in.json[FieldCustomerID] == nil && kind.OfOrder() && kind != history.OrderPlaced {
		if d.rules.OrderIndex {
			return ""
		}
		d.in.refuse(history.MissingField, "customer_id is missing or null; with input.order_index it would be found through the order")
	}
	return d.in.id(FieldCustomerID, d.rules.MaxIDBytes)
}

// event reads what its kind needs. The first thing amiss is kept in
// d.in.refused, and what is read after it is not used.
func (d *Decoder) event(recordMillis int64) history.Event {
	in := &d.in
	kind := in.kind()
	e := history.Event{
		Kind:       kind,
		ID:         in.id(FieldEventID, d.rules.MaxIDBytes),
		CustomerID: d.customer(kind),
		AtMicros:   in.micros(FieldOccurredAt),
	}
	d.checkTime(FieldOccurredAt, e.AtMicros, recordMillis)
	if e.Kind.OfOrder() {
		d.readTelling(&e, recordMillis)
	}
	switch e.Kind {
	case history.OrderPlaced:
		e.OrderID = in.id(FieldOrderID, d.rules.MaxIDBytes)
		e.Channel = in.optionalText(FieldChannel, maxChannelBytes)
		d.readOrderMoney(&e)
	case history.OrderRefunded:
		e.OrderID = in.id(FieldOrderID, d.rules.MaxIDBytes)
		e.RefundID = in.id(FieldRefundID, d.rules.MaxIDBytes)
		e.AmountMinor, e.Own = d.ownAmount(d.currency(), &e)
	case history.RefundReverted:
		e.OrderID = in.id(FieldOrderID, d.rules.MaxIDBytes)
		e.RefundID = in.id(FieldRefundID, d.rules.MaxIDBytes)
	case history.OrderCancelled:
		e.OrderID = in.id(FieldOrderID, d.rules.MaxIDBytes)
	case history.ChurnPredicted:
		e.Probability = in.probability(FieldProbability)
	case history.CustomerAcquired:
		e.Channel = in.optionalText(FieldChannel, maxChannelBytes)
		e.AmountMinor = d.amount(FieldCost, d.currency(), &e)
	}
	return e
}

// readTelling reads which of two tellings of one thing is newer.
func (d *Decoder) readTelling(e *history.Event, recordMillis int64) {
	if d.in.json[FieldUpdatedAt] != nil {
		e.UpdatedMicros = d.in.micros(FieldUpdatedAt)
		d.checkTime(FieldUpdatedAt, e.UpdatedMicros, recordMillis)
	}
	if d.in.json[FieldVersion] != nil {
		e.Version, e.Versioned = d.in.version(FieldVersion), true
	}
}

// checkTime compares with the record's timestamp and not with now: clocks lie,
// but a replay must decide as the first run did.
func (d *Decoder) checkTime(f Field, atMicros, recordMillis int64) {
	if d.in.refused != nil {
		return
	}
	if atMicros < d.oldestMicros {
		d.in.refuse(history.BadTime, "%s is before %s, the oldest time accepted", f, d.rules.Oldest.UTC().Format(time.RFC3339))
	}
	// Subtracting on this side cannot overflow: years have four digits.
	if atMicros/1000-d.rules.FutureTolerance.Milliseconds() > recordMillis {
		d.in.refuse(history.FutureTime, "%s is more than %s ahead of the record's Kafka timestamp", f, d.rules.FutureTolerance)
	}
}

func refuse(reason history.RefusalReason, format string, values ...any) *history.Refusal {
	return &history.Refusal{Reason: reason, Detail: fmt.Sprintf(format, values...)}
}
