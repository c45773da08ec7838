package fetch

import (
	"encoding/binary"
	"fmt"
	"github.com/clvstream/clvstream/stream/event"
)

// recordFields reads the fields of a record one by one. After a field that does
// not fit, bad is set and every further field is empty.
type recordFields struct {
	bytes []byte
	bad   bool
}

func (f *recordFields) varint() int64 {
	if len(f.bytes) > 0 && f.bytes[0] < 0x80 { // one byte: most of them
		b := f.bytes[0]
		f.bytes = f.bytes[1:]
		return int64(b>>1) ^ -int64(b&1)
	}
	value, n := binary.Varint(f.bytes)
	if n <= 0 {
		f.bytes, f.bad = nil, true
		return 0
	}
	f.bytes = f.bytes[n:]
	return value
}

func (f *recordFields) skip(n int) {
	if n > len(f.bytes) {
		f.bytes, f.bad = nil, true
		return
	}
	f.bytes = f.bytes[n:]
}

// lengthed reads a length and so many bytes; a negative length is null.
func (f *recordFields) lengthed() []byte {
	length := f.varint()
	if length < 0 || f.bad {
		return nil
	}
	if length > int64(len(f.bytes)) {
		f.bytes, f.bad = nil, true
		return nil
	}
	value := f.bytes[:length:length]
	f.bytes = f.bytes[length:]
	return value
}

// nextRecord reads the first record of body into record, and its headers into
// the shared slice. It returns what follows.
//
//	length varint | attributes int8 | timestamp delta varint | offset delta varint |
//	key | value | header count varint | (header key | header value)…
func nextRecord(body []byte, batch batchHeader, record *event.Record, headers *[]event.Header) (rest []byte, err error) {
	outer := recordFields{bytes: body}
	fields := recordFields{bytes: outer.lengthed()}
	fields.skip(1)
	millisDelta, offsetDelta := fields.varint(), fields.varint()
	record.Offset = batch.baseOffset + offsetDelta
	record.TimestampMillis = batch.baseMillis + millisDelta
	if batch.logAppendTime() {
		record.TimestampMillis = batch.maxMillis
	}
	record.Key, record.Value = fields.lengthed(), fields.lengthed()
	count := fields.varint()
	if count > int64(len(fields.bytes)/2) { // a header is two lengths at least
		fields.bad = true
	}
	first := len(*headers)
	for ; count > 0 && !fields.bad; count-- {
		*headers = append(*headers, event.Header{Key: fields.lengthed(), Value: fields.lengthed()})
	}
	if outer.bad || fields.bad || count < 0 || offsetDelta < 0 || record.Offset > batch.lastOffset {
		return nil, fmt.Errorf("%w: a record of the batch at offset %d does not parse", errCorrupt, batch.baseOffset)
	}
	if len(*headers) > first {
		record.Headers = (*headers)[first:len(*headers):len(*headers)]
	}
	return outer.bytes, nil
}
