package layout

import "encoding/hex"

const (
	uuidBytes = 16
	uuidForm  = "00000000-0000-0000-0000-000000000000"
	hexDigits = "0123456789abcdef"
)

var uuidParts = [...]struct{ from, to int }{{0, 8}, {9, 13}, {14, 18}, {19, 23}, {24, 36}}

// isUUID says whether an id is a UUID in lower case, which 16 bytes hold.
func isUUID(id string) bool {
	if len(id) != len(uuidForm) {
		return false
	}
	for i := range len(uuidForm) {
		if uuidForm[i] == '-' && id[i] != '-' || uuidForm[i] != '-' && !isHex(id[i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' }

func appendUUID(dst []byte, id string) []byte {
	for _, part := range uuidParts {
		dst = appendHex(dst, id[part.from:part.to])
	}
	return dst
}

// appendHex appends pairs of digits as bytes.
func appendHex(dst []byte, digits string) []byte {
	dst, _ = hex.AppendDecode(dst, []byte(digits))
	return dst
}

func (r *reader) uuid(more int) string {
	packed := r.fixed(uuidBytes)
	if packed == "" {
		return ""
	}
	var text [len(uuidForm)]byte
	copy(text[:], uuidForm)
	at := 0
	for _, part := range uuidParts {
		for i := part.from; i < part.to; i += 2 {
			text[i], text[i+1] = hexDigits[packed[at]>>4], hexDigits[packed[at]&15]
			at++
		}
	}
	return r.keep(text[:], more)
}
