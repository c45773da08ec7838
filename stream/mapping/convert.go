package mapping

import (
	"bytes"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/event"
)

// found is what stands at a path: JSON, or the text of a header, a key or a topic.
type found struct {
	bytes []byte // nil: nothing, or null
	plain bool   // a text as it is, without JSON's quotes
}

func (f found) isText() bool   { return f.plain || f.bytes[0] == '"' }
func (f found) isNumber() bool { return !f.plain && (f.bytes[0] == '-' || isDigit(f.bytes[0])) }

// isUnreadable says that it would be in a text that holds no JSON.
func (f found) isUnreadable() bool {
	return !f.plain && len(f.bytes) > 0 && f.bytes[0] == unreadable[0]
}

// notHeld is what is wrong then.
const notHeld = "is in a text that is no JSON"

// text is what a text says.
func (f found) text() []byte {
	if f.plain {
		return f.bytes
	}
	return event.Unquote(f.bytes)
}

// flaw is why a value cannot be used.
type flaw struct {
	reason history.RefusalReason
	text   string // of the path, such as "is no number"
}

func bad(reason history.RefusalReason, text string) *flaw { return &flaw{reason, text} }

// conversion turns what stands at a path into the JSON of an event's member, appended to dst.
type conversion func(dst []byte, v found, o *options) ([]byte, *flaw)

// options are what a field's table says beside its path and type.
type options struct {
	scale      int            // of a decimal: digits behind the point
	zone       *time.Location // in which a time without a zone stands
	upper      bool
	lower      bool
	negate     bool
	comma      bool   // a decimal has a comma where others have a point
	layout     string // of a time on the wall clock, as package time has it; empty: wallClockForms
	roundTo    int    // digits behind the point; -1: as it is
	translated map[string]string
	nulls      []string
}

// conversions are the types of fields by name.
var conversions = map[string]conversion{
	"id":             convertID,
	"text":           convertText,
	"as_is":          convertAsIs,
	"decimal":        convertDecimal,
	"number_as_text": convertNumberAsText,
	"minor":          convertMinor,
	"base64_decimal": convertBase64Decimal,
	"rfc3339":        convertText, // whether it is one is checked with the event
	"wall_clock":     convertWallClock,
	"unix":           epoch(time.Second),
	"unix_ms":        epoch(time.Millisecond),
	"unix_us":        epoch(time.Microsecond),
	"unix_ns":        epoch(time.Nanosecond),
	"days":           epoch(24 * time.Hour),
	"integer":        convertInteger,
	"number":         convertNumber,
}

// convertID takes a text, or a whole number as its digits. o is nil for a part of a join.
func convertID(dst []byte, v found, o *options) ([]byte, *flaw) {
	switch {
	case v.isNumber():
		if bytes.ContainsAny(v.bytes, ".eE") {
			return dst, bad(history.BadID, "is a number with a point or an exponent: an id is a text or a whole number")
		}
		if o == nil || !o.changeText() {
			return append(append(append(dst, '"'), v.bytes...), '"'), nil
		}
		v.plain = true
	case !v.isText():
		return dst, bad(history.BadID, "is neither a text nor a whole number")
	}
	if o != nil && o.changeText() {
		return translate(dst, v.text(), o)
	}
	return appendText(dst, v)
}

func appendText(dst []byte, v found) ([]byte, *flaw) {
	if !v.plain {
		return append(dst, v.bytes...), nil
	}
	return quote(dst, v.bytes)
}

func quote(dst, text []byte) ([]byte, *flaw) {
	if !utf8.Valid(text) {
		return dst, bad(history.Undecodable, "is not valid UTF-8")
	}
	dst, _ = jsontext.AppendQuote(dst, text)
	return dst, nil
}

// convertAsIs takes a member of what is an event already. No member of an event is an object
// or an array: what is in one is nothing to anybody, and may be of any size.
func convertAsIs(dst []byte, v found, _ *options) ([]byte, *flaw) {
	if !v.plain && (v.bytes[0] == '{' || v.bytes[0] == '[') {
		return append(dst, v.bytes[0], v.bytes[0]+2), nil // the closing ones stand two behind in ASCII
	}
	return appendText(dst, v)
}

func convertText(dst []byte, v found, o *options) ([]byte, *flaw) {
	if !v.isText() {
		return dst, bad(history.BadField, "is not a text")
	}
	if !o.changeText() {
		return appendText(dst, v)
	}
	return translate(dst, v.text(), o)
}

func (o *options) changeText() bool { return o.upper || o.lower || o.translated != nil }

// translate appends a text in other letters, or in other words.
func translate(dst, text []byte, o *options) ([]byte, *flaw) {
	switch {
	case o.upper:
		text = bytes.ToUpper(text)
	case o.lower:
		text = bytes.ToLower(text)
	}
	if o.translated != nil {
		other, known := o.translated[string(text)]
		if !known {
			if other, known = o.translated["*"]; !known {
				return dst, bad(history.BadField, "is none of the texts that the mapping translates")
			}
		}
		if other != "=" {
			text = []byte(other)
		}
	}
	return quote(dst, text)
}

func convertInteger(dst []byte, v found, _ *options) ([]byte, *flaw) {
	n, wrong := wholeNumber(v)
	return strconv.AppendInt(dst, n, 10), wrong
}

// wholeNumber takes a whole number, also as a text.
func wholeNumber(v found) (int64, *flaw) {
	text := v.bytes
	if v.isText() {
		text = v.text()
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0, bad(history.BadField, "is no whole number")
	}
	return n, nil
}

func convertNumber(dst []byte, v found, _ *options) ([]byte, *flaw) {
	text := v.bytes
	if v.isText() {
		text = v.text()
	}
	var s scanner
	if s.data = text; len(text) == 0 || text[0] != '-' && !isDigit(text[0]) || s.number() != nil || s.at != len(text) {
		return dst, bad(history.BadField, "is no number")
	}
	return append(dst, text...), nil
}
