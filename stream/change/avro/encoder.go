package avro

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/stream/change"
)

// Encoder writes changes in one currency. It is one goroutine's.
type Encoder struct {
	data  change.Data
	scale uint64 // from minor units to those of the schema
	flat  bool
	text  []byte // kept to be used again
}

// NewEncoder writes changes of a currency, with objects or flat.
func NewEncoder(currency money.Currency, flat bool) *Encoder {
	e := &Encoder{data: change.Data{Currency: currency}, scale: 1, flat: flat}
	for range moneyScale - currency.Exponent() {
		e.scale *= 10
	}
	return e
}

// magic begins a value whose schema's id follows.
const magic = 0

// Append appends a change, behind the id of its schema.
func (e *Encoder) Append(dst []byte, schemaID uint32, c *clv.Change) []byte {
	e.data.Change = c
	dst = binary.BigEndian.AppendUint32(append(dst, magic), schemaID)
	objects := change.Objects()
	for i := range objects {
		dst = e.object(dst, &objects[i])
	}
	return dst
}

func (e *Encoder) object(dst []byte, o *change.Object) []byte {
	there := o.There(&e.data)
	if o.Absent != "" && !e.flat {
		if !there {
			return append(dst, branchNull)
		}
		dst = append(dst, branchValue)
	}
	for i := range o.Fields {
		f := &o.Fields[i]
		if !mayBeNull(f, e.flat) {
			dst = e.value(dst, f)
		} else if there && f.Known(&e.data) {
			dst = e.value(append(dst, branchValue), f)
		} else {
			dst = append(dst, branchNull)
		}
	}
	return dst
}

// mayBeNull says whether a field is a union with null.
func mayBeNull(f *change.Field, flat bool) bool {
	return f.Null != "" || f.Absent != "" || flat && f.MayLack()
}

// The branches of a union with null, as they are written.
const (
	branchNull  = 0
	branchValue = 1 << 1
)

func (e *Encoder) value(dst []byte, f *change.Field) []byte {
	switch f.Type {
	case change.Count, change.Time, change.Day:
		return binary.AppendVarint(dst, f.Whole(&e.data))
	case change.Money:
		return e.decimal(dst, f.Whole(&e.data))
	case change.Number:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f.Number(&e.data)))
	case change.Truth:
		if f.Truth(&e.data) {
			return append(dst, 1)
		}
		return append(dst, 0)
	default:
		e.text = f.AppendText(e.text[:0], &e.data)
		return append(binary.AppendVarint(dst, int64(len(e.text))), e.text...)
	}
}

// decimal appends an amount in units of the schema's scale: as few bytes of two's complement as
// hold it, the highest first.
func (e *Encoder) decimal(dst []byte, minor int64) []byte {
	magnitude := uint64(minor)
	if minor < 0 {
		magnitude = -magnitude
	}
	high, low := bits.Mul64(magnitude, e.scale)
	if minor < 0 {
		var borrow uint64
		low, borrow = bits.Sub64(0, low, 0)
		high, _ = bits.Sub64(0, high, borrow)
	}
	var whole [16]byte
	binary.BigEndian.PutUint64(whole[:], high)
	binary.BigEndian.PutUint64(whole[8:], low)
	few := whole[:]
	for len(few) > 1 && (few[0] == 0 && few[1] < 0x80 || few[0] == 0xff && few[1] >= 0x80) {
		few = few[1:] // it only repeats the sign
	}
	return append(binary.AppendVarint(dst, int64(len(few))), few...)
}
