package recognise

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Record is what is looked at of a record that was refused.
type Record struct {
	Data    []byte   // the value, or what its envelope held
	Headers []string // the names of its headers
}

// hasHeader says whether a header's name has the beginning, whatever its case: HTTP's names,
// which forwarders turn into headers, have none.
func (r *Record) hasHeader(beginning string) bool {
	for _, name := range r.Headers {
		if len(name) >= len(beginning) && strings.EqualFold(name[:len(beginning)], beginning) {
			return true
		}
	}
	return false
}

// Undecodable is advice about data that is no JSON object; empty where it is of no form that
// is known.
func Undecodable(r *Record) string {
	data := bytes.TrimSpace(r.Data)
	switch {
	case hasRegistryPrefix(r.Data):
		if r.Data[registryPrefixBytes] == '{' {
			return adviceRegistryJSON
		}
		return adviceRegistry
	case r.hasHeader("apicurio.value.") || r.hasHeader("__value_schema_id"):
		return adviceRegistry
	case string(data) == "null":
		return adviceNull
	case bytes.HasPrefix(data, []byte{0x1f, 0x8b}):
		return adviceGzip
	case bytes.HasPrefix(data, []byte{'['}):
		return adviceArray
	case holdsObject(data):
		return adviceString
	}
	return ""
}

// registryPrefixBytes are a zero and the four bytes of a schema's id. Prefixes with eight
// bytes of id begin with them, too: the upper four are zero.
const registryPrefixBytes = 5

func hasRegistryPrefix(data []byte) bool { return len(data) > registryPrefixBytes && data[0] == 0 }

// holdsObject says whether data is a JSON string whose text begins as an object.
func holdsObject(data []byte) bool {
	if len(data) == 0 || data[0] != '"' {
		return false
	}
	text, err := jsontext.AppendUnquote(nil, data)
	return err == nil && bytes.HasPrefix(bytes.TrimSpace(text), []byte{'{'})
}

// Object is advice about data that is a JSON object, but no event; empty where it is of no
// source that is known.
func Object(r *Record) string {
	o, ok := membersOf(r.Data)
	if !ok || o.has("event_id", "customer_id") { // an event of ours in which something is amiss
		return ""
	}
	for i := range sources {
		if sources[i].wrote(r, o) {
			return sources[i].advice
		}
	}
	return ""
}
