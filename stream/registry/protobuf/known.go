package protobuf

import (
	"bytes"
	"fmt"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/clvstream/clvstream/stream/registry/jsonform"
)

// known appends a message that has a form of its own.
type known func(d *decoder, dst []byte, m *message, found []occurrence, data []byte) ([]byte, error)

type knownMessage struct {
	fields string // its fields, without which another message has taken its name
	form   known
}

var knownMessages = map[protoreflect.FullName]knownMessage{
	"google.protobuf.Timestamp":   {"seconds:1:int64 nanos:2:int32", appendTimestamp},
	"google.protobuf.Duration":    {"seconds:1:int64 nanos:2:int32", appendDuration},
	"google.protobuf.DoubleValue": {"value:1:double", appendWrapped},
	"google.protobuf.FloatValue":  {"value:1:float", appendWrapped},
	"google.protobuf.Int64Value":  {"value:1:int64", appendWrapped},
	"google.protobuf.UInt64Value": {"value:1:uint64", appendWrapped},
	"google.protobuf.Int32Value":  {"value:1:int32", appendWrapped},
	"google.protobuf.UInt32Value": {"value:1:uint32", appendWrapped},
	"google.protobuf.BoolValue":   {"value:1:bool", appendWrapped},
	"google.protobuf.StringValue": {"value:1:string", appendWrapped},
	"google.protobuf.BytesValue":  {"value:1:bytes", appendWrapped},
	"google.protobuf.Struct":      {"fields:1:message", appendWrapped},
	"google.protobuf.ListValue":   {"values:1:message", appendWrapped},
	"google.protobuf.Value": {"null_value:1:enum number_value:2:double string_value:3:string bool_value:4:bool " +
		"struct_value:5:message list_value:6:message", appendAny},
	"confluent.type.Decimal": {"value:1:bytes precision:2:uint32 scale:3:int32", appendDecimal},
	"google.type.Decimal":    {"value:1:string", appendWrapped},
	"google.type.Money":      {"currency_code:1:string units:2:int64 nanos:3:int32", appendMoney},
	"google.type.Date":       {"year:1:int32 month:2:int32 day:3:int32", appendDate},
	"google.type.TimeOfDay":  {"hours:1:int32 minutes:2:int32 seconds:3:int32 nanos:4:int32", appendTimeOfDay},
}

// knownForm is nil for a message that is an object of its fields.
func knownForm(d protoreflect.MessageDescriptor) known {
	k, ok := knownMessages[d.FullName()]
	if !ok {
		return nil
	}
	var fields []byte
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		fields = fmt.Appendf(fields, "%s:%d:%s ", f.Name(), f.Number(), f.Kind())
	}
	if string(bytes.TrimRight(fields, " ")) != k.fields {
		return nil
	}
	return k.form
}

// number is the value of a whole number among a message's fields; 0 where it is not there.
func number(m *message, found []occurrence, data []byte, index int) int64 {
	v := uint64(0)
	for _, o := range found {
		if o.field == int32(index) {
			v, _ = protowire.ConsumeVarint(data[o.start:o.end])
		}
	}
	return signed(m.fields[index].kind, v)
}

// content is the bytes of a text or bytes among a message's fields.
func content(found []occurrence, data []byte, index int) (raw []byte) {
	for _, o := range found {
		if o.field == int32(index) {
			raw = data[o.start:o.end]
		}
	}
	return raw
}

func appendTimestamp(_ *decoder, dst []byte, m *message, found []occurrence, data []byte) ([]byte, error) {
	return jsonform.AppendSeconds(dst, number(m, found, data, 0), int32(number(m, found, data, 1)))
}

func appendDuration(_ *decoder, dst []byte, m *message, found []occurrence, data []byte) ([]byte, error) {
	dst, err := appendNanos(append(dst, '"'), number(m, found, data, 0), number(m, found, data, 1))
	return append(dst, 's', '"'), err
}

// appendWrapped appends the one field of a message as if it stood in the message's place.
func appendWrapped(d *decoder, dst []byte, m *message, found []occurrence, data []byte) ([]byte, error) {
	return d.field(dst, &m.fields[0], found, data)
}

// appendAny appends a value of JSON.
func appendAny(d *decoder, dst []byte, m *message, found []occurrence, data []byte) ([]byte, error) {
	if len(found) == 0 {
		return dst, jsonform.Bad("is a value of no kind")
	}
	before := len(dst)
	dst, err := d.field(dst, &m.fields[found[0].field], found, data)
	if err == nil && found[0].field == 0 {
		dst = append(dst[:before], "null"...)
	}
	return dst, err
}

func appendDecimal(_ *decoder, dst []byte, m *message, found []occurrence, data []byte) ([]byte, error) {
	return jsonform.AppendDecimal(dst, content(found, data, 0), int(number(m, found, data, 2)), 0)
}

// appendMoney appends the amount as one decimal: parts cannot be added up by a mapping.
func appendMoney(_ *decoder, dst []byte, m *message, found []occurrence, data []byte) ([]byte, error) {
	dst, err := jsonform.AppendText(append(dst, `{"currency_code":`...), content(found, data, 0))
	if err != nil {
		return dst, jsonform.In("currency_code", err)
	}
	dst, err = appendNanos(append(dst, `,"amount":"`...), number(m, found, data, 1), number(m, found, data, 2))
	return append(dst, '"', '}'), err
}

const nanosPerUnit = 1_000_000_000

// appendNanos appends a number of units and billionths, which have one sign.
func appendNanos(dst []byte, units, nanos int64) ([]byte, error) {
	if nanos <= -nanosPerUnit || nanos >= nanosPerUnit || units > 0 && nanos < 0 || units < 0 && nanos > 0 {
		return dst, jsonform.Bad("has nanos beyond a unit, or of another sign than its units")
	}
	if units == 0 && nanos < 0 {
		dst = append(dst, '-')
	}
	dst = strconv.AppendInt(dst, units, 10)
	if nanos == 0 {
		return dst, nil
	}
	if nanos < 0 {
		nanos = -nanos
	}
	dst = fmt.Appendf(dst, ".%09d", nanos)
	return bytes.TrimRight(dst, "0"), nil
}

// appendDate appends a day; parts that are not given are 0, as the message has it.
func appendDate(_ *decoder, dst []byte, m *message, found []occurrence, data []byte) ([]byte, error) {
	year, month, day := number(m, found, data, 0), number(m, found, data, 1), number(m, found, data, 2)
	if year < 0 || year > 9999 || month < 0 || month > 12 || day < 0 || day > 31 {
		return dst, jsonform.Bad("is no date")
	}
	return fmt.Appendf(dst, `"%04d-%02d-%02d"`, year, month, day), nil
}

func appendTimeOfDay(_ *decoder, dst []byte, m *message, found []occurrence, data []byte) ([]byte, error) {
	hours, minutes, seconds := number(m, found, data, 0), number(m, found, data, 1), number(m, found, data, 2)
	nanos := number(m, found, data, 3)
	if hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59 || nanos < 0 || nanos >= nanosPerUnit {
		return dst, jsonform.Bad("is no time of a day")
	}
	return jsonform.AppendTimeOfDay(dst, (hours*3600+minutes*60+seconds)*nanosPerUnit+nanos, jsonform.Nanos), nil
}
