package event

import "time"

// parseTime reads an RFC 3339 time as microseconds since 1970-01-01 UTC;
// finer fractions are cut off. The package time is too lenient for a format that
// is promised (hours of one digit, a comma before the fraction), and allocates a
// zone for each offset. Leap seconds and lower-case letters are refused.
func parseTime(text []byte) (micros int64, ok bool) {
	const form = "0000-00-00T00:00:00"
	if len(text) <= len(form) {
		return 0, false
	}
	for i := range len(form) {
		if form[i] == '0' && !isDigit(text[i]) || form[i] != '0' && text[i] != form[i] {
			return 0, false
		}
	}
	year, month, day := two(text)*100+two(text[2:]), two(text[5:]), two(text[8:])
	hour, minute, second := two(text[11:]), two(text[14:]), two(text[17:])
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	// time.Date carries over what is out of range: then the parts differ.
	if t.Month() != time.Month(month) || t.Day() != day || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	fraction, rest, ok := parseFraction(text[len(form):])
	if !ok {
		return 0, false
	}
	offsetSeconds, ok := parseOffset(rest)
	return (t.Unix()-offsetSeconds)*1_000_000 + fraction, ok
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func two(digits []byte) int { return int(digits[0]-'0')*10 + int(digits[1]-'0') }

func parseFraction(text []byte) (micros int64, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != '.' {
		return 0, text, true
	}
	text = text[1:]
	unit, n := int64(100_000), 0
	for ; n < len(text) && isDigit(text[n]); n++ {
		micros += int64(text[n]-'0') * unit
		unit /= 10
	}
	return micros, text[n:], n > 0
}

func parseOffset(text []byte) (seconds int64, ok bool) {
	if len(text) == 1 && text[0] == 'Z' {
		return 0, true
	}
	if len(text) != len("+00:00") || text[0] != '+' && text[0] != '-' || text[3] != ':' ||
		!isDigit(text[1]) || !isDigit(text[2]) || !isDigit(text[4]) || !isDigit(text[5]) {
		return 0, false
	}
	hours, minutes := two(text[1:]), two(text[4:])
	seconds = int64(hours*3600 + minutes*60)
	if text[0] == '-' {
		seconds = -seconds
	}
	return seconds, hours <= 23 && minutes <= 59
}
