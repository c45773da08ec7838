package stream

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clvstream/clvstream/clv/money"
)

// object writes a JSON object by hand: there is one for each change, and its
// shape is fixed.
type object struct {
	bytes    []byte
	exponent int
	instants *instants
	comma    bool
}

func (j *object) name(name string) {
	if j.comma {
		j.bytes = append(j.bytes, ',')
	}
	j.comma = true
	if name != "" {
		j.bytes = append(j.bytes, '"')
		j.bytes = append(j.bytes, name...)
		j.bytes = append(j.bytes, '"', ':')
	}
}

func (j *object) begin(name string) {
	j.name(name)
	j.bytes = append(j.bytes, '{')
	j.comma = false
}

func (j *object) end() {
	j.bytes = append(j.bytes, '}')
	j.comma = true
}

// text appends a string. What is not UTF-8 was refused by the decoder.
func (j *object) text(name, value string) {
	j.name(name)
	j.bytes, _ = jsontext.AppendQuote(j.bytes, value)
}

// quoted appends a string that is at hand as bytes.
func (j *object) quoted(name string, value []byte) {
	j.name(name)
	j.bytes, _ = jsontext.AppendQuote(j.bytes, value)
}

func (j *object) textOrNull(name, value string) {
	if value == "" {
		j.null(name)
		return
	}
	j.text(name, value)
}

func (j *object) null(name string) {
	j.name(name)
	j.bytes = append(j.bytes, "null"...)
}

func (j *object) boolean(name string, value bool) {
	j.name(name)
	j.bytes = strconv.AppendBool(j.bytes, value)
}

func (j *object) integer(name string, value int64) {
	j.name(name)
	j.bytes = strconv.AppendInt(j.bytes, value, 10)
}

// number appends the shortest decimal that reads back as the same bits.
func (j *object) number(name string, value float64) {
	j.name(name)
	j.bytes = strconv.AppendFloat(j.bytes, value, 'g', -1, 64)
}

func (j *object) money(name string, minor int64) {
	j.name(name)
	j.bytes = append(j.bytes, '"')
	j.bytes = money.AppendMinor(j.bytes, minor, j.exponent)
	j.bytes = append(j.bytes, '"')
}

func (j *object) instant(name string, micros int64) {
	j.name(name)
	j.bytes = append(j.bytes, '"')
	j.bytes = j.instants.append(j.bytes, micros)
	j.bytes = append(j.bytes, '"')
}

// instants remember the instant that was rendered last: that of the event is in a
// change up to four times.
type instants struct {
	micros int64
	text   []byte // empty: none was rendered
}

func (i *instants) append(dst []byte, micros int64) []byte {
	if len(i.text) == 0 || i.micros != micros {
		i.micros, i.text = micros, appendInstant(i.text[:0], micros)
	}
	return append(dst, i.text...)
}

// appendInstant appends RFC 3339 in UTC, with a fraction where there is one.
func appendInstant(dst []byte, micros int64) []byte {
	return time.UnixMicro(micros).UTC().AppendFormat(dst, time.RFC3339Nano)
}
