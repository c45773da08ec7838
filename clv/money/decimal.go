package money

import (
	"errors"
	"math"
	"math/bits"
)

// Decimal is an exact decimal number such as a conversion rate or a margin
// rate: ± digits × 10^−scale. The zero Decimal is 0.
type Decimal struct {
	negative bool
	digits   uint64
	scale    int // digits after the point
}

// What can be wrong with a decimal. Callers say which field or setting it was.
var (
	ErrNotDecimal   = errors.New("not a plain decimal such as 29.33 (digits, at most one point between digits)")
	ErrDecimalRange = errors.New("longer than a decimal may be: 24 digits, 12 of them after the point, and no more than 64 bits hold")
)

const (
	// 24 digits are more than 64 bits hold: what is refused for its length
	// alone is absurd, or padded beyond reason.
	maxDecimalDigits = 24
	// 12 decimals keep every divisor of this package below 10^19.
	maxDecimalScale = 12
)

var powersOf10 = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
	1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

// ParseDecimal reads "0.35", "-1" or "1.08450". It accepts a leading '-' and
// leading zeros, and refuses '+', exponents, spaces, group separators and a
// point without digits on both sides.
func ParseDecimal(text string) (Decimal, error) {
	var d Decimal
	if len(text) > 0 && text[0] == '-' {
		d.negative, text = true, text[1:]
	}
	if len(text) == 0 || text[0] == '.' || text[len(text)-1] == '.' {
		return Decimal{}, ErrNotDecimal
	}
	point := -1
	for i := range len(text) {
		digit := text[i] - '0'
		switch {
		case digit <= 9:
			if i > maxDecimalDigits || d.digits > (math.MaxUint64-9)/10 {
				return Decimal{}, ErrDecimalRange
			}
			d.digits = d.digits*10 + uint64(digit)
		case text[i] == '.' && point < 0:
			point = i
			d.scale = len(text) - point - 1
		default:
			return Decimal{}, ErrNotDecimal
		}
	}
	if d.scale > maxDecimalScale {
		return Decimal{}, ErrDecimalRange
	}
	return d, nil
}

// Float64 is the nearest float, for models; money never passes through it.
func (d Decimal) Float64() float64 {
	value := float64(d.digits) / float64(powersOf10[d.scale])
	if d.negative {
		return -value
	}
	return value
}

// timesRatio is amount × mul ÷ div, rounded half away from zero, through 128
// bits; ok is false when that does not fit into int64. div is never 0.
func timesRatio(amount int64, mul, div uint64) (product int64, ok bool) {
	magnitude := uint64(amount)
	if amount < 0 {
		magnitude = -magnitude
	}
	hi, lo := bits.Mul64(magnitude, mul)
	if hi >= div {
		return 0, false
	}
	quotient, remainder := bits.Div64(hi, lo, div)
	if remainder >= div-remainder && quotient <= math.MaxInt64 {
		quotient++
	}
	if quotient > math.MaxInt64 {
		return 0, false
	}
	if amount < 0 {
		return -int64(quotient), true
	}
	return int64(quotient), true
}
