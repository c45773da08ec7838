// Package dates reads the times of files: what a spreadsheet, a shop or a database writes
// where the wire wants RFC 3339.
//
//	texts of a column ──► Column ──► Form: in which order day, month and year stand,
//	                                 or in which unit a count since 1970 is
//	text + Form + zone ──► Read ──► microseconds since 1970-01-01 UTC
//
// Only the forms below are read, and each row of a column by the same one. Which one is
// found by all rows of the column together: "1/2/2024" alone can be two days.
package dates

import "time"

// Form is one way to write the days of a column; several together are the ways in which
// a text can be read.
type Form uint8

// The forms. Between day, month and year stands one of "-/." or a space; months are numbers
// or English names; a year has four digits or, at the end, two (69 to 99 are 1969 to 1999).
const (
	YearFirst   Form = 1 << iota // 2024-01-31, 2024/1/31, 20240131, 20240131093000
	DayFirst                     // 31/1/2024, 31.01.2024, 31-Jan-2024
	MonthFirst                   // 1/31/2024, Jan 31, 2024; never with points
	UnixSeconds                  // 1704358800, 1704358800.25
	UnixMillis                   // 1704358800123
	UnixMicros                   // 1704358800123456
)

// Any is every form.
const Any = YearFirst | DayFirst | MonthFirst | UnixSeconds | UnixMillis | UnixMicros

// named are the forms by their names in flags, with an example.
var named = []struct {
	form          Form
	name, example string
}{
	{YearFirst, "ymd", "2024-01-31"},
	{DayFirst, "dmy", "31/01/2024"},
	{MonthFirst, "mdy", "01/31/2024"},
	{UnixSeconds, "unix", "1704358800"},
	{UnixMillis, "unix_ms", "1704358800123"},
	{UnixMicros, "unix_us", "1704358800123456"},
}

// ParseForm finds a form by its name; ok is false for any other.
func ParseForm(name string) (form Form, ok bool) {
	for _, f := range named {
		if f.name == name {
			return f.form, true
		}
	}
	return 0, false
}

// Names lists the names of the forms.
func Names() []string {
	names := make([]string, len(named))
	for i, f := range named {
		names[i] = f.name
	}
	return names
}

// String is the form's name, or the names of several.
func (f Form) String() string { return f.join(func(i int) string { return named[i].name }) }

// Example is a time in the form.
func (f Form) Example() string { return f.join(func(i int) string { return named[i].example }) }

func (f Form) join(say func(int) string) string {
	text := ""
	for i := range named {
		if f&named[i].form != 0 {
			if text != "" {
				text += " or "
			}
			text += say(i)
		}
	}
	return text
}

// Time is an instant that a text names.
type Time struct {
	Micros int64
	Zoned  bool // the text says in which zone, or counts from 1970 UTC
}

// Read reads a text in one form. Times without a zone are in loc.
func Read(text []byte, form Form, loc *time.Location) (Time, bool) {
	if form == YearFirst && len(text) >= 19 { // what most files have
		if t, ok := readISO(text, loc); ok {
			return t, true
		}
	}
	text = trim(text)
	if len(text) == 0 || text[0]-'0' > 9 && !letter(text[0]) {
		return Time{}, false
	}
	if whole, fraction, ok := count(text); ok {
		return readCount(whole, fraction, len(text), form, loc)
	}
	written, rest, ok := writtenDay(text)
	if !ok {
		return Time{}, false
	}
	d, ok := written.day(form)
	if !ok {
		return Time{}, false
	}
	return d.at(rest, loc)
}

// readISO reads 2006-01-02T15:04:05 with what may follow; what it does not take may still
// be in another spelling.
func readISO(text []byte, loc *time.Location) (Time, bool) {
	if text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':' || (text[10] != 'T' && text[10] != ' ') {
		return Time{}, false
	}
	y, ok1 := WholeNumber(text[:4])
	m, ok2 := WholeNumber(text[5:7])
	d, ok3 := WholeNumber(text[8:10])
	if !ok1 || !ok2 || !ok3 {
		return Time{}, false
	}
	return dayOf(y, m, d).at(text[10:], loc)
}

// candidates are the forms that come into question: a count must have as many digits as
// its unit needs for the years from 1973 on. A form that a flag names may have others.
func candidates(text []byte) Form {
	if len(text) > 4 && allDigits(text[:4]) && (text[4] == '-' || text[4] == '/') {
		return YearFirst
	}
	whole, fraction, ok := count(trim(text))
	if !ok {
		return YearFirst | DayFirst | MonthFirst
	}
	switch n := len(whole); {
	case n == 8 || n == 14 && len(fraction) == 0:
		return YearFirst
	case n >= 9 && n <= 11:
		return UnixSeconds
	case n == 12 || n == 13:
		return UnixMillis
	case n == 15 || n == 16:
		return UnixMicros
	}
	return 0
}
