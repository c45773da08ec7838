package layout

// Shops number their orders. Of an id that is the one before with another number at its end,
// the difference is stored as a varint: o-000000012345 after o-000000012300 is 45.

// mostDigits of a number fit 64 bits, and it is below mostNumber.
const (
	mostDigits = 18
	mostNumber = 1_000_000_000_000_000_000
)

// numberOf is the number at the end of an id, and where its digits begin.
func numberOf(id string) (number int64, at int) {
	at = len(id)
	for scale := int64(1); at > 0 && len(id)-at < mostDigits && isDigit(id[at-1]); scale *= 10 {
		at--
		number += int64(id[at]-'0') * scale
	}
	return number, at
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// numberAfter is the difference of the numbers of an id and the one before it, if the number
// is all in which they differ: with as many digits, or with more and without zeros before it.
func numberAfter(id, before string) (difference int64, ok bool) {
	if len(before) > mostShared {
		return 0, false
	}
	was, at := numberOf(before)
	digits := len(id) - at
	if at == len(before) || digits < len(before)-at || digits > mostDigits || digits > len(before)-at && id[at] == '0' || id[:at] != before[:at] {
		return 0, false
	}
	number := int64(0)
	for i := at; i < len(id); i++ {
		if !isDigit(id[i]) {
			return 0, false
		}
		number = number*10 + int64(id[i]-'0')
	}
	return number - was, true
}

// numbered reads an id by the one before it.
func (r *reader) numbered(before string, more int) string {
	was, at := numberOf(before)
	number := was + r.varint()
	if at == len(before) || len(before) > mostShared || number < 0 || number >= mostNumber {
		r.fail(errForeign)
		return ""
	}
	var digits [mostDigits]byte
	from, width := len(digits), len(before)-at
	for ; number > 0 || from > len(digits)-width; number /= 10 {
		from--
		digits[from] = '0' + byte(number%10)
	}
	var room [shortID]byte
	return r.keep(append(append(room[:0], before[:at]...), digits[from:]...), more)
}
