package money

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// What can be wrong with an amount that is a decimal. Callers say which it was.
var (
	ErrManyDigits  = errors.New("more digits after the point than the currency's minor unit has")
	ErrAmountRange = errors.New("beyond 64 bits of minor units")
)

// ParseMinor reads a decimal in major units ("29.33", "-5", "0.1") as minor
// units, exactly. exponent is the currency's, 0 to 4. The form is that of
// ParseDecimal, of 25 characters at most; decimals beyond exponent must be zeros.
func ParseMinor(decimal string, exponent int) (minor int64, err error) {
	d, err := ParseDecimal(withoutZeros(decimal, exponent))
	if err != nil {
		return 0, err
	}
	if d.scale > exponent {
		return 0, ErrManyDigits
	}
	if d.digits > math.MaxInt64 {
		return 0, ErrAmountRange
	}
	minor, ok := timesRatio(int64(d.digits), powersOf10[exponent-d.scale], 1)
	if !ok {
		return 0, ErrAmountRange
	}
	if d.negative {
		return -minor, nil
	}
	return minor, nil
}

// withoutZeros leaves out the zeros at the end that stand beyond so many decimals: some
// producers write every currency alike ("5000.00" yen). Digits that are not zeros stay,
// to be refused.
func withoutZeros(decimal string, exponent int) string {
	point := strings.IndexByte(decimal, '.')
	if point < 0 || len(decimal)-point-1 <= exponent || len(strings.TrimPrefix(decimal, "-")) > maxAmountBytes {
		return decimal
	}
	end := len(decimal)
	for end > point+1+exponent && decimal[end-1] == '0' {
		end--
	}
	if end == point+1 && end < len(decimal) {
		end = point
	}
	return decimal[:end]
}

// maxAmountBytes is the longest amount without its sign: 24 digits and the point.
const maxAmountBytes = maxDecimalDigits + 1

// FormatMinor is minor units as a decimal in major units: −5 with exponent 2 is
// "-0.05".
func FormatMinor(minor int64, exponent int) string {
	return string(AppendMinor(nil, minor, exponent))
}

// AppendMinor appends what FormatMinor gives. It allocates only to grow dst.
func AppendMinor(dst []byte, minor int64, exponent int) []byte {
	magnitude := uint64(minor)
	if minor < 0 {
		dst = append(dst, '-')
		magnitude = -magnitude
	}
	unit := powersOf10[exponent]
	dst = strconv.AppendUint(dst, magnitude/unit, 10)
	if exponent == 0 {
		return dst
	}
	fraction := magnitude % unit
	dst = append(dst, '.')
	for digit := unit / 10; digit > 0; digit /= 10 {
		dst = append(dst, byte('0'+fraction/digit%10))
	}
	return dst
}

// AppendMajor appends an amount that is a float, such as a predicted value, as
// a decimal in major units, rounded half away from zero to whole minor units.
// Beyond ±2^63 minor units it appends the digits of the float. The models
// promise finite values: NaN and infinities are appended by those names, which
// no reader takes for an amount.
func AppendMajor(dst []byte, minor float64, exponent int) []byte {
	minor = math.Round(minor)
	if math.Abs(minor) < 1<<63 {
		return AppendMinor(dst, int64(minor), exponent)
	}
	dst = strconv.AppendFloat(dst, minor, 'f', 0, 64)
	if exponent == 0 || math.IsNaN(minor) || math.IsInf(minor, 0) {
		return dst
	}
	at := len(dst) - exponent
	dst = append(dst, 0)
	copy(dst[at+1:], dst[at:])
	dst[at] = '.'
	return dst
}
