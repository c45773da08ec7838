package protobuf

import (
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/clvstream/clvstream/stream/registry/jsonform"
)

var errNoSymbol = jsonform.Bad("is a number that its enum has no name for")

// appendWire appends a value from the bytes it is written in.
func (f *field) appendWire(dst, data []byte) ([]byte, error) {
	var v uint64
	size := 0
	switch f.wire {
	case protowire.VarintType:
		v, size = protowire.ConsumeVarint(data)
	case protowire.Fixed32Type:
		var short uint32
		short, size = protowire.ConsumeFixed32(data)
		v = uint64(short)
	case protowire.Fixed64Type:
		v, size = protowire.ConsumeFixed64(data)
	}
	if size < 0 {
		return dst, errBroken
	}
	return f.appendScalar(dst, v, data)
}

// appendScalar appends a number, or a text or bytes.
func (f *field) appendScalar(dst []byte, v uint64, raw []byte) ([]byte, error) {
	switch f.kind {
	case protoreflect.BoolKind:
		return jsonform.AppendBool(dst, v != 0), nil
	case protoreflect.EnumKind:
		symbol, ok := f.symbols[int32(v)]
		if !ok {
			return dst, errNoSymbol
		}
		return append(dst, symbol...), nil
	case protoreflect.FloatKind:
		return jsonform.AppendFloat(dst, float64(math.Float32frombits(uint32(v))), 32), nil
	case protoreflect.DoubleKind:
		return jsonform.AppendFloat(dst, math.Float64frombits(v), 64), nil
	case protoreflect.StringKind:
		return jsonform.AppendText(dst, raw)
	case protoreflect.BytesKind:
		return jsonform.AppendBase64(dst, raw), nil
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return strconv.AppendUint(dst, v, 10), nil
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return strconv.AppendUint(dst, uint64(uint32(v)), 10), nil
	default:
		return strconv.AppendInt(dst, signed(f.kind, v), 10), nil
	}
}

// signed is a whole number with a sign.
func signed(k protoreflect.Kind, v uint64) int64 {
	switch k {
	case protoreflect.Int32Kind, protoreflect.Sfixed32Kind:
		return int64(int32(v))
	case protoreflect.Sint32Kind:
		return protowire.DecodeZigZag(uint64(uint32(v)))
	case protoreflect.Sint64Kind:
		return protowire.DecodeZigZag(v)
	default:
		return int64(v)
	}
}
