package event

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"

	"github.com/clvstream/clvstream/clv/history"
)

// Field is a member of the wire format that some kind of event reads. docs/events.md
// says which, and what each holds.
type Field uint8

// The fields, and how many there are.
const (
	FieldType Field = iota
	FieldEventID
	FieldCustomerID
	FieldOccurredAt
	FieldOrderID
	FieldRefundID
	FieldAmount
	FieldCurrency
	FieldChannel
	FieldMargin
	FieldCost
	FieldProbability
	FieldVersion
	FieldUpdatedAt
	FieldCount
)

var fieldNames = [FieldCount]string{"type", "event_id", "customer_id", "occurred_at", "order_id", "refund_id",
	"amount", "currency", "channel", "margin", "cost", "probability", "version", "updated_at"}

// String is the member's name, such as "event_id".
func (f Field) String() string { return fieldNames[f] }

// FieldOf is the field of a member's name. It is a switch because it is asked for every
// member of every event.
func FieldOf(name []byte) (f Field, known bool) {
	switch string(name) {
	case "type":
		return FieldType, true
	case "event_id":
		return FieldEventID, true
	case "customer_id":
		return FieldCustomerID, true
	case "occurred_at":
		return FieldOccurredAt, true
	case "order_id":
		return FieldOrderID, true
	case "refund_id":
		return FieldRefundID, true
	case "amount":
		return FieldAmount, true
	case "currency":
		return FieldCurrency, true
	case "channel":
		return FieldChannel, true
	case "margin":
		return FieldMargin, true
	case "cost":
		return FieldCost, true
	case "probability":
		return FieldProbability, true
	case "version":
		return FieldVersion, true
	case "updated_at":
		return FieldUpdatedAt, true
	}
	return 0, false
}

// Members are the members of one event as JSON values; nil: the event has none of that name.
type Members [FieldCount][]byte

// fields are the known members of one event as JSON values. Absent and null are
// one: many serialisers write null for what they do not have.
type fields struct {
	json    Members
	refused *history.Refusal // the first thing found amiss
}

// set keeps a value. What an envelope said stands until the data says it too.
func (in *fields) set(f Field, value []byte) {
	if value[0] != 'n' {
		in.json[f] = value
	}
}

// read keeps the known members of an object and skips the others, so that
// producers may add fields of their own.
func (in *fields) read(r *objectReader, data []byte) *history.Refusal {
	if in.readPlain(data) {
		return nil
	}
	return in.readStrict(r, data)
}

func (in *fields) readStrict(r *objectReader, data []byte) *history.Refusal {
	err := r.begin(data)
	for err == nil {
		var name, value []byte
		if name, value, err = r.next(); err != nil {
			break
		}
		if f, known := FieldOf(name); known {
			in.set(f, value)
		}
	}
	if !errors.Is(err, io.EOF) {
		return r.undecodable(err)
	}
	return nil
}

func (in *fields) refuse(reason history.RefusalReason, format string, values ...any) {
	if in.refused == nil {
		in.refused = refuse(reason, format, values...)
	}
}

// text is what a field says, nil when it does not say anything.
func (in *fields) text(f Field) []byte {
	value := in.json[f]
	if value == nil {
		return nil
	}
	if value[0] != '"' {
		in.refuse(history.BadField, "%s must be a JSON string", f)
		return nil
	}
	return Unquote(value)
}

func (in *fields) require(f Field) bool {
	if in.json[f] == nil {
		in.refuse(history.MissingField, "%s is missing or null", f)
	}
	return in.refused == nil
}

func (in *fields) id(f Field, maxBytes int) string {
	if !in.require(f) {
		return ""
	}
	id := in.text(f)
	switch {
	case in.refused != nil:
	case len(id) == 0 || len(id) > maxBytes:
		in.refuse(history.BadID, "%s has %d bytes; 1 to %d are allowed", f, len(id), maxBytes)
	case len(bytes.TrimSpace(id)) == 0:
		in.refuse(history.BadID, "%s is nothing but blanks", f)
	}
	return in.keep(id)
}

func (in *fields) optionalText(f Field, maxBytes int) string {
	text := in.text(f)
	if len(text) > maxBytes {
		in.refuse(history.BadField, "%s has %d bytes; up to %d are allowed", f, len(text), maxBytes)
	}
	return in.keep(text)
}

// keep copies what goes into the event, so that it holds no record's memory.
func (in *fields) keep(text []byte) string {
	if in.refused != nil {
		return ""
	}
	return string(text)
}

// kind accepts a kind's name as it is and as the end of a dotted name, such as
// com.example.shop.order.placed.
func (in *fields) kind() history.Kind {
	if !in.require(FieldType) {
		return 0
	}
	name := in.text(FieldType)
	if in.refused != nil {
		return 0
	}
	if last := bytes.LastIndexByte(name, '.'); last >= 0 {
		name = name[bytes.LastIndexByte(name[:last], '.')+1:]
	}
	kind, ok := history.ParseKind(string(name))
	if !ok {
		in.refuse(history.UnknownType, "type is none of order.placed, order.refunded, order.cancelled, refund.reverted, "+
			"churn.confirmed, churn.reverted, churn.predicted, customer.acquired, customer.erased")
	}
	return kind
}

func (in *fields) micros(f Field) int64 {
	if !in.require(f) {
		return 0
	}
	text := in.text(f)
	if in.refused != nil {
		return 0
	}
	micros, ok := parseTime(text)
	if !ok {
		in.refuse(history.BadTime, "%s is not an RFC 3339 time with a zone, such as 2026-03-14T09:26:53.589Z", f)
	}
	return micros
}

// version is a whole number of 0 and more.
func (in *fields) version(f Field) int64 {
	value := in.json[f]
	if !isNumber(value) {
		in.refuse(history.BadField, "%s must be a JSON number", f)
		return 0
	}
	version, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || version < 0 || value[0] == '-' {
		in.refuse(history.BadField, "%s must be a whole number from 0 to %d, without a point or an exponent", f, int64(math.MaxInt64))
	}
	return version
}

func (in *fields) probability(f Field) float64 {
	if !in.require(f) {
		return 0
	}
	value := in.json[f]
	if !isNumber(value) {
		in.refuse(history.BadField, "%s must be a JSON number", f)
		return 0
	}
	p, err := strconv.ParseFloat(string(value), 64)
	if err != nil || p < 0 || p > 1 {
		in.refuse(history.BadField, "%s must be from 0 to 1", f)
	}
	return p
}

func isNumber(value []byte) bool { return value[0] == '-' || '0' <= value[0] && value[0] <= '9' }
