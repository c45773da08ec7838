package dates

import (
	"bytes"
	"time"
)

// at reads what follows a date: nothing, or a time of day and a zone.
func (d day) at(text []byte, loc *time.Location) (Time, bool) {
	if d == (day{}) {
		return Time{}, false
	}
	if len(text) == 0 {
		return Time{Micros: d.startIn(loc)}, true
	}
	switch {
	case text[0] == 'T' || text[0] == ' ':
		text = text[1:]
	case bytes.HasPrefix(text, []byte(", ")): // as browsers write it
		text = text[2:]
	default:
		return Time{}, false
	}
	c, rest, ok := cutClock(text)
	if !ok {
		return Time{}, false
	}
	rest = bytes.TrimLeft(rest, " ")
	if len(rest) == 0 {
		return Time{Micros: d.clock(c.hour, c.minute, c.second, loc) + c.micros}, true
	}
	east, ok := offsetSeconds(rest)
	t := time.Date(d.year, d.month, d.dom, c.hour, c.minute, c.second, 0, time.UTC)
	return Time{(t.Unix()-int64(east))*1e6 + c.micros, true}, ok
}

// timeOfDay is 15:04:05.000006.
type timeOfDay struct {
	hour, minute, second int
	micros               int64
}

// cutClock reads 9:05, 09:05:07, 09:05:07.25 and these with AM or PM.
func cutClock(text []byte) (c timeOfDay, rest []byte, ok bool) {
	colon := bytes.IndexByte(text, ':')
	if colon < 1 || colon > 2 || len(text) < colon+3 {
		return c, nil, false
	}
	var ok1, ok2, ok3, ok4 bool
	c.hour, ok1 = WholeNumber(text[:colon])
	c.minute, ok2 = WholeNumber(text[colon+1 : colon+3])
	c.second, c.micros, rest, ok3 = cutSeconds(text[colon+3:])
	rest, ok4 = c.cutHalf(rest)
	return c, rest, ok1 && ok2 && ok3 && ok4 && c.hour <= 23 && c.minute <= 59 && c.second <= 59
}

// cutSeconds reads ":05" and ":05.25", both optional.
func cutSeconds(text []byte) (second int, micros int64, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != ':' {
		return 0, 0, text, true
	}
	if len(text) < 3 {
		return 0, 0, nil, false
	}
	second, ok = WholeNumber(text[1:3])
	text = text[3:]
	if !ok || len(text) == 0 || text[0] != '.' {
		return second, 0, text, ok
	}
	i := 1
	for unit := int64(1e5); i < len(text) && text[i]-'0' <= 9; i++ {
		micros += int64(text[i]-'0') * unit
		unit /= 10
	}
	return second, micros, text[i:], i > 1
}

// cutHalf takes AM or PM, which make the hour one of 1 to 12.
func (c *timeOfDay) cutHalf(text []byte) (rest []byte, ok bool) {
	half := bytes.TrimLeft(text, " ")
	if len(half) < 2 || half[1]|0x20 != 'm' {
		return text, true
	}
	switch half[0] | 0x20 {
	case 'a', 'p':
		ok = c.hour >= 1 && c.hour <= 12
		c.hour %= 12
		if half[0]|0x20 == 'p' {
			c.hour += 12
		}
		return half[2:], ok
	}
	return text, true
}

// offsetSeconds reads Z, UTC, GMT, +01:30, +0130 and +01 as seconds east of UTC.
func offsetSeconds(zone []byte) (east int, ok bool) {
	switch string(zone) {
	case "Z", "UTC", "GMT":
		return 0, true
	}
	if len(zone) < 3 || zone[0] != '+' && zone[0] != '-' {
		return 0, false
	}
	hours, ok1 := WholeNumber(zone[1:3])
	minutes, ok2 := 0, true
	switch rest := zone[3:]; {
	case len(rest) == 2:
		minutes, ok2 = WholeNumber(rest)
	case len(rest) == 3 && rest[0] == ':':
		minutes, ok2 = WholeNumber(rest[1:])
	case len(rest) > 0:
		return 0, false
	}
	if east = hours*3600 + minutes*60; zone[0] == '-' {
		east = -east
	}
	return east, ok1 && ok2 && hours < 24 && minutes < 60
}
