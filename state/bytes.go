package state

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/clvstream/clvstream/clv"
)

// What a reader says of stored bytes that end too soon or claim a length that
// they do not have, and of those that this program would write otherwise.
var (
	errTruncated = errors.New("bytes end too soon")
	errForeign   = errors.New("bytes hold what is never written")
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

// reader takes stored bytes apart. After the first error it returns zeros, so
// the error is looked at once, at the end. What it accepts is written in one way
// only: decoded and encoded again, bytes stay the same.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.rest, r.err = nil, err
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

// flags is a byte of known bits.
func (r *reader) flags(known byte) byte {
	b := r.byte()
	if b&^known != 0 {
		r.fail(errForeign)
	}
	return b
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	r.skipVarint(n)
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	r.skipVarint(n)
	return v
}

// skipVarint steps over the n bytes of a varint: none when it is not whole. A
// last byte of zero is one too many.
func (r *reader) skipVarint(n int) {
	switch {
	case n <= 0:
		r.fail(errTruncated)
	case n > 1 && r.rest[n-1] == 0:
		r.fail(errForeign)
	default:
		r.rest = r.rest[n:]
	}
}

// int32 is a varint of 32 bits.
func (r *reader) int32() int32 {
	v := r.varint()
	if v != int64(int32(v)) {
		r.fail(errForeign)
	}
	return int32(v)
}

func (r *reader) day() clv.Day { return clv.Day(r.int32()) }

// count reads a number of elements of at least one byte each, so that broken
// bytes can not ask for more memory than they have themselves.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.fail(errTruncated)
		return 0
	}
	return int(n)
}

// bytes are not copied.
func (r *reader) bytes() []byte {
	n := r.count()
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) string() string { return string(r.bytes()) }

func (r *reader) fixed64() uint64 {
	if len(r.rest) < 8 {
		r.fail(errTruncated)
		return 0
	}
	v := binary.LittleEndian.Uint64(r.rest)
	r.rest = r.rest[8:]
	return v
}

func (r *reader) float() float64 { return math.Float64frombits(r.fixed64()) }
