package amounts

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sign is which sign stands before the decimals; both together are those that a text allows.
type Sign uint8

// The decimal signs. The other of the two, a blank or an apostrophe may group the thousands.
const (
	Point Sign = 1 << iota // 1,234.50
	Comma                  // 1.234,50
)

// String is the sign's name in flags.
func (s Sign) String() string {
	switch s {
	case Point:
		return "point"
	case Comma:
		return "comma"
	}
	return "point or comma"
}

// Number is a number and the sign or code of a currency that stands beside it, if one does.
type Number struct {
	Decimal
	Unit string
}

// ErrNotNumber refuses what is no number.
var ErrNotNumber = errors.New("not a number such as 1234.50, 1,234.50, 1.234,50, $12.50, (12.50) or 12.50-")

// Read reads a text. An empty one is no number.
func Read(text []byte, sign Sign) (Number, error) {
	body, unit, negative, err := bare(text)
	if err != nil {
		return Number{}, err
	}
	d, err := readBody(body, sign)
	if negative {
		d.units = -d.units
	}
	return Number{d, unit}, err
}

// bare takes signs, accountants' parentheses and currencies off both ends.
func bare(text []byte) (body []byte, unit string, negative bool, err error) {
	signs, open := 0, false
	body = trim(text)
	for len(body) > 0 && !digit(body[0]) && !leadsDecimals(body) {
		switch r, size := utf8.DecodeRune(body); {
		case r == '-' || r == '−' || r == '+':
			signs++
			negative = r != '+'
			body = trim(body[size:])
		case r == '(' && !open:
			open = true
			body = trim(body[1:])
		default:
			if body, unit, err = cutUnit(body, unit, false); err != nil {
				return nil, "", false, err
			}
		}
	}
	for len(body) > 0 && !digit(body[len(body)-1]) {
		switch r, size := utf8.DecodeLastRune(body); {
		case r == '-' || r == '−':
			signs++
			negative = true
			body = trim(body[:len(body)-size])
		case r == ')' && open:
			open = false
			signs++
			negative = true
			body = trim(body[:len(body)-1])
		default:
			if body, unit, err = cutUnit(body, unit, true); err != nil {
				return nil, "", false, err
			}
		}
	}
	if open || signs > 1 || len(body) == 0 {
		return nil, "", false, ErrNotNumber
	}
	return body, unit, negative, nil
}

// leadsDecimals is true for ".50".
func leadsDecimals(body []byte) bool {
	return len(body) > 1 && (body[0] == '.' || body[0] == ',') && digit(body[1])
}

// maxUnitBytes is more than "US$" or "Kč." has.
const maxUnitBytes = 8

// cutUnit takes a currency off an end of a text that has none yet.
func cutUnit(body []byte, had string, atEnd bool) (rest []byte, unit string, err error) {
	ends := func(r rune) bool { return r >= '0' && r <= '9' || strings.ContainsRune(" -−()\u00a0\u202f", r) }
	var cut []byte
	if atEnd {
		i := bytes.LastIndexFunc(body, ends)
		start := 0
		if i >= 0 {
			_, width := utf8.DecodeRune(body[i:])
			start = i + width
		}
		cut, rest = body[start:], body[:start]
	} else {
		i := bytes.IndexFunc(body, ends)
		if i < 0 {
			i = len(body)
		}
		cut, rest = body[:i], body[i:]
	}
	first, _ := utf8.DecodeRune(cut)
	if had != "" || len(cut) > maxUnitBytes || !utf8.Valid(cut) || !unicode.IsLetter(first) && !unicode.Is(unicode.Sc, first) {
		return nil, "", ErrNotNumber
	}
	return trim(rest), string(cut), nil
}

// readBody reads digits with their separators.
func readBody(body []byte, sign Sign) (Decimal, error) {
	mark, group := byte('.'), byte(',')
	if sign == Comma {
		mark, group = ',', '.'
	}
	whole, fraction := body, []byte(nil)
	if i := bytes.IndexByte(body, mark); i >= 0 {
		if whole, fraction = body[:i], body[i+1:]; len(fraction) == 0 {
			return Decimal{}, ErrNotNumber
		}
	}
	var d Decimal
	if err := d.takeGroups(whole, group); err != nil {
		return Decimal{}, err
	}
	for len(fraction) > maxScale && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	if len(fraction) > maxScale {
		return Decimal{}, ErrRange
	}
	d.scale = len(fraction)
	return d, d.take(fraction)
}

// takeGroups reads the digits before the decimals. Groups have three digits, but the first,
// which has one to three and does not begin with 0.
func (d *Decimal) takeGroups(text []byte, group byte) error {
	size := separatorAt(text, group)
	if size < 0 {
		return d.take(text)
	}
	var separator []byte
	for first := true; ; first = false {
		n := 0
		for n < len(text) && digit(text[n]) {
			n++
		}
		if n > 3 || n < 3 && !first || n == 0 || first && text[0] == '0' {
			return ErrNotNumber
		}
		if err := d.take(text[:n]); err != nil {
			return err
		}
		if text = text[n:]; len(text) == 0 {
			return nil
		}
		_, width := utf8.DecodeRune(text)
		if separator == nil {
			separator = text[:width]
		}
		if separatorAt(text[:width], group) != 0 || !bytes.HasPrefix(text, separator) {
			return ErrNotNumber
		}
		text = text[width:]
	}
}

// separatorAt is the index of the first character that may group digits, or −1.
func separatorAt(text []byte, group byte) int {
	return bytes.IndexFunc(text, func(r rune) bool {
		switch r {
		case rune(group), ' ', '\'', '’', '\u00a0', '\u2009', '\u202f':
			return true
		}
		return false
	})
}

// take appends digits.
func (d *Decimal) take(text []byte) error {
	for _, c := range text {
		switch {
		case !digit(c):
			return ErrNotNumber
		case d.units > (math.MaxInt64-9)/10:
			return ErrRange
		}
		d.units = d.units*10 + int64(c-'0')
	}
	return nil
}

func digit(c byte) bool { return c-'0' <= 9 }

func trim(text []byte) []byte {
	return bytes.TrimFunc(text, func(r rune) bool { return r == ' ' || r == '\u00a0' || r == '\u202f' })
}
