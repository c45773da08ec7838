package jsonform

import (
	"strconv"
	"time"
)

// Times are texts in years of four digits, which is what RFC 3339 has.
const (
	firstSecond = -62_135_596_800 // 0001-01-01T00:00:00Z
	lastSecond  = 253_402_300_799 // 9999-12-31T23:59:59Z

	secondsOfDay = 86_400
)

// Digits behind the point of a second, by the unit of a time.
const (
	Millis = 3
	Micros = 6
	Nanos  = 9
)

// AppendInstant appends a time as RFC 3339 in UTC: count units since 1970, of which a second
// has 10 to the power of digits. What lies outside the years 1 to 9999, as infinity does in
// some databases, stays a number.
func AppendInstant(dst []byte, count int64, digits int) []byte {
	seconds, rest := split(count, digits)
	if seconds < firstSecond || seconds > lastSecond {
		return strconv.AppendInt(dst, count, 10)
	}
	return append(appendWallClock(append(dst, '"'), seconds, rest, digits), 'Z', '"')
}

// AppendLocal appends a time of the clock on the wall, without a zone, as AppendInstant does.
func AppendLocal(dst []byte, count int64, digits int) []byte {
	seconds, rest := split(count, digits)
	if seconds < firstSecond || seconds > lastSecond {
		return strconv.AppendInt(dst, count, 10)
	}
	return append(appendWallClock(append(dst, '"'), seconds, rest, digits), '"')
}

// AppendSeconds appends an instant of seconds and nanoseconds, with 0, 3, 6 or 9 digits.
func AppendSeconds(dst []byte, seconds int64, nanos int32) ([]byte, error) {
	if seconds < firstSecond || seconds > lastSecond || nanos < 0 || nanos > 999_999_999 {
		return dst, Bad("is a timestamp outside the years 1 to 9999, or its nanoseconds are no part of a second")
	}
	rest, digits := fraction(nanos)
	return append(appendWallClock(append(dst, '"'), seconds, rest, digits), 'Z', '"'), nil
}

// fraction shortens nanoseconds to 0, 3, 6 or 9 digits.
func fraction(nanos int32) (rest int64, digits int) {
	rest, digits = int64(nanos), Nanos
	if rest == 0 {
		return 0, 0
	}
	for rest%1000 == 0 {
		rest, digits = rest/1000, digits-3
	}
	return rest, digits
}

// AppendDate appends a day since 1970 as 2026-03-14.
func AppendDate(dst []byte, days int64) []byte {
	if days < firstSecond/secondsOfDay || days > lastSecond/secondsOfDay {
		return strconv.AppendInt(dst, days, 10)
	}
	at := time.Unix(days*secondsOfDay, 0).UTC()
	return at.AppendFormat(dst, `"2006-01-02"`)
}

// AppendTimeOfDay appends units since midnight as 09:26:53.123.
func AppendTimeOfDay(dst []byte, count int64, digits int) []byte {
	seconds, rest := split(count, digits)
	if seconds < 0 || seconds >= secondsOfDay {
		return strconv.AppendInt(dst, count, 10)
	}
	dst = time.Unix(seconds, 0).UTC().AppendFormat(dst, `"15:04:05`)
	return append(appendFraction(dst, rest, digits), '"')
}

// split parts a count of units into seconds and what is left, which is not negative.
func split(count int64, digits int) (seconds, rest int64) {
	perSecond := int64(1)
	for range digits {
		perSecond *= 10
	}
	seconds, rest = count/perSecond, count%perSecond
	if rest < 0 {
		seconds, rest = seconds-1, rest+perSecond
	}
	return seconds, rest
}

func appendWallClock(dst []byte, seconds, rest int64, digits int) []byte {
	dst = time.Unix(seconds, 0).UTC().AppendFormat(dst, "2006-01-02T15:04:05")
	return appendFraction(dst, rest, digits)
}

func appendFraction(dst []byte, rest int64, digits int) []byte {
	if digits == 0 {
		return dst
	}
	dst = append(dst, '.')
	start := len(dst)
	dst = append(dst, "000000000"[:digits]...)
	for at := len(dst) - 1; at >= start; at-- {
		dst[at] = byte('0' + rest%10)
		rest /= 10
	}
	return dst
}
