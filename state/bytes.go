package state

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/clvstream/clvstream/clv/calendar"
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

// reader takes stored bytes apart. They are a string, as Redis' client gives them,
// and the strings in them are parts of it: a ledger has hundreds. After the first
// error it returns zeros, so the error is looked at once, at the end. What it accepts
// is written in one way only: decoded and encoded again, bytes stay the same.
type reader struct {
	rest string
	err  error
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

// flags is a byte of known bits.
func (r *reader) flags(known byte) byte {
	b := r.byte()
	if b&^known != 0 {
		r.fail(errForeign)
	}
	return b
}

// uvarint reads an LEB128 varint. A last byte of zero is one too many.
func (r *reader) uvarint() uint64 {
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
// bytes can not ask for more memory than they have themselves.
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

func (r *reader) bytes() []byte { return []byte(r.string()) }

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
