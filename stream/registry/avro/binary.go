package avro

import (
	"encoding/binary"
	"math"

	"github.com/clvstream/clvstream/stream/registry/jsonform"
)

// AppendJSON appends the JSON of a value in the binary encoding: all of its bytes, and at
// most limit bytes of JSON.
func (s *Schema) AppendJSON(dst, value []byte, limit int) ([]byte, error) {
	d := binaryDecoder{data: value, nesting: nesting{limit: len(dst) + limit}}
	dst, err := d.value(dst, s.root)
	if err == nil && len(d.data) > 0 {
		err = jsonform.Bad("has more bytes than its schema takes")
	}
	return dst, err
}

type binaryDecoder struct {
	data []byte // what is left
	nesting
}

var errShort = jsonform.Bad("ends before its schema does")

func (d *binaryDecoder) value(dst []byte, n *node) ([]byte, error) {
	if err := d.enter(len(dst)); err != nil {
		return dst, err
	}
	defer d.leave()
	switch n.kind {
	case kindNull:
		return append(dst, "null"...), nil
	case kindBoolean:
		b, err := d.take(1)
		if err == nil && b[0] > 1 {
			err = jsonform.Bad("is no boolean")
		}
		return jsonform.AppendBool(dst, err == nil && b[0] == 1), err
	case kindInt, kindLong:
		v, err := d.number(n.kind)
		return n.appendNumber(dst, v), err
	case kindFloat, kindDouble:
		return d.float(dst, n.kind)
	case kindBytes, kindString, kindFixed:
		return d.bytes(dst, n)
	case kindEnum:
		at, err := d.index(len(n.quoted))
		if err != nil {
			return dst, jsonform.Bad("is no symbol of its enum")
		}
		return append(dst, n.quoted[at]...), nil
	case kindUnion:
		at, err := d.index(len(n.branches))
		if err != nil {
			return dst, jsonform.Bad("is no branch of its union")
		}
		return d.value(dst, n.branches[at])
	case kindRecord:
		return d.record(dst, n)
	default:
		return d.blocks(dst, n)
	}
}

func (d *binaryDecoder) record(dst []byte, n *node) ([]byte, error) {
	dst = append(dst, '{')
	for i := range n.fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = d.value(append(dst, n.fields[i].key...), n.fields[i].of); err != nil {
			return dst, jsonform.In(n.fields[i].name, err)
		}
	}
	return append(dst, '}'), nil
}

// blocks reads an array or a map: blocks of elements, each with their number first, until
// there is one of none.
func (d *binaryDecoder) blocks(dst []byte, n *node) ([]byte, error) {
	open, end := byte('['), byte(']')
	if n.kind == kindMap {
		open, end = '{', '}'
	}
	var keys seenKeys
	dst = append(dst, open)
	for first := true; ; {
		count, err := d.blockCount()
		if err != nil || count == 0 {
			return append(dst, end), err
		}
		for range count {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			if n.kind == kindMap {
				if dst, err = d.key(dst, &keys); err != nil {
					return dst, err
				}
			}
			if dst, err = d.value(dst, n.items); err != nil {
				return dst, err
			}
		}
	}
}

// blockCount is how many elements a block has. A negative number is followed by the block's
// size, for those who skip it.
func (d *binaryDecoder) blockCount() (uint64, error) {
	count, err := d.number(kindLong)
	if err != nil || count >= 0 {
		return uint64(count), err
	}
	_, err = d.number(kindLong)
	return -uint64(count), err
}

func (d *binaryDecoder) key(dst []byte, keys *seenKeys) ([]byte, error) {
	key, err := d.prefixed()
	if err != nil {
		return dst, err
	}
	if keys.again(key) {
		return dst, jsonform.Bad("is a map that has a key twice")
	}
	dst, err = jsonform.AppendText(dst, key)
	return append(dst, ':'), err
}

func (d *binaryDecoder) bytes(dst []byte, n *node) (_ []byte, err error) {
	var raw []byte
	if n.kind == kindFixed {
		raw, err = d.take(n.size)
	} else {
		raw, err = d.prefixed()
	}
	if err != nil {
		return dst, err
	}
	if n.kind == kindString {
		return jsonform.AppendText(dst, raw)
	}
	return n.appendBytes(dst, raw)
}

func (d *binaryDecoder) float(dst []byte, k kind) ([]byte, error) {
	size := 8
	if k == kindFloat {
		size = 4
	}
	raw, err := d.take(size)
	if err != nil {
		return dst, err
	}
	if k == kindFloat {
		return jsonform.AppendFloat(dst, float64(math.Float32frombits(binary.LittleEndian.Uint32(raw))), 32), nil
	}
	return jsonform.AppendFloat(dst, math.Float64frombits(binary.LittleEndian.Uint64(raw)), 64), nil
}

// number reads a zigzag varint of 32 or 64 bits.
func (d *binaryDecoder) number(k kind) (int64, error) {
	v, size := binary.Varint(d.data)
	switch {
	case size == 0:
		return 0, errShort
	case size < 0, k == kindInt && v != int64(int32(v)):
		return 0, jsonform.Bad("is a whole number of more bits than its type")
	}
	d.data = d.data[size:]
	return v, nil
}

func (d *binaryDecoder) index(count int) (int, error) {
	at, err := d.number(kindInt)
	if err == nil && (at < 0 || at >= int64(count)) {
		err = errShort
	}
	return int(at), err
}

// prefixed takes bytes whose number stands before them.
func (d *binaryDecoder) prefixed() ([]byte, error) {
	size, err := d.number(kindLong)
	if err != nil {
		return nil, err
	}
	if size < 0 || size > int64(len(d.data)) {
		return nil, errShort
	}
	return d.take(int(size))
}

func (d *binaryDecoder) take(size int) ([]byte, error) {
	if size > len(d.data) {
		return nil, errShort
	}
	taken := d.data[:size]
	d.data = d.data[size:]
	return taken, nil
}
