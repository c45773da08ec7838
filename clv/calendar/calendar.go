package calendar

import (
	"math"
	"time"
)

// Day is a whole day of the business's time zone, counted from 1970-01-01.
type Day int32

const (
	microsPerSecond = 1_000_000
	secondsPerDay   = 86_400
)

// Calendar maps instants to the business's days.
type Calendar struct {
	location *time.Location
}

// NewCalendar makes the calendar of a time zone; nil means UTC.
func NewCalendar(location *time.Location) Calendar {
	if location == nil {
		location = time.UTC
	}
	return Calendar{location: location}
}

// Day is the day on which an instant (microseconds since 1970-01-01 UTC) falls.
func (c Calendar) Day(atMicros int64) Day {
	seconds := floorDiv(atMicros, microsPerSecond)
	if c.location != nil && c.location != time.UTC {
		_, offsetSeconds := time.Unix(seconds, 0).In(c.location).Zone()
		seconds += int64(offsetSeconds)
	}
	return Day(floorDiv(seconds, secondsPerDay))
}

// Start is the first instant of a day, microseconds since 1970-01-01 UTC.
func (c Calendar) Start(day Day) int64 {
	year, month, date := day.Date().Date()
	start := time.Date(year, month, date, 0, 0, 0, 0, c.Location())
	for c.Day(start.UnixMicro()) < day { // a clock that was put forward at midnight: the day begins later
		start = start.Add(15 * time.Minute)
	}
	return start.UnixMicro()
}

// Month is the calendar month of a day, counted from January 1970.
func (d Day) Month() Month {
	month, _, _ := d.MonthBounds()
	return month
}

// MonthBounds is the month of a day, the day that the month begins with, and a day up to
// which it surely lasts. Years are counted from March, so that the day which leap
// years add is the last (H. Hinnant, chrono-compatible low-level date algorithms).
// Every commit asks for the months of its customers' ledgers, and package time takes
// several times as long.
func (d Day) MonthBounds() (month Month, first, sure Day) {
	const (
		day0Of1970 = 719_468 // days from 0000-03-01 to 1970-01-01
		daysOfEra  = 146_097 // 400 years
		month1970  = 1969*12 + 10
	)
	since := int64(d) + day0Of1970
	era := floorDiv(since, daysOfEra)
	day := since - era*daysOfEra
	year := (day - day/1460 + day/36_524 - day/146_096) / 365
	ofYear := day - (365*year + year/4 - year/100)
	ofMarch := (5*ofYear + 2) / 153
	first = d - Day(ofYear-(153*ofMarch+2)/5)
	return Month((year+400*era)*12 + ofMarch - month1970), first, first + 28
}

// Month is a calendar month of the business's time zone, counted from January
// 1970.
type Month int32

// String is the month as ISO 8601, such as 2026-11.
func (m Month) String() string {
	return time.Date(1970, time.January+time.Month(m), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
}

// AddMonths is the same day so many months on, or the last of a month that is shorter.
func (d Day) AddMonths(n int) Day {
	month, first, _ := d.MonthBounds()
	month += Month(n)
	return min((month-1).LastDay()+1+d-first, month.LastDay())
}

// LastDay is the last day of the month.
func (m Month) LastDay() Day {
	return Day(floorDiv(time.Date(1970, time.January+time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Unix(), secondsPerDay))
}

// Location is the business's time zone.
func (c Calendar) Location() *time.Location {
	if c.location == nil {
		return time.UTC
	}
	return c.location
}

// Date is the calendar date of the day, at midnight UTC.
func (d Day) Date() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// String is the day as an ISO 8601 date.
func (d Day) String() string { return d.Date().Format(time.DateOnly) }

// floorDiv divides rounding down, so that instants before 1970 fall on the
// right day.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// EarliestDay is before every day.
const EarliestDay Day = math.MinInt32

// WholeDays is the first whole day not before a time in days.
func WholeDays(days float64) int {
	whole := int(days)
	if float64(whole) < days {
		whole++
	}
	return max(1, whole)
}
