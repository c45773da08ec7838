package avro

import "github.com/clvstream/clvstream/stream/registry/jsonform"

// Schema is a parsed schema. It is safe for concurrent use.
type Schema struct{ root *node }

type kind uint8

const (
	kindNull kind = iota + 1
	kindBoolean
	kindInt
	kindLong
	kindFloat
	kindDouble
	kindBytes
	kindString
	kindRecord
	kindEnum
	kindArray
	kindMap
	kindUnion
	kindFixed
)

var kinds = map[string]kind{
	"null": kindNull, "boolean": kindBoolean, "int": kindInt, "long": kindLong, "float": kindFloat, "double": kindDouble,
	"bytes": kindBytes, "string": kindString, "record": kindRecord, "error": kindRecord, "enum": kindEnum,
	"array": kindArray, "map": kindMap, "fixed": kindFixed,
}

// logical is what a value means beside how it is written.
type logical uint8

const (
	logicalNone logical = iota
	logicalDecimal
	logicalDate
	logicalTime
	logicalInstant
	logicalLocal
	logicalUUID
	logicalDuration
)

// node is one type of a schema. Types that name themselves make it a graph with cycles.
type node struct {
	kind    kind
	logical logical
	name    string // as the JSON encoding of a union names it: full, or of the primitive

	digits           int // of a time's unit
	precision, scale int // of a decimal
	size             int // of a fixed

	fields   []field  // of a record
	symbols  []string // of an enum
	quoted   [][]byte // the symbols as JSON
	branches []*node  // of a union
	items    *node    // of an array or a map
}

type field struct {
	name string
	key  []byte // "name":
	of   *node
}

// appendNumber appends an int or a long as what it means.
func (n *node) appendNumber(dst []byte, v int64) []byte {
	switch n.logical {
	case logicalDate:
		return jsonform.AppendDate(dst, v)
	case logicalTime:
		return jsonform.AppendTimeOfDay(dst, v, n.digits)
	case logicalInstant:
		return jsonform.AppendInstant(dst, v, n.digits)
	case logicalLocal:
		return jsonform.AppendLocal(dst, v, n.digits)
	default:
		return appendInt(dst, v)
	}
}

// appendBytes appends bytes or a fixed as what they mean.
func (n *node) appendBytes(dst, raw []byte) ([]byte, error) {
	switch n.logical {
	case logicalDecimal:
		return jsonform.AppendDecimal(dst, raw, n.scale, n.precision)
	case logicalUUID:
		return appendUUID(dst, raw), nil
	case logicalDuration:
		return appendDuration(dst, raw), nil
	default:
		return jsonform.AppendBase64(dst, raw), nil
	}
}
