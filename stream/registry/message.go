package registry

import (
	"encoding/binary"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/clvstream/clvstream/stream/registry/protobuf"
)

// maxIndexes bounds how deep a message stands in others.
const maxIndexes = 32

const (
	noIndexes    = "the value has no place of its message behind the schema's id, as protobuf: indexes says: set protobuf: name or none as its writer has it"
	noName       = "the value has no name of its message in front, as protobuf: name says: set protobuf: indexes or none as its writer has it"
	noMessage    = "the schema has no message such as the value says: set protobuf (indexes, name, none) as its writer has it"
	severalAre   = "the schema has several messages and protobuf: none does not say which: set message"
	notSaid      = "the schema is Protobuf: set protobuf (indexes, name, none) as its writer has it"
	noSuchNamed  = "the schema has no message of the name that is set: see message"
	bytesInFront = "the header has more bytes behind the id than its schema explains: set number as its writer has it"
)

// messageOf finds which message of a schema a value is, and where it begins.
func (s *Settings) messageOf(schema *protobuf.Schema, l located) (m protobuf.Message, data []byte, wrong string) {
	switch s.Protobuf {
	case ProtobufIndexes:
		return byIndexes(schema, l, s.Form == Header && (s.Number == ID || s.Number == GUID))
	case ProtobufName:
		return byName(schema, l.value)
	case ProtobufNone:
		if s.Message == "" {
			m, err := schema.Only()
			return m, l.value, unless(err, severalAre)
		}
		m, err := schema.ByName(s.Message)
		return m, l.value, unless(err, noSuchNamed)
	default:
		return m, nil, notSaid
	}
}

func unless(err error, wrong string) string {
	if err == nil {
		return ""
	}
	return wrong
}

// byIndexes reads zigzag numbers, how many they are first; none mean the first message. Those
// that follow an id into a header stand there.
func byIndexes(schema *protobuf.Schema, l located, inHeader bool) (m protobuf.Message, data []byte, wrong string) {
	from := l.value
	if inHeader {
		from = l.header
	}
	count, size := binary.Varint(from)
	if size <= 0 || count < 0 || count > maxIndexes {
		return m, nil, noIndexes
	}
	from = from[size:]
	indexes := make([]int, max(1, count))
	for i := range count {
		index, size := binary.Varint(from)
		if size <= 0 || index < 0 || index > maxMessages {
			return m, nil, noIndexes
		}
		indexes[i], from = int(index), from[size:]
	}
	data = from
	if inHeader {
		if data = l.value; len(from) > 0 {
			return m, nil, noIndexes
		}
	}
	m, err := schema.ByIndexes(indexes)
	return m, data, unless(err, noMessage)
}

// maxMessages bounds an index before it is looked up.
const maxMessages = 1 << 20

// byName reads a length and a message whose field 1 is the name.
func byName(schema *protobuf.Schema, value []byte) (m protobuf.Message, data []byte, wrong string) {
	named, size := protowire.ConsumeBytes(value)
	if size < 0 {
		return m, nil, noName
	}
	number, wire, tag := protowire.ConsumeTag(named)
	if tag < 0 || number != 1 || wire != protowire.BytesType {
		return m, nil, noName
	}
	name, length := protowire.ConsumeBytes(named[tag:])
	if length < 0 || tag+length != len(named) {
		return m, nil, noName
	}
	m, err := schema.ByName(string(name))
	return m, value[size:], unless(err, noMessage)
}
