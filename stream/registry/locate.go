package registry

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"

	"github.com/clvstream/clvstream/stream/event"
)

// schemaID names one schema of a registry.
type schemaID struct {
	number Number
	value  uint64
	guid   [16]byte
}

func (id schemaID) String() string { return string(id.number) + " " + id.text() }

// text is the number as it stands in an address.
func (id schemaID) text() string {
	if id.number != GUID {
		return strconv.FormatUint(id.value, 10)
	}
	g := hex.EncodeToString(id.guid[:])
	return g[:8] + "-" + g[8:12] + "-" + g[12:16] + "-" + g[16:20] + "-" + g[20:]
}

const (
	idFollows   = 0 // before four or eight bytes
	guidFollows = 1 // before the 16 bytes of a GUID

	guidBytes = 16
)

// located is a value without what says its schema.
type located struct {
	id     schemaID
	value  []byte
	header []byte // what stands behind the id in its header
}

// locate finds a schema's id where the settings say that it stands. What is not there is a
// text for people.
func (s *Settings) locate(value []byte, headers []event.Header) (l located, wrong string) {
	switch s.Form {
	case Header:
		return s.inHeader(value, headers)
	case Prefix8:
		return s.prefixed(value, 8)
	default:
		return s.prefixed(value, 4)
	}
}

func (s *Settings) prefixed(value []byte, size int) (l located, wrong string) {
	if len(value) < 1+size || value[0] != idFollows {
		return l, fmt.Sprintf("the value does not begin with a byte 0 and %d bytes of a schema's id, as form: %s says: set where its writer puts the id", size, s.Form)
	}
	l.id, wrong = s.id(value[1 : 1+size])
	l.value = value[1+size:]
	return l, wrong
}

func (s *Settings) inHeader(value []byte, headers []event.Header) (l located, wrong string) {
	name, held := s.header(), []byte(nil)
	for _, h := range headers { // the last of one name counts, as for Kafka's clients
		if string(h.Key) == name {
			held = h.Value
		}
	}
	if held == nil {
		return l, "the record has no header " + name + " with a schema's id, as form: header says: set header, or where its writer puts the id"
	}
	l.value = value
	size, first := 8, -1
	switch s.Number {
	case GUID:
		size, first = guidBytes, guidFollows
	case ID:
		size, first = 4, idFollows
	}
	if first >= 0 && len(held) > 0 {
		if held[0] != byte(first) {
			return l, "the header " + name + " does not begin as one with a number: " + string(s.Number) + " does: set number as its writer has it"
		}
		held = held[1:]
	}
	if len(held) < size || first < 0 && len(held) != size {
		return l, fmt.Sprintf("the header %s has not the %d bytes of a number: %s: set number as its writer has it", name, size, s.Number)
	}
	l.header = held[size:]
	l.id, wrong = s.id(held[:size])
	return l, wrong
}

// id reads a number, of which registries give those above zero.
func (s *Settings) id(raw []byte) (id schemaID, wrong string) {
	id.number = s.Number
	most := uint64(math.MaxInt64)
	switch len(raw) {
	case guidBytes:
		copy(id.guid[:], raw)
		return id, ""
	case 8:
		id.value = binary.BigEndian.Uint64(raw)
	default:
		id.value = uint64(binary.BigEndian.Uint32(raw))
		most = math.MaxInt32
	}
	if id.value == 0 || id.value > most {
		return id, "no schema has the id that stands in " + string(s.Form) + ": set form: prefix4, prefix8 or header as its writer has it"
	}
	return id, ""
}
