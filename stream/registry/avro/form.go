package avro

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
)

func appendInt(dst []byte, v int64) []byte { return strconv.AppendInt(dst, v, 10) }

// appendUUID appends 16 bytes with their hyphens.
func appendUUID(dst, raw []byte) []byte {
	dst = append(dst, '"')
	for i, group := range [][]byte{raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:]} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, group)
	}
	return append(dst, '"')
}

// appendDuration appends the three numbers of a duration, which cannot be added up: a month
// has no fixed number of days.
func appendDuration(dst, raw []byte) []byte {
	for i, part := range []string{`{"months":`, `,"days":`, `,"millis":`} {
		dst = append(dst, part...)
		dst = strconv.AppendUint(dst, uint64(binary.LittleEndian.Uint32(raw[4*i:])), 10)
	}
	return append(dst, '}')
}
