package webhook

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Message is a change on its way to a receiver.
type Message struct {
	ID          string // webhook-id: the same of every try
	Type        string // of the event
	Time        string // when it occurred, RFC 3339
	Data        []byte // the change's JSON, byte for byte as on Kafka
	TraceParent string // of the order that caused it; empty: none
}

// Headers of a change's record, see docs/events.md.
const (
	headerID    = "ce_id"
	headerType  = "ce_type"
	headerTime  = "ce_time"
	headerTrace = "traceparent"
)

// MessageOf reads a record of an audience's topic. One that is no change is refused; the error
// says nothing of what it holds.
func MessageOf(record *kgo.Record) (Message, error) {
	m := Message{Data: record.Value}
	for _, h := range record.Headers {
		switch h.Key {
		case headerID:
			m.ID = escapeID(string(h.Value))
		case headerType:
			m.Type = string(h.Value)
		case headerTime:
			m.Time = string(h.Value)
		case headerTrace:
			m.TraceParent = string(h.Value)
		}
	}
	switch {
	case m.ID == "" || m.Type == "" || m.Time == "":
		return Message{}, fmt.Errorf("it lacks one of the headers %s, %s and %s", headerID, headerType, headerTime)
	case !jsontext.Value(m.Data).IsValid():
		return Message{}, errors.New("its value is not JSON")
	}
	return m, nil
}

// Body is what is sent: the structure that the specification recommends, with the change's
// bytes as they are.
func (m *Message) Body() []byte {
	body := make([]byte, 0, len(m.Data)+len(m.Type)+len(m.Time)+40)
	body = append(body, `{"type":`...)
	body = appendText(body, m.Type)
	body = append(body, `,"timestamp":`...)
	body = appendText(body, m.Time)
	body = append(body, `,"data":`...)
	body = append(body, m.Data...)
	return append(body, '}')
}

// appendText appends a JSON string; what is not UTF-8 is replaced.
func appendText(dst []byte, text string) []byte {
	dst, _ = jsontext.AppendQuote(dst, strings.ToValidUTF8(text, "\uFFFD")) // which fails on nothing else
	return dst
}

// escapeID makes a header's value of a change's id, which may hold a customer's. The
// specification wants no full stop in it: what is signed is delimited by them. So these, %
// itself, spaces and what is not printable ASCII stand as % and two hexadecimal digits.
func escapeID(id string) string {
	const hex = "0123456789ABCDEF"
	plain := true
	for i := range len(id) {
		plain = plain && !escaped(id[i])
	}
	if plain {
		return id
	}
	var b strings.Builder
	for i := range len(id) {
		if c := id[i]; escaped(c) {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func escaped(c byte) bool { return c <= ' ' || c >= 0x7f || c == '.' || c == '%' }
