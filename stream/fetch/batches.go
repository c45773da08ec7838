package fetch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// A record batch in message format v2, as it stands in the log and on the wire
// (big endian; offset in bytes, field):
//
//	 0 base offset            int64
//	 8 batch length           int32   of what follows
//	12 leader epoch           int32
//	16 magic                  int8    2
//	17 CRC-32C                uint32  of what follows
//	21 attributes             int16   bits 0-2 compression, 3 log-append time, 4 transactional, 5 control
//	23 last offset delta      int32   stays when compaction takes the last records
//	27 base timestamp         int64
//	35 max timestamp          int64
//	43 producer id            int64   -1 without
//	51 producer epoch         int16
//	53 base sequence          int32
//	57 record count           int32
//	61 records, compressed together
const (
	batchPrefixBytes = 12
	batchMagicAt     = 16
	batchCheckedAt   = 21
	batchRecordsAt   = 61

	// recordLeastBytes is the smallest record: seven fields of one byte each.
	// A count beyond body/7 cannot be true, and must not size an allocation.
	recordLeastBytes = 7
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)

	// errUnsupported marks what is sound but cannot be read here.
	errUnsupported = errors.New("unsupported")
	// errCorrupt marks what contradicts itself.
	errCorrupt = errors.New("corrupt")
)

type batchHeader struct {
	baseOffset int64
	lastOffset int64
	attributes int16
	baseMillis int64
	maxMillis  int64
	producerID int64
	records    int
	sizeBytes  int // of the whole batch
}

func (h batchHeader) compression() int8   { return int8(h.attributes & 7) }
func (h batchHeader) logAppendTime() bool { return h.attributes&(1<<3) != 0 }
func (h batchHeader) transactional() bool { return h.attributes&(1<<4) != 0 }
func (h batchHeader) control() bool       { return h.attributes&(1<<5) != 0 }

// parseBatchHeader reads the header of the batch that raw begins with. A batch
// that raw holds only in part gives its size and false.
func parseBatchHeader(raw []byte) (header batchHeader, whole bool, err error) {
	if len(raw) < batchPrefixBytes {
		return batchHeader{}, false, nil
	}
	size := int64(int32(binary.BigEndian.Uint32(raw[8:]))) + batchPrefixBytes
	if len(raw) > batchMagicAt && raw[batchMagicAt] != 2 {
		return batchHeader{}, false, fmt.Errorf("%w: message format v%d: only v2 (Kafka 0.11 and newer) can be read: "+
			"upgrade the topic's producers, and write the old messages again", errUnsupported, raw[batchMagicAt])
	}
	if size < batchRecordsAt {
		return batchHeader{}, false, fmt.Errorf("%w: a batch of %d bytes is shorter than its header", errCorrupt, size)
	}
	if size > int64(len(raw)) {
		return batchHeader{sizeBytes: int(size)}, false, nil
	}
	lastDelta := int32(binary.BigEndian.Uint32(raw[23:]))
	header = batchHeader{
		baseOffset: int64(binary.BigEndian.Uint64(raw)),
		attributes: int16(binary.BigEndian.Uint16(raw[21:])),
		baseMillis: int64(binary.BigEndian.Uint64(raw[27:])),
		maxMillis:  int64(binary.BigEndian.Uint64(raw[35:])),
		producerID: int64(binary.BigEndian.Uint64(raw[43:])),
		records:    int(int32(binary.BigEndian.Uint32(raw[57:]))),
		sizeBytes:  int(size),
	}
	header.lastOffset = header.baseOffset + int64(lastDelta)
	if header.baseOffset < 0 || lastDelta < 0 || header.records < 0 || header.records > int(lastDelta)+1 {
		return batchHeader{}, false, fmt.Errorf("%w: batch at offset %d with %d records and last offset delta %d",
			errCorrupt, header.baseOffset, header.records, lastDelta)
	}
	return header, true, nil
}

// checkSum compares the batch with the checksum it was written with.
func checkSum(batch []byte) error {
	written, computed := binary.BigEndian.Uint32(batch[17:]), crc32.Checksum(batch[batchCheckedAt:], castagnoli)
	if written != computed {
		return fmt.Errorf("%w: checksum %08x, but its bytes give %08x", errCorrupt, written, computed)
	}
	return nil
}

// scan is what the headers of an answer's batches say, without opening them.
type scan struct {
	whole      []byte // the batches that came complete
	nextOffset int64  // beyond the last of them; the offset asked for when there are none
	records    int    // in all of them, wanted or not
	cutBytes   int    // size of a last batch that came in part, when its size is known
}

// scanBatches walks the headers up to the first batch that is incomplete or
// wrong. It is an error only when nothing whole stands before it: what is whole
// is handed out first, and the next fetch meets the rest again.
func scanBatches(raw []byte, asked int64) (scan, error) {
	s := scan{whole: raw[:0], nextOffset: asked}
	for len(raw) > len(s.whole) {
		header, whole, err := parseBatchHeader(raw[len(s.whole):])
		if err != nil && len(s.whole) == 0 {
			return s, err
		}
		if err != nil || !whole {
			s.cutBytes = header.sizeBytes
			break
		}
		s.whole = raw[:len(s.whole)+header.sizeBytes]
		s.nextOffset = max(s.nextOffset, header.lastOffset+1)
		s.records += header.records
	}
	return s, nil
}
