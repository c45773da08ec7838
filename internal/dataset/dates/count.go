package dates

import (
	"bytes"
	"math"
	"time"
)

// count cuts digits that stand alone, with a fraction or without.
func count(text []byte) (whole, fraction []byte, ok bool) {
	whole = text
	if i := bytes.IndexByte(text, '.'); i >= 0 {
		whole, fraction = text[:i], text[i+1:]
		if len(fraction) == 0 || len(fraction) > 9 || !allDigits(fraction) {
			return nil, nil, false
		}
	}
	return whole, fraction, len(whole) >= 5 && len(whole) <= 18 && allDigits(whole)
}

func readCount(whole, fraction []byte, length int, form Form, loc *time.Location) (Time, bool) {
	n, ok := WholeNumber(whole)
	if !ok {
		return Time{}, false
	}
	var perUnit int64 // microseconds
	switch form {
	case UnixSeconds:
		perUnit = 1e6
	case UnixMillis:
		perUnit = 1e3
	case UnixMicros:
		perUnit = 1
	}
	switch {
	case perUnit > 0 && int64(n) < math.MaxInt64/perUnit-1:
		micros := int64(n) * perUnit
		for _, digit := range fraction {
			perUnit /= 10
			micros += int64(digit-'0') * perUnit
		}
		return Time{micros, true}, true
	case form == YearFirst && length == 8:
		d := dayOf(n/10000, n/100%100, n%100)
		return Time{Micros: d.startIn(loc)}, d != day{}
	case form == YearFirst && length == 14:
		seconds := n % 1e6
		d := dayOf(n/1e10, n/1e8%100, n/1e6%100)
		if d == (day{}) || seconds/10000 > 23 || seconds/100%100 > 59 || seconds%100 > 59 {
			return Time{}, false
		}
		return Time{Micros: d.clock(seconds/10000, seconds/100%100, seconds%100, loc)}, true
	}
	return Time{}, false
}

// WholeNumber reads digits alone, at least one and at most eighteen.
func WholeNumber(text []byte) (n int, ok bool) {
	if len(text) == 0 || len(text) > 18 {
		return 0, false
	}
	for _, c := range text {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, true
}

func allDigits(text []byte) bool {
	_, ok := WholeNumber(text)
	return ok
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func trim(text []byte) []byte { return bytes.Trim(text, " ") }
