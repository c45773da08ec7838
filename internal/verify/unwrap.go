package verify

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
)

// fields are an object's members as they are written. A member that is null is
// left out.
type fields map[string]json.RawMessage

// maxDepth is how deep an event may nest.
const maxDepth = 64

// unwrap finds an event's fields: in the value, or within the CloudEvent that
// the value and the headers are.
func unwrap(r *kgo.Record) (fields, history.RefusalReason) {
	headers := map[string][]byte{}
	for _, h := range r.Headers {
		if h.Key == "Content-Type" {
			h.Key = "content-type"
		}
		headers[h.Key] = h.Value
	}
	mediaType, _, _ := strings.Cut(string(headers["content-type"]), ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	switch {
	case mediaType == "application/cloudevents+json":
		return unwrapStructured(r.Value)
	case strings.HasPrefix(mediaType, "application/cloudevents"):
		return nil, history.Undecodable
	case headers["ce_specversion"] != nil:
		return unwrapBinary(headers, r.Value)
	}
	return objectOf(r.Value, fields{})
}

// unwrapBinary reads a CloudEvent whose attributes are headers. What the data
// says itself goes first.
func unwrapBinary(headers map[string][]byte, value []byte) (fields, history.RefusalReason) {
	if string(headers["ce_specversion"]) != "1.0" {
		return nil, history.BadField
	}
	attributes := fields{}
	for header, name := range map[string]string{"ce_type": "type", "ce_id": "event_id", "ce_time": "occurred_at"} {
		text := headers[header]
		if text == nil {
			continue
		}
		if !utf8.Valid(text) {
			return nil, history.Undecodable
		}
		attributes[name], _ = json.Marshal(string(text)) // a string is never refused
	}
	return objectOf(value, attributes)
}

func unwrapStructured(value []byte) (fields, history.RefusalReason) {
	envelope, refused := objectOf(value, fields{})
	if refused != 0 {
		return nil, refused
	}
	attributes := fields{}
	for from, name := range map[string]string{"type": "type", "id": "event_id", "time": "occurred_at"} {
		if raw, given := envelope[from]; given {
			attributes[name] = raw
		}
	}
	data, hasData := envelope["data"]
	encoded, hasEncoded := envelope["data_base64"]
	switch {
	case string(envelope["specversion"]) != `"1.0"`, hasData && hasEncoded:
		return nil, history.BadField
	case hasData:
		return objectOf(data, attributes)
	case !hasEncoded:
		return nil, history.MissingField
	}
	var plain []byte
	var text string
	err := json.Unmarshal(encoded, &text)
	if err == nil {
		plain, err = base64.StdEncoding.DecodeString(text)
	}
	if err != nil {
		return nil, history.BadField
	}
	return objectOf(plain, attributes)
}

// objectOf reads one JSON object over what is known already.
func objectOf(value []byte, known fields) (fields, history.RefusalReason) {
	var members fields
	if json.Unmarshal(value, &members) != nil || members == nil { // not JSON, no object, or null
		return nil, history.Undecodable
	}
	if !utf8.Valid(value) || hasHalfSurrogate(value) || !namesDiffer(value) { // encoding/json would let that pass
		return nil, history.Undecodable
	}
	for name, raw := range members {
		if string(raw) != "null" {
			known[name] = raw
		}
	}
	return known, 0
}

// namesDiffer walks valid JSON and says whether every object's names differ and
// nothing is nested too deep.
func namesDiffer(value []byte) bool {
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	return walk(decoder, 1)
}

func walk(decoder *json.Decoder, depth int) bool {
	token, err := decoder.Token()
	bracket, nested := token.(json.Delim)
	if err != nil || nested && depth > maxDepth {
		return false
	}
	if !nested {
		return true
	}
	names := map[json.Token]bool{}
	for decoder.More() {
		if bracket == '{' {
			name, err := decoder.Token()
			if err != nil || names[name] {
				return false
			}
			names[name] = true
		}
		if !walk(decoder, depth+1) {
			return false
		}
	}
	_, err = decoder.Token()
	return err == nil
}

// hasHalfSurrogate finds \ud800 to \udfff without its other half.
func hasHalfSurrogate(value []byte) bool {
	for i := 0; i+1 < len(value); i++ {
		if value[i] != '\\' {
			continue
		}
		i++
		if value[i] != 'u' {
			continue
		}
		unit := unitAt(value, i+1)
		i += 4
		if unit < 0xd800 || unit > 0xdfff {
			continue
		}
		low := uint64(0)
		if bytes.HasPrefix(value[min(i+1, len(value)):], []byte(`\u`)) {
			low = unitAt(value, i+3)
		}
		if unit > 0xdbff || low < 0xdc00 || low > 0xdfff {
			return true
		}
		i += 6
	}
	return false
}

// unitAt is the UTF-16 unit that four hexadecimal digits say, 0 if they do not.
func unitAt(value []byte, at int) uint64 {
	if at+4 > len(value) {
		return 0
	}
	unit, _ := strconv.ParseUint(string(value[at:at+4]), 16, 16)
	return unit
}
