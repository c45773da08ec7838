package layout

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/clvstream/clvstream/clv/calendar"
)

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

func appendBytes(dst, b []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(b)))
	return append(dst, b...)
}

func appendFloat(dst []byte, f float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f))
}

// reader takes stored bytes apart. They are a string, as Redis' client gives them,
// and the strings in them are parts of it: a ledger has hundreds. After the first
// error it returns zeros, so the error is looked at once, at the end. What it accepts
// is written in one way only: decoded and encoded again, bytes stay the same.
type reader struct {
	rest  string
	err   error
	later error // of a value that a later version has given a meaning
	// former says that they are of an entry's layout before the one that is written: see
	// eventOf.
	former bool
	made   *strings.Builder // ids that are put together: see room
	memory *Memory          // nil: each part is allocated
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.rest, r.err = "", err
	}
}

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.fail(errTruncated)
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func newer(what string, value byte) error {
	return fmt.Errorf("%s %d is %w", what, value, ErrNewer)
}

// schema reads the version of a layout, of which some are known. None was ever 0.
func (r *reader) schema(oldest, newest byte) byte {
	b := r.byte()
	if b < oldest || b > newest {
		r.otherSchema(b, newest)
	}
	return b
}

func (r *reader) otherSchema(b, newest byte) {
	switch {
	case b > newest:
		r.fail(newer("layout version", b))
	case b == 0:
		r.fail(errForeign)
	default:
		r.fail(fmt.Errorf("layout version %d is %w", b, ErrOlder))
	}
}

// known passes one of so many known values on. Reading goes on behind one that is
// not: where what follows cannot be read, the bytes are damaged and not newer.
func (r *reader) known(value, values byte, what string) byte {
	if value >= values {
		r.unknown(value, what)
	}
	return value
}

func (r *reader) unknown(value byte, what string) {
	if r.later == nil {
		r.later = newer(what, value)
	}
}

// flags is a byte of known bits. What follows others is not known.
func (r *reader) flags(known byte) byte {
	b := r.byte()
	if b&^known != 0 {
		r.fail(newer("flags", b))
	}
	return b
}

// end is what there is to say of bytes that should be read to their end.
func (r *reader) end(what string) error {
	if len(r.rest) == 0 && r.err == nil && r.later == nil {
		return nil
	}
	return r.wrong(what)
}

func (r *reader) wrong(what string) error {
	if len(r.rest) > 0 {
		r.fail(fmt.Errorf("%w: %d bytes too many", ErrDamaged, len(r.rest)))
	}
	return fmt.Errorf("decode %s: %w", what, cmp.Or(r.err, r.later))
}

// uvarint reads an LEB128 varint, most of which are of one byte.
func (r *reader) uvarint() uint64 {
	if len(r.rest) > 0 && r.rest[0] < 0x80 {
		v := uint64(r.rest[0])
		r.rest = r.rest[1:]
		return v
	}
	return r.longUvarint()
}

// longUvarint reads any. A last byte of zero is one too many.
func (r *reader) longUvarint() uint64 {
	var v uint64
	for i := range min(len(r.rest), binary.MaxVarintLen64) {
		b := r.rest[i]
		v |= uint64(b&0x7f) << (7 * i)
		switch {
		case b >= 0x80:
			continue
		case i > 0 && b == 0, i == binary.MaxVarintLen64-1 && b > 1: // beyond 64 bits
			r.fail(errForeign)
			return 0
		}
		r.rest = r.rest[i+1:]
		return v
	}
	r.fail(errTruncated)
	return 0
}

// varint reads a zigzag varint, as encoding/binary writes it.
func (r *reader) varint() int64 {
	v := r.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// int32 is a varint of 32 bits.
func (r *reader) int32() int32 {
	v := r.varint()
	if v != int64(int32(v)) {
		r.fail(errForeign)
	}
	return int32(v)
}

func (r *reader) day() calendar.Day { return calendar.Day(r.int32()) }

// count reads a number of elements of at least one byte each, so that broken
// bytes cannot ask for more memory than they have themselves.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.fail(errTruncated)
		return 0
	}
	return int(n)
}

func (r *reader) string() string {
	n := r.count()
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

// remainder is all that is left, as the last field.
func (r *reader) remainder() string {
	rest := r.rest
	r.rest = ""
	return rest
}

func (r *reader) bytes() []byte { return []byte(r.string()) }

// fixed is so many bytes, or none where there are fewer.
func (r *reader) fixed(bytes int) string {
	if len(r.rest) < bytes {
		r.fail(errTruncated)
		return ""
	}
	b := r.rest[:bytes]
	r.rest = r.rest[bytes:]
	return b
}

func (r *reader) fixed16() uint16 {
	b := r.fixed(2)
	if b == "" {
		return 0
	}
	return uint16(b[0]) | uint16(b[1])<<8
}

func (r *reader) fixed32() uint32 {
	low := r.fixed16()
	return uint32(low) | uint32(r.fixed16())<<16
}

func (r *reader) fixed64() uint64 {
	if len(r.rest) < 8 {
		r.fail(errTruncated)
		return 0
	}
	b := r.rest[:8]
	r.rest = r.rest[8:]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

func (r *reader) float() float64 { return math.Float64frombits(r.fixed64()) }
