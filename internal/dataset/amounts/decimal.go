// Package amounts reads the numbers of files: money and quantities as spreadsheets, shops
// and accountants write them.
//
//	texts of the columns ──► Columns ──► Sign: whether point or comma is the decimal sign
//	text + Sign ──► Read ──► Number: an exact decimal, and what stands beside it ("$")
//	quantity × price, sums ──► Decimal ──► Minor: minor units of a currency
//
// Nothing passes through a float.
package amounts

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"strconv"
)

// Decimal is an exact decimal number, units × 10^−scale.
type Decimal struct {
	units int64
	scale int
}

// maxScale is more decimals than any file has: prices per gram have six.
const maxScale = 12

var powersOf10 = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// What can be wrong with a number.
var (
	ErrRange    = errors.New("beyond 64 bits or 12 decimals")
	ErrDecimals = errors.New("has more decimals than its currency")
)

// Sign is −1, 0 or 1.
func (d Decimal) Sign() int {
	switch {
	case d.units < 0:
		return -1
	case d.units > 0:
		return 1
	}
	return 0
}

// Negated is −d.
func (d Decimal) Negated() Decimal { return Decimal{-d.units, d.scale} } // units are never the lowest int64

// Less says whether d is the smaller; numbers beyond comparison are not.
func (d Decimal) Less(other Decimal) bool {
	difference, err := d.Plus(other.Negated())
	return err == nil && difference.units < 0
}

// Minus is what is left of d, or nothing.
func (d Decimal) Minus(other Decimal) Decimal {
	if left, err := d.Plus(other.Negated()); err == nil && left.units > 0 {
		return left
	}
	return Decimal{}
}

// Plus is the exact sum.
func (d Decimal) Plus(other Decimal) (Decimal, error) {
	scale := max(d.scale, other.scale)
	a, err := d.scaledTo(scale)
	if err != nil {
		return Decimal{}, err
	}
	b, err := other.scaledTo(scale)
	if err != nil {
		return Decimal{}, err
	}
	sum := a + b
	if (a > 0) == (b > 0) && (sum > 0) != (a > 0) && a != 0 || sum == math.MinInt64 {
		return Decimal{}, ErrRange
	}
	return Decimal{sum, scale}, nil
}

func (d Decimal) scaledTo(scale int) (int64, error) {
	return product(d.units, powersOf10[scale-d.scale])
}

// Times is the exact product.
func (d Decimal) Times(other Decimal) (Decimal, error) {
	d, other = d.shortened(), other.shortened()
	units, err := product(d.units, other.units)
	if err != nil || d.scale+other.scale > maxScale {
		return Decimal{}, ErrRange
	}
	return Decimal{units, d.scale + other.scale}, nil
}

// shortened is without zeros at the end of the decimals.
func (d Decimal) shortened() Decimal {
	for d.scale > 0 && d.units%10 == 0 {
		d.units /= 10
		d.scale--
	}
	return d
}

func product(a, b int64) (int64, error) {
	high, low := bits.Mul64(magnitude(a), magnitude(b))
	if high > 0 || low > math.MaxInt64 {
		return 0, ErrRange
	}
	if (a < 0) != (b < 0) {
		return -int64(low), nil
	}
	return int64(low), nil
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return uint64(-n)
	}
	return uint64(n)
}

// Rounding says what becomes of decimals that a currency does not have.
type Rounding string

// The ways to round.
const (
	RoundNot      Rounding = "no"        // they are refused
	RoundHalfEven Rounding = "half-even" // 0.125 is 0.12, as banks do
	RoundHalfUp   Rounding = "half-up"   // 0.125 is 0.13, −0.125 is −0.13
)

// Minor is d in units of 10^−exponent.
func (d Decimal) Minor(exponent int, rounding Rounding) (int64, error) {
	d = d.shortened()
	if d.scale <= exponent {
		return d.scaledTo(exponent)
	}
	divisor := uint64(powersOf10[d.scale-exponent])
	quotient, rest := magnitude(d.units)/divisor, magnitude(d.units)%divisor
	switch rounding {
	case RoundHalfEven:
		if rest > divisor-rest || rest == divisor-rest && quotient%2 == 1 {
			quotient++
		}
	case RoundHalfUp:
		if rest >= divisor-rest {
			quotient++
		}
	default:
		return 0, ErrDecimals
	}
	if d.units < 0 {
		return -int64(quotient), nil
	}
	return int64(quotient), nil
}

// Append writes the number with a decimal point to dst.
func (d Decimal) Append(dst []byte) []byte {
	if d.units < 0 {
		dst = append(dst, '-')
	}
	whole := magnitude(d.units)
	dst = strconv.AppendUint(dst, whole/uint64(powersOf10[d.scale]), 10)
	if d.scale == 0 {
		return dst
	}
	dst = append(dst, '.')
	rest := strconv.FormatUint(whole%uint64(powersOf10[d.scale]), 10)
	for range d.scale - len(rest) {
		dst = append(dst, '0')
	}
	return append(dst, rest...)
}

// String is the number with a decimal point.
func (d Decimal) String() string { return string(d.Append(nil)) }

// AppendBinary writes the number for CutBinary.
func (d Decimal) AppendBinary(dst []byte) []byte {
	return append(binary.AppendVarint(dst, d.units), byte(d.scale))
}

// CutBinary reads what AppendBinary wrote at the beginning of text; ok is false for
// anything else.
func CutBinary(text []byte) (d Decimal, rest []byte, ok bool) {
	units, length := binary.Varint(text)
	if length <= 0 || len(text) == length || int(text[length]) > maxScale {
		return Decimal{}, nil, false
	}
	return Decimal{units, int(text[length])}, text[length+1:], true
}
