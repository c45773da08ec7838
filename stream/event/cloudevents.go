package event

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clvstream/clvstream/clv/history"
)

// CloudEvents 1.0 arrive in one of two modes, distinguished by the record's headers
// as the Kafka binding says:
//
//	binary      ce_specversion, ce_type, ce_id, ce_time …   the value is the data
//	structured  content-type: application/cloudevents+json  the value is {"specversion", "type", "id", "time", "data", …}
//
// Either way the envelope's type, id and time stand in where the data has no
// type, event_id and occurred_at of its own.
const (
	structuredPrefix = "application/cloudevents"
	structuredJSON   = "application/cloudevents+json"
)

// envelope is what a record's headers say around its value.
type envelope struct {
	contentType, traceparent        []byte
	specVersion, typeName, id, time []byte // ce_…; nil when absent
}

// readHeaders takes the last of headers that occur twice, as Kafka clients do.
func readHeaders(headers []Header) (e envelope) {
	for i := range headers {
		value := headers[i].Value
		switch string(headers[i].Key) {
		case "traceparent":
			e.traceparent = value
		case "content-type", "Content-Type":
			e.contentType = value
		case "ce_specversion":
			e.specVersion = value
		case "ce_type":
			e.typeName = value
		case "ce_id":
			e.id = value
		case "ce_time":
			e.time = value
		}
	}
	if !isTraceparent(e.traceparent) {
		e.traceparent = nil
	}
	return e
}

// TraceParent is the W3C trace context that a record's headers have; nil: none that is
// well-formed.
func TraceParent(headers []Header) []byte {
	e := readHeaders(headers)
	return e.traceparent
}

// unwrap finds the data of a record, and puts what its envelope says into d.in.
func (d *Decoder) unwrap(e *envelope, value []byte) (data []byte, refused *history.Refusal) {
	mediaType, _, _ := bytes.Cut(e.contentType, []byte{';'})
	mediaType = bytes.TrimSpace(mediaType)
	switch {
	case bytes.EqualFold(mediaType, []byte(structuredJSON)):
		return d.unwrapStructured(value)
	case len(mediaType) >= len(structuredPrefix) && bytes.EqualFold(mediaType[:len(structuredPrefix)], []byte(structuredPrefix)):
		return nil, refuse(history.Undecodable, "of the structured CloudEvents formats only %s is read, one event a record", structuredJSON)
	case e.specVersion != nil:
		return value, d.unwrapBinary(e)
	}
	return value, nil
}

func (d *Decoder) unwrapBinary(e *envelope) *history.Refusal {
	if string(e.specVersion) != "1.0" {
		return refuse(history.BadField, "ce_specversion is not 1.0")
	}
	d.quoted = d.quoted[:0]
	for _, attribute := range []struct {
		f     Field
		value []byte
	}{{FieldType, e.typeName}, {FieldEventID, e.id}, {FieldOccurredAt, e.time}} {
		if attribute.value == nil {
			continue
		}
		if !utf8.Valid(attribute.value) {
			return refuse(history.Undecodable, "the CloudEvents header for %s is not valid UTF-8", attribute.f)
		}
		start := len(d.quoted)
		d.quoted, _ = jsontext.AppendQuote(d.quoted, attribute.value)
		d.in.json[attribute.f] = d.quoted[start:]
	}
	return nil
}

func (d *Decoder) unwrapStructured(value []byte) (data []byte, refused *history.Refusal) {
	var version, base64Data []byte
	err := d.reader.begin(value)
	for err == nil {
		var name, member []byte
		if name, member, err = d.reader.next(); err != nil || member[0] == 'n' {
			continue
		}
		switch string(name) {
		case "specversion":
			version = member
		case "type":
			d.in.json[FieldType] = member
		case "id":
			d.in.json[FieldEventID] = member
		case "time":
			d.in.json[FieldOccurredAt] = member
		case "data":
			data = member
		case "data_base64":
			base64Data = member
		}
	}
	switch {
	case !errors.Is(err, io.EOF):
		return nil, d.reader.undecodable(err)
	case string(version) != `"1.0"`:
		return nil, refuse(history.BadField, "the envelope's specversion is not 1.0")
	case data == nil && base64Data == nil:
		return nil, refuse(history.MissingField, "the CloudEvents envelope has neither data nor data_base64")
	case data != nil && base64Data != nil:
		return nil, refuse(history.BadField, "the CloudEvents envelope has both data and data_base64")
	case data != nil:
		return data, nil
	}
	return decodeBase64(base64Data)
}

func decodeBase64(value []byte) (data []byte, refused *history.Refusal) {
	if value[0] != '"' {
		return nil, refuse(history.BadField, "data_base64 must be a JSON string")
	}
	data, err := base64.StdEncoding.AppendDecode(nil, Unquote(value))
	if err != nil {
		return nil, refuse(history.BadField, "data_base64 is not base64")
	}
	return data, nil
}

// isTraceparent accepts a W3C trace context: version, trace id, parent id and
// flags in lower-case hexadecimal, the ids not all zero.
func isTraceparent(text []byte) bool {
	const form = "00-00000000000000000000000000000000-0000000000000000-00"
	if len(text) != len(form) {
		return false
	}
	for i := range len(form) {
		hex := isDigit(text[i]) || 'a' <= text[i] && text[i] <= 'f'
		if form[i] == '-' && text[i] != '-' || form[i] != '-' && !hex {
			return false
		}
	}
	return string(text[:2]) != "ff" && string(text[3:35]) != form[3:35] && string(text[36:52]) != form[36:52]
}
