package change

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/money"
)

// EventType is the CloudEvents type of a change.
const EventType = "io.clvstream.clv.changed.v1"

// Renderer writes changes as they are published. It is one goroutine's.
type Renderer struct {
	data     Data
	exponent int    // of the currency
	cause    []byte // kept to be used again
}

// NewRenderer writes amounts in a currency.
func NewRenderer(currency money.Currency) Renderer {
	return Renderer{data: Data{Currency: currency}, exponent: currency.Exponent()}
}

// Append appends a change as JSON. It walks the table: each entry has its key ready,
// and appends its own value.
func (r *Renderer) Append(dst []byte, c *clv.Change) []byte {
	r.data.Change = c
	dst = append(dst, '{')
	for i := range table {
		object := &table[i]
		if !object.There(&r.data) {
			continue
		}
		dst = append(dst, object.open...)
		for f := range object.Fields {
			dst = r.field(dst, &object.Fields[f])
		}
		if object.Name != "" {
			dst = append(dst, '}')
		}
	}
	return append(dst, '}')
}

func (r *Renderer) field(dst []byte, f *Field) []byte {
	if f.known != nil && !f.known(&r.data) {
		if f.Absent != "" {
			return dst
		}
		return append(append(dst, f.key...), "null"...)
	}
	return r.value(append(dst, f.key...), f)
}

// value appends what a field says, which is known or a text.
func (r *Renderer) value(dst []byte, f *Field) []byte {
	switch f.Type {
	case Text:
		return r.text(dst, f)
	case Money:
		dst = money.AppendMinor(append(dst, '"'), f.whole(&r.data), r.exponent)
	case Time:
		dst = r.data.times.append(append(dst, '"'), f.whole(&r.data))
	case Day:
		dst = appendDay(append(dst, '"'), f.whole(&r.data))
	case Count:
		return strconv.AppendInt(dst, f.whole(&r.data), 10)
	case Number:
		return AppendNumber(dst, f.number(&r.data))
	default:
		return strconv.AppendBool(dst, f.truth(&r.data))
	}
	return append(dst, '"')
}

// text appends a string. What is not UTF-8 was refused by the decoder.
func (r *Renderer) text(dst []byte, f *Field) []byte {
	if f.append != nil {
		r.cause = f.append(r.cause[:0], &r.data)
		dst, _ = jsontext.AppendQuote(dst, r.cause)
		return dst
	}
	text := f.text(&r.data)
	switch {
	case f.Words != nil: // nothing in them needs escaping
		dst = append(append(dst, '"'), text...)
		return append(dst, '"')
	case text == "" && f.Null != "":
		return append(dst, "null"...)
	default:
		dst, _ = jsontext.AppendQuote(dst, text)
		return dst
	}
}

// AppendCauseID appends what JSON has as cause.event_id: for a change that time
// caused, its own id.
func (r *Renderer) AppendCauseID(dst []byte, c *clv.Change) []byte {
	r.data.Change = c
	return appendCauseID(dst, &r.data)
}

// AppendTime appends an instant, microseconds since 1970, as the fields have it.
func (r *Renderer) AppendTime(dst []byte, micros int64) []byte {
	return r.data.times.append(dst, micros)
}

// instants remember the instant that was rendered last: that of the event is in a
// change up to four times.
type instants struct {
	micros int64
	text   []byte // empty: none was rendered
}

func (i *instants) append(dst []byte, micros int64) []byte {
	if len(i.text) == 0 || i.micros != micros {
		i.micros, i.text = micros, time.UnixMicro(micros).UTC().AppendFormat(i.text[:0], time.RFC3339Nano)
	}
	return append(dst, i.text...)
}
