package dates

import (
	"testing"
	"time"
)

var berlin = time.FixedZone("CET", 3600)

// Each form, as files have it, in the zone CET where it names none.
func TestRead(t *testing.T) {
	for _, tc := range []struct {
		form       Form
		text, want string
	}{
		{YearFirst, "2026-03-14T09:26:53Z", "2026-03-14T09:26:53Z"},
		{YearFirst, "2026-03-14T09:26:53.589793Z", "2026-03-14T09:26:53.589793Z"},
		{YearFirst, "2026-03-14T09:26:53.5897931Z", "2026-03-14T09:26:53.589793Z"},
		{YearFirst, "2026-03-14T09:26:53+05:30", "2026-03-14T03:56:53Z"},
		{YearFirst, "2026-03-14 09:26:53-01:00", "2026-03-14T10:26:53Z"},
		{YearFirst, "2026-03-14 09:26:53", "2026-03-14T08:26:53Z"},
		{YearFirst, "2026-03-14T09:26:53.25", "2026-03-14T08:26:53.25Z"},
		{YearFirst, "2026-03-14 09:26", "2026-03-14T08:26:00Z"},
		{YearFirst, "2026-03-14", "2026-03-13T23:00:00Z"},
		{YearFirst, "20260314", "2026-03-13T23:00:00Z"},
		{YearFirst, "20260314092653", "2026-03-14T08:26:53Z"},
		{YearFirst, "2024-02-29", "2024-02-28T23:00:00Z"},
		{YearFirst, "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
		{YearFirst, "2024-01-04 9:05", "2024-01-04T08:05:00Z"},
		{YearFirst, "2024/1/4 09:05:06 UTC", "2024-01-04T09:05:06Z"},
		{YearFirst, "2026-03-14 09:26:53 +0200", "2026-03-14T07:26:53Z"},
		{YearFirst, "2026-03-14T09:26:53+0200", "2026-03-14T07:26:53Z"},
		{YearFirst, "2026-03-14T09:26:53+02", "2026-03-14T07:26:53Z"},
		{YearFirst, "2026-03-14 09:26:53 UTC", "2026-03-14T09:26:53Z"},
		{YearFirst, "2026-03-14 09:26:53.123 UTC", "2026-03-14T09:26:53.123Z"},
		{YearFirst, " 2026-03-14 09:26:53 Z ", "2026-03-14T09:26:53Z"},
		{DayFirst, "1/2/2024", "2024-01-31T23:00:00Z"},
		{MonthFirst, "1/2/2024", "2024-01-01T23:00:00Z"},
		{DayFirst, "02.01.2024", "2024-01-01T23:00:00Z"},
		{DayFirst, "02.01.24 9:05", "2024-01-02T08:05:00Z"},
		{DayFirst, "21-07-2015", "2015-07-20T23:00:00Z"},
		{DayFirst, "04-Jan-2024", "2024-01-03T23:00:00Z"},
		{DayFirst, "4 january 2024 10:00", "2024-01-04T09:00:00Z"},
		{MonthFirst, "Jan 4, 2024", "2024-01-03T23:00:00Z"},
		{MonthFirst, "12/1/2010 8:26", "2010-12-01T07:26:00Z"},
		{MonthFirst, "12/31/99, 11:59:59 PM", "1999-12-31T22:59:59Z"},
		{MonthFirst, "1/2/2024 12:05 am", "2024-01-01T23:05:00Z"},
		{UnixSeconds, "1773480413", "2026-03-14T09:26:53Z"},
		{UnixSeconds, "1773480413.589793", "2026-03-14T09:26:53.589793Z"},
		{UnixMillis, "1773480413589", "2026-03-14T09:26:53.589Z"},
		{UnixMillis, "1773480413589.5", "2026-03-14T09:26:53.5895Z"},
		{UnixMicros, "1773480413589793", "2026-03-14T09:26:53.589793Z"},
	} {
		want, err := time.Parse(time.RFC3339Nano, tc.want)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := Read([]byte(tc.text), tc.form, berlin)
		if !ok || got.Micros != want.UnixMicro() {
			t.Errorf("%q as %s: got %s (%v), want %s", tc.text, tc.form, time.UnixMicro(got.Micros).UTC(), ok, tc.want)
		}
		c := NewColumn(berlin, 0)
		c.Add([]byte(tc.text), 1)
		if candidates([]byte(tc.text))&tc.form == 0 || c.readings[0].rows > 0 {
			t.Errorf("%q is not recognised as %s", tc.text, tc.form)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, text := range []string{
		"", " ", "-1", "soon", "2026-03-14T24:00:00Z", "2026-03-14T09:60:00Z", "2026-03-14T09:26:60Z", "2026-03-14T09:26:53.",
		"2026-03-14T09:26:53+25:00", "2026-03-14T09:26:53 CET", "2026-03-14T09:26:53+1", "2026-02-29", "2026-00-10", "2026-13-10",
		"20261332", "20260314092660", "99999999999999999999999999999", "2026-03-14x", "2026-03-14T", "2026-03-14 ,", "２０２６-03-14",
		"1/2/3", "1/2/203", "1/2-2024", "31/31/2024", "1.2", "12:30", "4-Foo-2024", "4-Ja-2024", "1/2/2024 13:00 PM", "1/2/2024 0:10 AM",
		"24-01-31 8", "1773480413.", "17734804135897.x", "2024-01-04 9:5", "Jan Feb 2024", "2024/01", "1/2/2024/3",
	} {
		for f := YearFirst; f <= UnixMicros; f <<= 1 {
			if candidates([]byte(text))&f == 0 && f > MonthFirst {
				continue // a flag may name it
			}
			if got, ok := Read([]byte(text), f, berlin); ok {
				t.Errorf("%q as %s was read as %s", text, f, time.UnixMicro(got.Micros).UTC())
			}
		}
	}
}

// In São Paulo, 2018-11-04 began at 01:00.
func TestTimesWhereClocksJump(t *testing.T) {
	for _, tc := range []struct{ zone, text, want string }{
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00"},
		{"America/Sao_Paulo", "2018-11-04 00:30", "2018-11-04T01:30:00-02:00"},
		{"America/Sao_Paulo", "2018-11-05", "2018-11-05T00:00:00-02:00"},
		{"Europe/Berlin", "20260330", "2026-03-30T00:00:00+02:00"},
	} {
		loc, err := time.LoadLocation(tc.zone)
		if err != nil {
			t.Skip("no time zone data on this machine:", err)
		}
		got, ok := Read([]byte(tc.text), YearFirst, loc)
		if s := time.UnixMicro(got.Micros).In(loc).Format(time.RFC3339); !ok || s != tc.want || got.Zoned {
			t.Errorf("%s in %s: got %s (%v), want %s", tc.text, tc.zone, s, ok, tc.want)
		}
	}
}

// The rows of a column decide together.
func TestColumn(t *testing.T) {
	for name, tc := range map[string]struct {
		rows []string
		form Form
		err  string
	}{
		"day first by one row":   {[]string{"1/2/2024", "13/2/2024", "1/3/2024"}, DayFirst, ""},
		"month first by one row": {[]string{"1/2/2024 9:00", "2/13/2024 9:00"}, MonthFirst, ""},
		"points":                 {[]string{"1.2.2024"}, DayFirst, ""},
		"year first":             {[]string{"2024-01-02", "20240103"}, YearFirst, ""},
		"junk is passed over":    {[]string{"n/a", "13/2/2024", ""}, DayFirst, ""},
		"nothing but junk":       {[]string{"n/a", "soon"}, 0, ""},
		"seconds":                {[]string{"1704358800", "1704358800.25"}, UnixSeconds, ""},
		"milliseconds":           {[]string{"1704358800123"}, UnixMillis, ""},
		"open": {[]string{"1/2/2024", "2/3/2024"}, 0,
			`more than one reading is possible: "1/2/2024" in line 1, as all other times, can be dmy or mdy (such as 31/01/2024 or 01/31/2024)`},
		"both": {[]string{"1/2/2024", "13/2/2024", "2/13/2024"}, 0,
			`the rows are written in different ways: "13/2/2024" in line 2 is dmy, "2/13/2024" in line 3 is mdy`},
		"two units": {[]string{"1704358800", "1704358800123"}, 0,
			`the rows are written in different ways: "1704358800" in line 1 is unix, "1704358800123" in line 2 is unix_ms`},
	} {
		c := NewColumn(time.UTC, 0)
		for i, row := range tc.rows {
			c.Add([]byte(row), i+1)
		}
		form, err := c.Form()
		said := ""
		if err != nil {
			said = err.Error()
		}
		if form != tc.form || said != tc.err {
			t.Errorf("%s: got %s, %s\nwant %s, %s", name, form, said, tc.form, tc.err)
		}
	}
}

func TestColumnKnowsItsOrderAndZones(t *testing.T) {
	c := NewColumn(time.UTC, 0)
	for i, row := range []string{"1/2/2024", "2/1/2024", "13/2/2024 9:00 UTC"} {
		c.Add([]byte(row), i+1)
	}
	if c.Backwards(DayFirst) != 1 || c.Backwards(MonthFirst) != 0 || c.Zoneless(DayFirst) != 2 {
		t.Errorf("%d and %d backwards, %d without a zone", c.Backwards(DayFirst), c.Backwards(MonthFirst), c.Zoneless(DayFirst))
	}
}

func TestForms(t *testing.T) {
	for _, name := range Names() {
		if f, ok := ParseForm(name); !ok || f.String() != name || f.Example() == "" {
			t.Errorf("%s is %s", name, f)
		}
	}
	if _, ok := ParseForm("dd/mm"); ok {
		t.Error("dd/mm is a form")
	}
}

// What is recognised is read, in every form named; nothing panics.
func FuzzRead(f *testing.F) {
	for _, text := range []string{"1/2/2024", "02.01.2024", "21-07-2015", "2024-01-04 9:05", "1704358800.25", "1704358800123", "2024-01-04T09:05:06+02", "Jan 4, 2024 9:05 pm UTC"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := NewColumn(berlin, 0)
		c.Add([]byte(text), 1)
		form, err := c.Form()
		if err != nil || form == 0 {
			return
		}
		got, ok := Read([]byte(text), form, berlin)
		if !ok {
			t.Fatalf("%q is recognised as %s and not read", text, form)
		}
		if year := time.UnixMicro(got.Micros).UTC().Year(); form <= MonthFirst && year > 0 && year < 10_000 { // what is read is said again by RFC 3339
			spelt := time.UnixMicro(got.Micros).UTC().Format(time.RFC3339Nano)
			if again, ok := Read([]byte(spelt), YearFirst, berlin); !ok || again.Micros != got.Micros || !again.Zoned {
				t.Fatalf("%q is %s, which is read as %v", text, spelt, again)
			}
		}
	})
}
