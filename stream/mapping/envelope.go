package mapping

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/event"
)

// envelopeMode says which envelopes are opened.
type envelopeMode int

const (
	anyEnvelope        envelopeMode = iota // auto: what each record has
	noEnvelope                             // none: the value is what it is
	cloudEventEnvelope                     // cloudevents: a record without one is refused
)

var envelopeModes = []string{"auto", "none", "cloudevents"}

// attributeNames are the attributes of CloudEvents that paths may name.
var attributeNames = []string{"id", "source", "type", "time", "subject", "dataschema", "partitionkey"}

// Members by which an envelope is known, and slots for them. They are walked with what
// paths name: a record without an envelope is walked once.
const (
	slotSpecVersion = iota
	slotData
	slotDataBase64
	slotSchema
	slotPayload
	slotAttributes // of attributeNames, in order
)

var slotsOfEnvelopes = slotAttributes + len(attributeNames)

// withEnvelopes is the branch of a value before anything of a mapping is added.
func withEnvelopes() *branch {
	b := newBranch()
	names := append([]string{"specversion", "data", "data_base64", "schema", "payload"}, attributeNames...)
	for slot, name := range names {
		b.at(step{name: name, index: -1}).slot = slot
	}
	return b
}

// mostEnvelopes is how many may be in one another: a CloudEvent whose data is Connect's
// envelope of a JSON text is three.
const mostEnvelopes = 4

// openRecord finds the value of a record within its envelopes and walks it.
func (e *evaluation) openRecord(m *Mapping, value []byte) *flaw {
	clear(e.attributes)
	e.isBatch = false
	structured := false
	if m.envelope != noEnvelope {
		structured = e.readHeaders()
	}
	wrong := e.open(m, value, structured)
	if m.batch != nil {
		copy(e.outer, e.attributes)
	}
	return wrong
}

// openElement does it with an element of a batch. Without attributes of its own it has those
// of the record.
func (e *evaluation) openElement(m *Mapping, value []byte) *flaw {
	copy(e.attributes, e.outer)
	return e.open(m, value, e.isBatch)
}

func (e *evaluation) open(m *Mapping, value []byte, structured bool) *flaw {
	for range mostEnvelopes {
		if value = bytes.TrimSpace(value); len(value) == 0 || string(value) == "null" {
			e.value = nil
			return nil
		}
		if value[0] == '"' && m.envelope != noEnvelope {
			if err := validate(value); err != nil {
				return bad(history.Undecodable, "the value "+err.Error())
			}
			if text := bytes.TrimSpace(event.Unquote(value)); len(text) > 0 && (text[0] == '{' || text[0] == '[') {
				value = text
				continue
			}
		}
		slots := e.slots(0, m.slots)
		if err := e.scanner.scan(value, m.wanted, slots); err != nil {
			return bad(history.Undecodable, "the value "+err.Error())
		}
		e.value = value
		if m.envelope == noEnvelope {
			return nil
		}
		inner, wrong := e.inner(slots, structured)
		if inner == nil || wrong != nil {
			return wrong
		}
		value, structured = inner, false
	}
	return bad(history.Undecodable, "the value has more than four envelopes in one another")
}

// cloudEvent refuses a record without attributes where they are demanded.
func (e *evaluation) cloudEvent(m *Mapping) *flaw {
	if m.envelope == cloudEventEnvelope && !slices.ContainsFunc(e.attributes, func(f found) bool { return f.bytes != nil }) {
		return bad(history.Undecodable, "the record has no CloudEvents envelope, which the mapping demands")
	}
	return nil
}

// readHeaders takes the attributes of CloudEvents' binary mode, and says whether the value is
// of the structured one. Of a batch its elements are.
func (e *evaluation) readHeaders() (structured bool) {
	for i := range e.record.Headers {
		h := &e.record.Headers[i]
		switch name := h.Key; {
		case len(name) > 3 && string(name[:3]) == "ce_":
			if at := slices.Index(attributeNames, string(name[3:])); at >= 0 && h.Value != nil {
				e.attributes[at] = found{bytes: h.Value, plain: true}
			}
		case bytes.EqualFold(name, []byte("content-type")):
			mediaType := bytes.ToLower(h.Value)
			e.isBatch = bytes.HasPrefix(mediaType, []byte("application/cloudevents-batch"))
			structured = !e.isBatch && bytes.HasPrefix(mediaType, []byte("application/cloudevents"))
		}
	}
	return structured
}

// inner is what an envelope holds; nil where the value is none. A CloudEvent is also known
// by its members: some writers label it as plain JSON, or not at all.
func (e *evaluation) inner(slots [][]byte, structured bool) ([]byte, *flaw) {
	isCloudEvent := slots[slotSpecVersion] != nil && slots[slotAttributes] != nil && (slots[slotData] != nil || slots[slotDataBase64] != nil)
	switch {
	case isCloudEvent:
		for i := range attributeNames {
			e.attributes[i] = present(slots[slotAttributes+i])
		}
		if slots[slotData] != nil {
			return slots[slotData], nil
		}
		encoded := found{bytes: slots[slotDataBase64]}
		data, err := []byte(nil), error(nil)
		if encoded.isText() {
			data, err = base64.StdEncoding.AppendDecode(nil, encoded.text())
		}
		if data == nil || err != nil {
			return nil, bad(history.Undecodable, "the envelope's data_base64 is not base64")
		}
		return data, nil
	case structured:
		return nil, bad(history.Undecodable, "the header says that this is a CloudEvents envelope, and it has no specversion, id and data")
	case isConnect(slots):
		return slots[slotPayload], nil
	}
	return nil, nil
}

// isConnect says whether the value is Kafka Connect's envelope of a schema and a payload.
func isConnect(slots [][]byte) bool {
	schema, payload := slots[slotSchema], slots[slotPayload]
	return schema != nil && payload != nil && (schema[0] == '{' || schema[0] == 'n')
}

// present is a value, or nothing where it is null.
func present(json []byte) found {
	if len(json) == 0 || json[0] == 'n' {
		return found{}
	}
	return found{bytes: json}
}

// walkKey walks the record's key: JSON where paths go into it, within Connect's envelope too.
func (e *evaluation) walkKey(m *Mapping) *flaw {
	clear(e.keySlots)
	if e.key = (found{}); len(e.record.Key) == 0 {
		return nil
	}
	if m.keyWhole {
		e.key = e.wholeKey(m)
	}
	if m.keyWanted == nil {
		return nil
	}
	switch err := e.scanner.scan(e.record.Key, m.keyWanted, e.keySlots); {
	case err == nil:
	case errors.Is(err, errNotJSON): // its members are missing
		clear(e.keySlots)
		return nil
	default:
		return bad(history.Undecodable, "the key "+err.Error())
	}
	if m.envelope != noEnvelope && isConnect(e.keySlots) {
		payload := e.keySlots[slotPayload]
		clear(e.keySlots)
		_ = e.scanner.part(payload, m.keyWanted, e.keySlots) // it was walked before
	}
	return nil
}

// wholeKey is the key itself: a JSON text or number, or the bytes as they are.
func (e *evaluation) wholeKey(m *Mapping) found {
	key := e.record.Key
	if key[0] == '{' && m.envelope != noEnvelope {
		var slots [2][]byte
		if e.scanner.scan(key, schemaAndPayload, slots[:]) == nil && slots[0] != nil && slots[1] != nil && slots[0][0] == '{' {
			return present(slots[1])
		}
	}
	if key[0] == '"' && validate(key) == nil {
		return found{bytes: key}
	}
	return found{bytes: key, plain: true}
}

var schemaAndPayload = &branch{slot: -1, members: []member{{"schema", -1, &branch{slot: 0}}, {"payload", -1, &branch{slot: 1}}}}
