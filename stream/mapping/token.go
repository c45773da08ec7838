package mapping

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// text walks a string and answers with it, quotes included.
func (s *scanner) text() ([]byte, error) {
	start, first := s.at, true
	for s.at++; ; first = false {
		end := bytes.IndexByte(s.data[s.at:], '"')
		if end < 0 {
			return nil, errNotJSON
		}
		part := s.data[s.at : s.at+end]
		s.at += end + 1
		if first && !s.strict && isPlain(part) {
			return s.data[start:s.at], nil
		}
		if endsInEscape(part) {
			continue
		}
		if s.strict {
			return s.data[start:s.at], nil
		}
		return s.data[start:s.at], checkText(s.data[start+1 : s.at-1])
	}
}

// checkText checks the inside of a string: UTF-8, no control characters, and the escapes that
// JSON knows. Halves of surrogate pairs are left to the strict reader.
func checkText(text []byte) error {
	if !utf8.Valid(text) {
		return errNotJSON
	}
	for at := 0; at < len(text); at++ {
		switch c := text[at]; {
		case c < ' ':
			return errNotJSON
		case c != '\\':
			continue
		}
		if at++; at == len(text) {
			return errNotJSON
		}
		switch text[at] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		case 'u':
			return errNotPlain
		default:
			return errNotJSON
		}
	}
	return nil
}

// endsInEscape says whether what follows is escaped: after an odd number of backslashes.
func endsInEscape(part []byte) bool {
	return (len(part)-len(bytes.TrimRight(part, `\`)))%2 == 1
}

// isPlain says whether a text is of printable ASCII without a backslash.
func isPlain(text []byte) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for len(text) >= 8 {
		word := binary.LittleEndian.Uint64(text)
		control := (word - ones*' ') &^ word // a byte below the space
		slash := word ^ ones*'\\'            // a zero byte where the backslash is
		if (word|control|(slash-ones)&^slash)&highs != 0 {
			return false
		}
		text = text[8:]
	}
	for _, c := range text {
		if c < ' ' || c > '~' || c == '\\' {
			return false
		}
	}
	return true
}

func (s *scanner) literal() error {
	for _, word := range [...]string{"null", "true", "false"} {
		if len(s.data)-s.at >= len(word) && string(s.data[s.at:s.at+len(word)]) == word {
			s.at += len(word)
			return nil
		}
	}
	return errNotJSON
}

func (s *scanner) number() error {
	if s.data[s.at] == '-' {
		s.at++
	}
	whole := s.at
	if n := s.digits(); n == 0 || n > 1 && s.data[whole] == '0' {
		return errNotJSON
	}
	if s.at < len(s.data) && s.data[s.at] == '.' {
		s.at++
		if s.digits() == 0 {
			return errNotJSON
		}
	}
	if s.at < len(s.data) && s.data[s.at]|0x20 == 'e' {
		s.at++
		if s.at < len(s.data) && (s.data[s.at] == '+' || s.data[s.at] == '-') {
			s.at++
		}
		if s.digits() == 0 {
			return errNotJSON
		}
	}
	return nil
}

func (s *scanner) digits() int {
	start := s.at
	for s.at < len(s.data) && isDigit(s.data[s.at]) {
		s.at++
	}
	return s.at - start
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
