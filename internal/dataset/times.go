package dataset

import (
	"math"
	"time"
)

// timeForms are the accepted times, for messages.
const timeForms = "2006-01-02T15:04:05Z07:00 (RFC 3339), 2006-01-02 15:04:05, 2006-01-02, 20060102, or Unix seconds"

// parseTime reads a time in one of timeForms as microseconds since 1970-01-01
// UTC. Seconds and their fraction may be absent, a zone too: then it is loc's.
// Digits alone are a date when there are eight of them and Unix seconds when
// there are nine to eleven; milliseconds are refused.
func parseTime(text []byte, loc *time.Location) (micros int64, ok bool) {
	if n, digits := number(text); digits {
		switch len(text) {
		case 8:
			return date(n/10000, n/100%100, n%100).startIn(loc)
		case 9, 10, 11:
			return int64(n) * 1e6, true
		}
		return 0, false
	}
	if len(text) < 10 || text[4] != '-' || text[7] != '-' {
		return 0, false
	}
	y, ok1 := number(text[:4])
	m, ok2 := number(text[5:7])
	d, ok3 := number(text[8:10])
	if !ok1 || !ok2 || !ok3 {
		return 0, false
	}
	day := date(y, m, d)
	if len(text) == 10 {
		return day.startIn(loc)
	}
	if text[10] != 'T' && text[10] != ' ' {
		return 0, false
	}
	return day.at(text[11:], loc)
}

// day is a calendar day; the zero day is none.
type day struct {
	year  int
	month time.Month
	dom   int
}

// date is the zero day where the calendar has no such day.
func date(year, month, dom int) day {
	if month < 1 || month > 12 || dom < 1 || dom > 31 {
		return day{}
	}
	if dom > 28 && time.Date(year, time.Month(month), dom, 0, 0, 0, 0, time.UTC).Day() != dom {
		return day{}
	}
	return day{year, time.Month(month), dom}
}

// startIn is the first instant of the day. Where clocks jump at midnight, Go may
// answer with an instant of the day before; an hour later it is the day.
func (d day) startIn(loc *time.Location) (micros int64, ok bool) {
	t := time.Date(d.year, d.month, d.dom, 0, 0, 0, 0, loc)
	if t.Day() != d.dom {
		t = t.Add(time.Hour)
	}
	return t.UnixMicro(), d.dom != 0
}

// at reads what follows a date: 15:04, 15:04:05, 15:04:05.999999, and a zone.
func (d day) at(clock []byte, loc *time.Location) (micros int64, ok bool) {
	if len(clock) < 5 || clock[2] != ':' {
		return 0, false
	}
	hour, ok1 := number(clock[:2])
	minute, ok2 := number(clock[3:5])
	second, fraction, zone, ok3 := seconds(clock[5:])
	if !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 59 || d.dom == 0 {
		return 0, false
	}
	if len(zone) > 0 {
		east, ok := offsetSeconds(zone)
		t := time.Date(d.year, d.month, d.dom, hour, minute, second, 0, time.UTC)
		return (t.Unix()-int64(east))*1e6 + fraction, ok
	}
	t := time.Date(d.year, d.month, d.dom, hour, minute, second, 0, loc)
	if t.Day() != d.dom {
		t = t.Add(time.Hour)
	}
	return t.UnixMicro() + fraction, true
}

// seconds reads ":05" and ":05.25", both optional, and gives back the rest.
func seconds(text []byte) (second int, fractionMicros int64, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != ':' {
		return 0, 0, text, true
	}
	if len(text) < 3 {
		return 0, 0, nil, false
	}
	second, ok = number(text[1:3])
	text = text[3:]
	if !ok || len(text) == 0 || text[0] != '.' {
		return second, 0, text, ok
	}
	i := 1
	for unit := int64(1e5); i < len(text) && text[i]-'0' <= 9; i++ {
		fractionMicros += int64(text[i]-'0') * unit
		unit /= 10
	}
	return second, fractionMicros, text[i:], i > 1
}

// offsetSeconds reads "Z" or "+01:30", seconds east of UTC.
func offsetSeconds(zone []byte) (east int, ok bool) {
	if len(zone) == 1 {
		return 0, zone[0] == 'Z'
	}
	if len(zone) != 6 || zone[3] != ':' || (zone[0] != '+' && zone[0] != '-') {
		return 0, false
	}
	hours, ok1 := number(zone[1:3])
	minutes, ok2 := number(zone[4:6])
	east = hours*3600 + minutes*60
	if zone[0] == '-' {
		east = -east
	}
	return east, ok1 && ok2 && hours < 24 && minutes < 60
}

// number reads digits alone, at least one and no more than an int holds.
func number(text []byte) (n int, ok bool) {
	if len(text) == 0 {
		return 0, false
	}
	for _, c := range text {
		if c -= '0'; c > 9 || n > math.MaxInt/10-1 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, true
}
