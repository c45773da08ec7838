package layout

import (
	"encoding/binary"
	"slices"

	"github.com/clvstream/clvstream/clv/history"
)

// DeadLetter is an input record that could not be used, whole, and why.
type DeadLetter struct {
	Reason          history.RefusalReason
	Detail          string // for people; holds no customer data
	TimestampMillis int64
	Key, Value      []byte
	KeyNull         bool
	ValueNull       bool
	Headers         []Header
	Origin          history.Place // where the record stands; zero: where the item says
}

// Header is a record's header. A value that is null is nil, an empty one is not.
type Header struct {
	Key   string
	Value []byte
}

// What is null in a stored dead letter.
const (
	nullKey     = 1
	nullValue   = 2
	nullHeaders = 4 // of some header, the value
)

// appendDeadLetter appends reason byte, detail string, timestamp varint ms; nulls
// byte (key 1, value 2, of headers 4), key string, value string; headers: uvarint count, then
// key string, value string each; if some are null, a byte for each header: 1 where it is.
func appendDeadLetter(dst []byte, d *DeadLetter) []byte {
	dst = append(dst, byte(d.Reason))
	dst = appendString(dst, d.Detail)
	dst = binary.AppendVarint(dst, d.TimestampMillis)
	var nulls byte
	if d.KeyNull {
		nulls |= nullKey
	}
	if d.ValueNull {
		nulls |= nullValue
	}
	if slices.ContainsFunc(d.Headers, isNull) {
		nulls |= nullHeaders
	}
	dst = append(dst, nulls)
	dst = appendBytes(dst, d.Key)
	dst = appendBytes(dst, d.Value)
	dst = binary.AppendUvarint(dst, uint64(len(d.Headers)))
	for _, h := range d.Headers {
		dst = appendString(dst, h.Key)
		dst = appendBytes(dst, h.Value)
	}
	if nulls&nullHeaders != 0 {
		for _, h := range d.Headers {
			dst = append(dst, flag(isNull(h), byte(1)))
		}
	}
	return dst
}

func isNull(h Header) bool { return h.Value == nil }

func readDeadLetter(r *reader) *DeadLetter {
	d := &DeadLetter{Reason: history.RefusalReason(r.known(r.byte(), refusals, "reason of a refusal")), Detail: r.string(), TimestampMillis: r.varint()}
	nulls := r.flags(nullKey | nullValue | nullHeaders)
	d.KeyNull, d.ValueNull = nulls&nullKey != 0, nulls&nullValue != 0
	d.Key, d.Value = r.bytes(), r.bytes()
	n := r.count()
	for range n {
		d.Headers = append(d.Headers, Header{Key: r.string(), Value: r.bytes()})
	}
	if nulls&nullHeaders != 0 {
		for i := range d.Headers {
			if r.flags(1) != 0 {
				d.Headers[i].Value = nil
			}
		}
	}
	return d
}
