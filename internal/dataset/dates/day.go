package dates

import (
	"bytes"
	"time"
)

// writtenDate is a date of three parts, not yet known which is which.
type writtenDate struct {
	parts     [3]datePart
	separator byte
}

type datePart struct {
	n      int
	digits int // 0: a month by its name
}

// writtenDay cuts the date that text begins with from what follows it.
func writtenDay(text []byte) (w writtenDate, rest []byte, ok bool) {
	rest = text
	for i := range w.parts {
		if i > 0 {
			if rest, ok = w.cutSeparator(rest, i); !ok {
				return w, nil, false
			}
		}
		if w.parts[i], rest, ok = cutPart(rest); !ok {
			return w, nil, false
		}
	}
	return w, rest, true
}

// cutSeparator takes what stands between two parts: the same twice, but for "Jan 31, 2024".
func (w *writtenDate) cutSeparator(text []byte, i int) (rest []byte, ok bool) {
	if len(text) == 0 {
		return nil, false
	}
	c := text[0]
	if c == ',' && i == 2 && w.separator == ' ' {
		return bytes.TrimLeft(text[1:], " "), true
	}
	if c != '-' && c != '/' && c != '.' && c != ' ' || i == 2 && c != w.separator {
		return nil, false
	}
	w.separator = c
	return text[1:], true
}

func cutPart(text []byte) (p datePart, rest []byte, ok bool) {
	i := 0
	if len(text) > 0 && letter(text[0]) {
		for i < len(text) && letter(text[i]) {
			i++
		}
		p.n = monthNamed(text[:i])
		return p, text[i:], p.n > 0
	}
	for i < len(text) && text[i]-'0' <= 9 {
		i++
	}
	p.digits = i
	p.n, ok = WholeNumber(text[:i])
	return p, text[i:], ok && (i <= 2 || i == 4)
}

// monthNamed knows "Jan" and "January" in any case; 0 is none.
func monthNamed(name []byte) int {
	for m := time.January; m <= time.December; m++ {
		full := m.String()
		if len(name) >= 3 && (bytes.EqualFold(name, []byte(full)) || bytes.EqualFold(name, []byte(full[:3]))) {
			return int(m)
		}
	}
	return 0
}

// day reads the date in a form.
func (w writtenDate) day(form Form) (day, bool) {
	var year, month, dom datePart
	switch form {
	case YearFirst:
		year, month, dom = w.parts[0], w.parts[1], w.parts[2]
	case DayFirst:
		dom, month, year = w.parts[0], w.parts[1], w.parts[2]
	case MonthFirst:
		month, dom, year = w.parts[0], w.parts[1], w.parts[2]
		if w.separator == '.' {
			return day{}, false
		}
	}
	if dom.digits < 1 || dom.digits > 2 || month.digits > 2 || year.digits != 4 && (year.digits != 2 || form == YearFirst) {
		return day{}, false
	}
	if year.digits == 2 {
		if year.n += 1900; year.n < 1969 {
			year.n += 100
		}
	}
	d := dayOf(year.n, month.n, dom.n)
	return d, d != day{}
}

// day is a calendar day; the zero day is none.
type day struct {
	year  int
	month time.Month
	dom   int
}

// dayOf is the zero day where the calendar has no such day.
func dayOf(year, month, dom int) day {
	if year < 1 || month < 1 || month > 12 || dom < 1 || dom > 31 {
		return day{}
	}
	if dom > 28 && time.Date(year, time.Month(month), dom, 0, 0, 0, 0, time.UTC).Day() != dom {
		return day{}
	}
	return day{year, time.Month(month), dom}
}

// startIn is the first instant of the day.
func (d day) startIn(loc *time.Location) (micros int64) { return d.clock(0, 0, 0, loc) }

// clock is a wall time of the day. Where clocks jump at midnight, Go may answer with an
// instant of the day before; an hour later it is the day.
func (d day) clock(hour, minute, second int, loc *time.Location) (micros int64) {
	t := time.Date(d.year, d.month, d.dom, hour, minute, second, 0, loc)
	if t.Day() != d.dom {
		t = t.Add(time.Hour)
	}
	return t.UnixMicro()
}
