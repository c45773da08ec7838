package mapping

import (
	"bytes"
	"encoding/base64"
	"math"
	"math/big"
	"slices"
	"strconv"

	"github.com/clvstream/clvstream/clv/history"
)

func convertDecimal(dst []byte, v found, o *options) ([]byte, *flaw) {
	if v.isNumber() {
		return dst, bad(history.BadAmount, "is a JSON number, which may have been through a binary fraction: have it written as a text, or say type: number_as_text, or minor")
	}
	if !v.isText() {
		return dst, bad(history.BadAmount, "is not a decimal in a text")
	}
	return appendDecimal(dst, v.text(), o)
}

// convertNumberAsText takes the digits of a JSON number as its writer printed them.
func convertNumberAsText(dst []byte, v found, o *options) ([]byte, *flaw) {
	if v.isText() {
		return appendDecimal(dst, v.text(), o)
	}
	if !v.isNumber() {
		return dst, bad(history.BadAmount, "is neither a number nor a decimal in a text")
	}
	return appendDecimal(dst, v.bytes, o)
}

// mostExponent bounds what a number with an exponent is written out as.
const mostExponent = 40

// appendDecimal appends a decimal in quotes, without an exponent, rounded and turned if the
// options say so. What is no decimal stays as it is, and is refused with the event.
func appendDecimal(dst, text []byte, o *options) ([]byte, *flaw) {
	if o.comma {
		if bytes.IndexByte(text, '.') >= 0 {
			return dst, bad(history.BadAmount, "has a point, where a comma stands before the decimals")
		}
		text = bytes.Replace(text, []byte(","), []byte("."), 1)
	}
	if bytes.IndexByte(text, 'e') < 0 && bytes.IndexByte(text, 'E') < 0 && o.roundTo < 0 && !o.negate {
		return quote(dst, text)
	}
	digits, scale, ok := splitDecimal(text)
	if !ok {
		return dst, bad(history.BadAmount, "is no decimal")
	}
	return appendRounded(dst, digits, scale, o), nil
}

// appendRounded appends digits with a scale, rounded and turned if the options say so.
func appendRounded(dst []byte, digits *big.Int, scale int, o *options) []byte {
	if o.roundTo >= 0 && scale > o.roundTo {
		digits, scale = roundHalfEven(digits, scale-o.roundTo), o.roundTo
	}
	if o.negate {
		digits.Neg(digits)
	}
	return appendScaled(dst, digits, scale)
}

// splitDecimal reads a decimal, with an exponent or without, as digits with a scale.
func splitDecimal(text []byte) (digits *big.Int, scale int, ok bool) {
	mantissa, exponentText := text, []byte(nil)
	if at := bytes.IndexAny(text, "eE"); at >= 0 {
		mantissa, exponentText = text[:at], text[at+1:]
	}
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	scale = len(fraction)
	if exponentText != nil {
		exponent, err := strconv.Atoi(string(exponentText))
		if err != nil || exponent > mostExponent || exponent < -mostExponent {
			return nil, 0, false
		}
		scale -= exponent
	}
	joined := string(whole) + string(fraction)
	if len(joined) == 0 || len(joined) > mostExponent {
		return nil, 0, false
	}
	digits, ok = new(big.Int).SetString(joined, 10)
	if ok && scale < 0 {
		digits.Mul(digits, power10(-scale))
		scale = 0
	}
	return digits, scale, ok
}

func power10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// roundHalfEven drops so many digits.
func roundHalfEven(digits *big.Int, drop int) *big.Int {
	unit := power10(drop)
	quotient, rest := new(big.Int).QuoRem(digits, unit, new(big.Int))
	twice := new(big.Int).Abs(rest)
	twice.Lsh(twice, 1)
	if more := twice.Cmp(unit); more > 0 || more == 0 && quotient.Bit(0) == 1 {
		quotient.Add(quotient, big.NewInt(int64(digits.Sign())))
	}
	return quotient
}

// appendScaled appends digits with a point before the last of them, in quotes.
func appendScaled(dst []byte, digits *big.Int, scale int) []byte {
	dst = append(dst, '"')
	if digits.Sign() < 0 {
		dst = append(dst, '-')
	}
	start := len(dst)
	dst = new(big.Int).Abs(digits).Append(dst, 10)
	return append(point(dst, start, scale), '"')
}

// point puts a point before the last digits of what begins at start, and zeros where there
// are too few.
func point(dst []byte, start, scale int) []byte {
	if scale <= 0 {
		return dst
	}
	for len(dst)-start <= scale {
		dst = slices.Insert(dst, start, '0')
	}
	return slices.Insert(dst, len(dst)-scale, '.')
}

// convertMinor takes a whole number of minor units: of the currency, or with a scale of its own.
func convertMinor(dst []byte, v found, o *options) ([]byte, *flaw) {
	text := v.bytes
	if v.isText() {
		text = v.text()
	}
	minor, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || !v.isText() && !v.isNumber() {
		return dst, bad(history.BadAmount, "is no whole number of minor units")
	}
	if o.scale < 0 {
		if o.negate {
			minor = -minor
		}
		return strconv.AppendInt(dst, minor, 10), nil
	}
	if o.roundTo < 0 && minor > math.MinInt64 {
		return appendUnscaled(dst, minor, o.scale, o), nil
	}
	return appendRounded(dst, big.NewInt(minor), o.scale, o), nil
}

// convertBase64Decimal takes Kafka Connect's decimals: the unscaled number in big-endian two's
// complement, with the column's scale, or an object of scale and value where it has none.
func convertBase64Decimal(dst []byte, v found, o *options) ([]byte, *flaw) {
	scale, quoted := o.scale, v
	if !v.plain && v.bytes[0] == '{' {
		var s scanner
		var slots [2][]byte
		if err := s.part(v.bytes, scaleAndValue, slots[:]); err != nil || slots[0] == nil || slots[1] == nil {
			return dst, bad(history.BadAmount, "is an object without scale and value")
		}
		given, err := strconv.Atoi(string(slots[0]))
		if err != nil || given < -mostExponent || given > mostExponent {
			return dst, bad(history.BadAmount, "has a scale that is no whole number")
		}
		scale, quoted = given, found{bytes: slots[1]}
	} else if scale < 0 {
		return dst, bad(history.BadAmount, "is a decimal without its scale: give the column's, as scale: 2")
	}
	if !quoted.isText() {
		return dst, bad(history.BadAmount, "is not a base64 text")
	}
	var memory [32]byte
	raw, err := base64.StdEncoding.AppendDecode(memory[:0], quoted.text())
	if err != nil || len(raw) == 0 || len(raw) > len(memory) {
		return dst, bad(history.BadAmount, "is not a decimal in base64: is decimal.handling.mode another than precise?")
	}
	if digits, short := signedBytes(raw); short && o.roundTo < 0 {
		return appendUnscaled(dst, digits, scale, o), nil
	}
	digits := new(big.Int).SetBytes(raw)
	if raw[0] >= 0x80 {
		digits.Sub(digits, new(big.Int).Lsh(big.NewInt(1), uint(8*len(raw))))
	}
	if scale < 0 {
		digits.Mul(digits, power10(-scale))
	}
	return appendRounded(dst, digits, max(0, scale), o), nil
}

var scaleAndValue = &branch{slot: -1, members: []member{{"scale", -1, &branch{slot: 0}}, {"value", -1, &branch{slot: 1}}}}

// signedBytes reads up to seven bytes without a big number: nearly all amounts.
func signedBytes(raw []byte) (n int64, short bool) {
	if len(raw) > 7 {
		return 0, false
	}
	if raw[0] >= 0x80 {
		n = -1
	}
	for _, b := range raw {
		n = n<<8 | int64(b)
	}
	return n, true
}

func appendUnscaled(dst []byte, digits int64, scale int, o *options) []byte {
	if o.negate {
		digits = -digits
	}
	if scale < 0 {
		return appendScaled(dst, new(big.Int).Mul(big.NewInt(digits), power10(-scale)), 0)
	}
	dst = append(dst, '"')
	if digits < 0 {
		dst, digits = append(dst, '-'), -digits
	}
	start := len(dst)
	dst = strconv.AppendInt(dst, digits, 10)
	return append(point(dst, start, scale), '"')
}
